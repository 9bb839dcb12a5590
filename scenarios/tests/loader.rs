//! Scenarios are read whole or refused with their exact place.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use std::fs;
use std::time::Duration;

use scenarios::{QuestionSet, ScenarioError, builtins, load, parse};

fn refusal(text: &str) -> String {
    parse(text, "my.toml", &[]).unwrap_err().to_string()
}

#[test]
fn the_built_in_scenarios_are_sound() {
    for builtin in builtins() {
        let scenario = load(builtin.name, &[]).unwrap();
        assert_eq!(scenario.name, builtin.name);
        assert!(!scenario.thresholds.is_empty() && !scenario.description.is_empty());
    }
    let gate = load("scenarios/gate.toml", &[]).unwrap();
    assert_eq!((gate.sessions.count, gate.sessions.duration), (1_000, Duration::from_secs(60)));
    assert_eq!(gate.server["delay"]["profile"].as_str(), Some("scaled"));
    let smoke = load("smoke", &[]).unwrap();
    assert_eq!(smoke.server["delay"]["profile"].as_str(), Some("scaled"), "taken from what it extends");
    assert_eq!(smoke.server["delay"]["min"].as_str(), Some("300ms"), "its own");
}

#[test]
fn the_built_in_questions_are_sound() {
    let set = QuestionSet::builtin().unwrap();
    assert!(set.questions.len() >= 60);
    let one = set.questions[0].id.clone();
    assert_eq!(set.select(&[one]).unwrap().questions.len(), 1);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        (
            "name = \"x\"\n\n[sessions]\ncout = 5\n",
            "my.toml:4:1: unknown key `sessions.cout`, did you mean `count`?",
        ),
        ("[sesions]\ncount = 5\n", "my.toml:1:2: unknown key `sesions`, did you mean `sessions`?"),
        (
            "[questions]\nthink = { min = \"1s\", maks = \"2s\" }\n",
            "my.toml:2:23: unknown key `questions.think.maks`",
        ),
        ("[sessions]\ncount = \"many\"\n", "my.toml:2:9: invalid type: string \"many\""),
        ("[sessions]\nduration = \"soon\"\n", "my.toml:2:12: "),
        ("[sessions\n", "my.toml:1:10: "),
        ("name = \"ä\" x\n", "my.toml:1:12: "),
        (
            "thresholds = [\n  \"lost == 0\",\n  \"p99(progres.first) < 100ms\",\n]\n",
            "my.toml:3:8: unknown operation `progres.first`, did you mean `progress.first`?",
        ),
        ("thresholds = [\"p99(connect) < 100\"]\n", "my.toml:1:34: a time needs us, ms or s"),
        ("thresholds = [5]\n", "my.toml:1:15: invalid type: integer `5`"),
        ("[reconnect]\nshare = 1.5\n", "my.toml: reconnect.share: 1.5 is not between 0 and 1"),
        ("[sessions]\ncount = 0\n", "my.toml: sessions.count: must be at least 1"),
        (
            "[questions.think]\nmin = \"2s\"\nmax = \"1s\"\n",
            "my.toml: questions.think: min 2s is longer than max 1s",
        ),
        (
            "extends = \"gat\"\n",
            "no scenario \"gat\": neither a file nor one of the built-in ones (gate, smoke), did you mean `gate`?",
        ),
    ];
    for (text, expected) in cases {
        let told = refusal(text);
        assert!(told.starts_with(expected), "{text}\n  told:     {told}\n  expected: {expected}");
    }
}

