//! Scenarios are read whole or refused with their exact place.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use std::fs;
use std::time::Duration;

use scenarios::{QuestionSet, ScenarioError, Span, ThinkTime, Trace, builtins, load, parse};

fn refusal(text: &str) -> String {
    parse(text, "my.toml", &[]).unwrap_err().to_string()
}

#[test]
fn the_guide_tells_every_built_in_scenario_with_its_length() {
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/load.md")).unwrap();
    for builtin in builtins() {
        let sessions = load(builtin.name, &[]).unwrap().sessions;
        let length = sessions.ramp + sessions.settle + sessions.duration + sessions.drain;
        let row = format!("| `{}` | ", builtin.name);
        let told = guide.lines().find_map(|line| line.strip_prefix(&row)).expect(builtin.name);
        let told = told.split(" s |").next().unwrap().replace(',', "");
        assert_eq!(told, length.as_secs().to_string(), "{}", builtin.name);
    }
}

#[test]
fn the_built_in_scenarios_are_sound() {
    for builtin in builtins() {
        let scenario = load(builtin.name, &[]).unwrap();
        assert_eq!(scenario.name, builtin.name);
        assert!(!scenario.thresholds.is_empty() && !scenario.description.is_empty());
        let set = QuestionSet::of_scenario(&scenario.questions).unwrap();
        assert!(!set.questions.is_empty(), "{}", builtin.name);
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
        ("[reconnect]\nshare = 1.5\n", "my.toml:2:9: reconnect.share: 1.5 is not between 0 and 1"),
        ("[sessions]\ncount = 0\n", "my.toml:2:9: sessions.count: must be at least 1"),
        (
            "[questions.think]\nmin = \"2s\"\nmax = \"1s\"\n",
            "my.toml:1:12: questions.think: min 2s is longer than max 1s",
        ),
        (
            "extends = \"gat\"\n",
            "no scenario \"gat\": neither a file nor one of the built-in ones (gate, smoke, ",
        ),
        ("extends = 5\n", "my.toml:1:11: invalid type: integer, expected a string"),
        (
            "[questions]\nthink = { distribution = \"exponential\", min = \"1s\" }\n",
            "my.toml:2:9: think time `exponential` has no `min`, it takes mean, max",
        ),
        (
            "[questions]\nthink = { distribution = \"lognormal\", median = \"1s\" }\n",
            "my.toml:2:9: think time `lognormal` needs `p95`",
        ),
        ("[questions.weights]\ncustomers = -1\n", "my.toml:2:13: questions.weights.customers: -1 is not a"),
        (
            "[[action]]\nat = \"1s\"\ndoo = \"kill-server\"\n",
            "my.toml:3:1: unknown key `action.doo`, did you mean `do`?",
        ),
        ("[[action]]\nat = \"1s\"\ndo = \"kill-sever\"\n", "my.toml:3:6: unknown variant `kill-sever`"),
        ("[[action]]\nat = \"1m\"\ndo = \"kill-server\"\n", "my.toml:2:6: action.0.at: 60s is not inside"),
        (
            "[[action]]\nat = \"1s\"\ndo = \"stop-agent\"\nagent = \"dat\"\n",
            "my.toml:4:9: action.0.agent: no agent \"dat\", did you mean `data`?",
        ),
        (
            "[[action]]\nat = \"1s\"\ndo = \"stop-database\"\n",
            "my.toml:3:6: action.0.do: the embedded database",
        ),
        (
            "name = \"${nmae}\"\n[parameters]\nname = \"x\"\n",
            "my.toml:1:8: unknown parameter `nmae`, did you mean `name`?",
        ),
        ("name = \"${x}\"\n", "my.toml:1:8: unknown parameter `x`; there is no [parameters]"),
        ("name = \"a ${x\"\n", "my.toml:1:8: `${` without `}`"),
        ("[parameters]\nx = [1]\n", "my.toml:2:5: parameter `x` must be a single value"),
        (
            "[sessions]\ncount = \"${x}\"\n[parameters]\nx = \"many\"\n",
            "my.toml:2:9: invalid type: string \"many\"",
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
fn parameters_stand_for_values_and_can_be_set() {
    let text = "name = \"${who}-${n}\"\nthresholds = [\"sessions.peak >= ${n}\"]\n[parameters]\nn = 7\nwho = \"x\"\n\
                [sessions]\ncount = \"${n}\"\n[server.limits]\nmax = \"${n}\"\n";
    let with = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
        parse(text, "my.toml", &set)
    };
    let scenario = with(&[]).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.sessions.count), ("x-7", 7));
    assert_eq!(scenario.thresholds[0].to_string(), "sessions.peak >= 7");
    assert_eq!(scenario.server["limits"]["max"].as_integer(), Some(7), "a number stays a number");
    let scenario = with(&["parameters.n=9", "sessions.ramp=3s"]).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.sessions.count), ("x-9", 9));
    assert_eq!(scenario.parameters["n"].as_integer(), Some(9), "reports show what was played");
    let told = with(&["parameters.m=9"]).unwrap_err().to_string();
    assert_eq!(told, "--set parameters.m=9: unknown parameter `m`, did you mean `n`?");
    let told = with(&["parameters.n=0"]).unwrap_err().to_string();
    assert!(told.starts_with("my.toml:7:9: sessions.count: must be at least 1"), "{told}");
}

