//! `tidegate plan`, and `tidegate compare` for load runs.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::process::{latest, out, run};

/// A short load run; what is judged can't depend on the machine's speed.
const SHORT: [&str; 10] = [
    "--set",
    "sessions.ramp=\"200ms\"",
    "--set",
    "sessions.settle=\"200ms\"",
    "--set",
    "sessions.drain=\"300ms\"",
    "--set",
    "thresholds=[\"lost == 0\"]",
    "--set",
    "generator={ send_lag_p99 = \"30s\", little_residual = 1.0, cpu_share = 1.0 }",
];

#[test]
fn a_plan_has_every_level_and_an_answer() {
    let out = out();
    let small =
        ["plan", "smoke", "--from", "2", "--to", "4", "--repeat", "1", "--duration", "1s", "--users", "100"];
    let ran = run(out.path(), &[small.as_slice(), SHORT.as_slice()].concat());
    // How many are held in so short a time depends on the machine; that there is an answer does not.
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let report = latest(out.path(), "capacity.json");
    let runs = report["runs"].as_array().unwrap();
    assert!(!runs.is_empty() && runs[0]["sessions"] == 2 && runs[0]["purpose"] == "ramp", "{report:#}");
    assert!(runs.iter().all(|level| level["limits"][0]["name"] == "lost"), "{report:#}");
    assert!(report["answer"].as_str().is_some_and(|answer| !answer.is_empty()));
    let page = std::fs::read_to_string(out.path().join("latest/index.html")).unwrap();
    assert!(page.contains("How much it holds"));
}

#[test]
fn a_surface_has_every_point_with_room_for_those_who_watch() {
    let out = out();
    let small = [
        "plan",
        "smoke",
        "--from",
        "2",
        "--to",
        "2",
        "--repeat",
        "1",
        "--duration",
        "1s",
        "--surface",
        "2,3",
        "--rates",
        "4",
        "--fan-out",
        "1,4",
    ];
    let ran = run(out.path(), &[small.as_slice(), SHORT.as_slice()].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let report = latest(out.path(), "capacity.json");
    let points = report["surface"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 4, "{report:#}");
    // Nobody was refused: of each point that was run it is told how many were there.
    let told: Vec<&str> =
        ran.stderr.lines().filter(|line| line.contains(" queries a second answered")).collect();
    let all = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words[0] == words[2]
    };
    assert!(told.len() > 1 && told.iter().all(all), "{ran:?}");
    let page = std::fs::read_to_string(out.path().join("latest/index.html")).unwrap();
    assert!(page.contains("How much it holds"));
}

#[test]
fn the_levels_of_an_open_model_have_arrivals_in_proportion() {
    let out = out();
    let small = [
        "plan",
        "spike",
        "--from",
        "4",
        "--to",
        "8",
        "--repeat",
        "1",
        "--duration",
        "2s",
        "--set",
        "parameters.sessions=40",
        "--set",
        "load.arrivals=poisson",
        "--set",
        "load.steps=[]",
        "--set",
        "load.rate=20",
    ];
    let ran = run(out.path(), &[small.as_slice(), SHORT.as_slice()].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    let report = latest(out.path(), "capacity.json");
    let runs = report["runs"].as_array().unwrap();
    let of =
        |sessions: u64| runs.iter().find(|run| run["sessions"] == sessions).map(|run| &run["target_per_s"]);
    assert_eq!(of(4), Some(&json!(2.0)), "{report:#}");
    assert!(of(8).is_none_or(|rate| *rate == json!(4.0)), "{report:#}");
}

#[test]
fn a_plan_that_cannot_work_is_refused() {
    let out = out();
    for (arguments, word) in [
        (vec!["plan", "smoke", "--from", "0"], "0 is not in"),
        (vec!["plan", "smoke", "--from", "9", "--to", "3"], "highest level"),
        (vec!["plan", "smoke", "--headroom", "2"], "--headroom"),
        (
            vec!["plan", "smoke", "--set", "thresholds=[\"sessions.peak >= 5\"]"],
            "no threshold that belongs to a level",
        ),
        (vec!["plan", "smoke", "--surface", "5"], "--rates"),
        (
            vec![
                "plan",
                "smoke",
                "--surface",
                "5",
                "--rates",
                "2",
                "--set",
                "load.model=open",
                "--set",
                "load.arrivals=trace",
                "--set",
                "load.trace=t.csv",
            ],
            "a trace has its own times",
        ),
        (vec!["load", "smoke", "--set", "thresholds=[\"lost == 0 abort\"]"], "can't end a run"),
    ] {
        let ran = run(out.path(), &arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(word), "{arguments:?}: {ran:?}");
    }
}

/// Folders of `count` runs like `report`, changed by `change`, in `place`.
fn copies(place: &Path, report: &Value, count: u32, change: impl Fn(&mut Value, f64)) -> PathBuf {
    for at in 0..count {
        let mut copy = report.clone();
        change(&mut copy, 1.0 + 0.001 * f64::from(at));
        let folder = place.join(format!("run-{at}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("load.json"), copy.to_string()).unwrap();
    }
    place.to_owned()
}

/// Makes every time of a run `factor` times as long.
fn slow(report: &mut Value, factor: f64) {
    for operation in report["operations"].as_array_mut().unwrap() {
        for name in ["p50", "p99"] {
            let value = operation["intended_us"][name].as_f64().unwrap();
            operation["intended_us"][name] = json!((value * factor).round() as u64);
        }
    }
}

#[test]
fn load_runs_are_compared_as_runs() {
    let out = out();
    let made = run(
        out.path(),
        &[&["load", "smoke", "--sessions", "4", "--duration", "3s"], SHORT.as_slice()].concat(),
    );
    assert_eq!(made.code, Some(0), "{made:?}");
    let report = latest(out.path(), "load.json");
    let folder = std::fs::canonicalize(out.path().join("latest")).unwrap();
    let again = run(out.path(), &["report", &folder.display().to_string()]);
    assert_eq!(again.code, Some(0), "what was written can be read: {again:?}");
    let sets = out.path().join("sets");
    let compare = |before: &Path, after: &Path| {
        run(out.path(), &["compare", &before.display().to_string(), &after.display().to_string()])
    };
    let before = copies(&sets.join("before"), &report, 10, slow);
    let same = copies(&sets.join("same"), &report, 10, |copy, wobble| slow(copy, 1.011 - wobble / 100.0));
    let ran = compare(&before, &same);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let worse = copies(&sets.join("worse"), &report, 10, |copy, wobble| slow(copy, wobble * 1.2));
    let ran = compare(&before, &worse);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found = latest(out.path(), "compare.json");
    let p99 = &found["load"]["metrics"][1];
    assert_eq!(
        (p99["name"].as_str(), p99["verdict"].as_str()),
        (Some("p99(query.result.intended)"), Some("worse"))
    );
    assert_eq!(latest(out.path(), "verdict.json")["reasons"][0]["kind"], "worse");
    let few = copies(&sets.join("few"), &report, 3, |copy, wobble| slow(copy, wobble * 1.2));
    let ran = compare(&few, &few);
    assert_eq!(ran.code, Some(3), "three runs show nothing, and that is no pass: {ran:?}");
    let more = copies(&sets.join("more"), &report, 10, |copy, _| copy["sessions"]["requested"] = json!(9));
    let ran = compare(&before, &more);
    assert!(ran.code == Some(2) && ran.stderr.contains("number of sessions is 4 in one and 9"), "{ran:?}");
}