#[test]
fn overrides_are_typed_and_name_themselves() {
    let set = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        parse("name = \"x\"\n", "my.toml", &arguments)
    };
    let scenario = set(&[
        "sessions.count=7",
        "sessions.duration=90s",
        "questions.verify=false",
        "questions.select=[\"a\", \"b\"]",
        "thresholds=[\"lost == 0\"]",
        "server.delay.profile=none",
        "reconnect.outage.max = 2s",
    ])
    .unwrap();
    assert_eq!((scenario.sessions.count, scenario.sessions.duration), (7, Duration::from_secs(90)));
    assert!(!scenario.questions.verify && scenario.questions.select.len() == 2);
    assert_eq!(scenario.reconnect.outage.max, Duration::from_secs(2));
    assert_eq!(scenario.reconnect.outage.min, Duration::from_millis(50), "the other half stays");
    assert_eq!(scenario.server["delay"]["profile"].as_str(), Some("none"));
    let cases = [
        ("sessions.cuont=7", "--set sessions.cuont=7: unknown key `sessions.cuont`, did you mean `count`?"),
        ("sessions.count=ten", "--set sessions.count=ten: invalid type: string \"ten\""),
        ("sessions.count", "--set sessions.count: expected KEY=VALUE"),
        ("extends=gate", "--set extends=gate: only a file can extend another"),
        ("=5", "--set =5: `` is not a dotted key"),
        ("thresholds=[\"lots == 0\"]", "--set thresholds=[\"lots == 0\"]: "),
        ("name=\"a\"\nsessions.count=1", "--set "),
    ];
    for (argument, expected) in cases {
        match set(&[argument]) {
            Err(error) => assert!(error.to_string().starts_with(expected), "{argument}: {error}"),
            // A value with a line break is text, never a second key.
            Ok(scenario) => assert!(argument.contains('\n') && scenario.sessions.count != 1),
        }
    }
}

#[test]
fn one_scenario_extends_another_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    write(
        "base.toml",
        "name = \"base\"\n[sessions]\ncount = 3\nramp = \"9s\"\n[questions]\nfile = \"q.json\"\n",
    );
    let child = write("child.toml", "extends = \"base.toml\"\nname = \"child\"\n[sessions]\ncount = 4\n");
    let scenario = load(&child, &[]).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.sessions.count), ("child", 4));
    assert_eq!(scenario.sessions.ramp, Duration::from_secs(9));
    assert_eq!(scenario.questions.file, Some(folder.path().join("q.json").display().to_string()));
    let circle = write("circle.toml", "extends = \"circle.toml\"\n");
    assert!(matches!(load(&circle, &[]), Err(ScenarioError::Circle { .. })));
    write("broken.toml", "[sessions]\ncount = true\n");
    let heir = write("heir.toml", "extends = \"broken.toml\"\n");
    let told = load(&heir, &[]).unwrap_err().to_string();
    assert!(told.contains("broken.toml:2:9: "), "the place is in the file with the mistake: {told}");
}

#[test]
fn questions_are_refused_with_their_place() {
    let told = |text: &str| QuestionSet::parse(text, "q.json").unwrap_err().to_string();
    let unknown = told("{\"seed\":1,\n \"questions\":[{\"idd\":1}]}");
    assert!(unknown.starts_with("q.json:2:") && unknown.contains(": unknown field `idd`"), "{unknown}");
    assert!(told("{").starts_with("q.json:1:1: EOF"));
    let ragged = r#"{"seed":1,"questions":[{"id":"a","question":"q","database":"d","ordered":true,
        "expected":{"columns":["x"],"rows":[[1,2]]}}]}"#;
    assert_eq!(told(ragged), "q.json: a: a row has 2 values for 1 columns");
    let set = QuestionSet::builtin().unwrap();
    let near = format!("{}x", set.questions[0].id);
    assert!(set.select(&[near]).unwrap_err().to_string().contains("did you mean"));
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/scenario.json");
    let generated = format!("{:#}\n", scenarios::schema());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(path, &generated).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(committed == generated, "{path} is stale: run UPDATE_SCHEMAS=1 cargo test -p scenarios");
}

proptest::proptest! {
    #[test]
    fn random_scenarios_never_panic(text in "\\PC{0,200}") {
        let _ = parse(&text, "random.toml", &[]);
    }

    #[test]
    fn random_overrides_never_panic(argument in "[a-z.]{0,20}=?\\PC{0,40}") {
        let _ = parse("name = \"x\"", "x.toml", &[argument]);
    }

    #[test]
    fn random_thresholds_in_a_file_never_panic(expression in "\\PC{0,60}") {
        let text = format!("thresholds = [{expression:?}]");
        let _ = parse(&text, "x.toml", &[]);
    }

    #[test]
    fn random_questions_never_panic(text in "\\PC{0,200}") {
        let _ = QuestionSet::parse(&text, "random.json");
    }
}