#[test]
fn a_think_time_of_another_distribution_replaces_the_one_below() {
    let think = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
        parse("extends = \"gate\"\n", "my.toml", &set).map(|scenario| scenario.questions.think)
    };
    let second = Duration::from_secs(1);
    let even = |min, max| ThinkTime::Uniform(Span { min: second * min, max: second * max });
    assert_eq!(think(&[]).unwrap(), even(1, 3));
    assert_eq!(think(&["questions.think.max=5s"]).unwrap(), even(1, 5));
    let exponential = "questions.think={ distribution = \"exponential\", mean = \"4s\" }";
    assert_eq!(think(&[exponential]).unwrap(), ThinkTime::Exponential { mean: second * 4, max: None });
    assert_eq!(
        think(&[exponential, "questions.think.max=9s"]).unwrap(),
        ThinkTime::Exponential { mean: second * 4, max: Some(second * 9) }
    );
    let told = think(&["questions.think.mean=4s"]).unwrap_err().to_string();
    assert!(told.contains("think time `uniform` has no `mean`, it takes min, max"), "{told}");
}

#[test]
fn weights_of_a_scenario_change_what_is_asked() {
    let plan = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
        parse("[questions]\nselect = [\"customers\", \"show-revenue\"]\n", "my.toml", &set).unwrap().questions
    };
    let set = QuestionSet::of_scenario(&plan(&["questions.weights.customers=0"])).unwrap();
    assert_eq!((set.questions.len(), set.questions[0].id.as_str()), (1, "show-revenue"));
    let told = QuestionSet::of_scenario(&plan(&["questions.weights.custmers=2"])).unwrap_err().to_string();
    assert!(told.contains("\"custmers\", did you mean `customers`?"), "{told}");
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
    fn random_parameters_never_panic(text in "[a-z${} ]{0,30}", value in "\\PC{0,10}") {
        let text = format!("name = {text:?}\n[parameters]\na = {value:?}\n");
        let _ = parse(&text, "random.toml", &[]);
    }

    #[test]
    fn random_questions_never_panic(text in "\\PC{0,200}", csv in "(question|expected|weight|[,\"\n#a0-9{}-]){0,40}") {
        let _ = QuestionSet::parse(&text, "random.json");
        let _ = QuestionSet::parse_csv(&csv, "random.csv");
        let mut set = QuestionSet::builtin().unwrap();
        let _ = Trace::parse(&format!("t,session,question\n{csv}"), "random.csv", &mut set);
    }
}
