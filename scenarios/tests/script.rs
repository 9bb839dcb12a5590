//! Scripts of generic scenarios: read whole, or refused with their exact place.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use scenarios::script::{Act, Script};
use scenarios::{Application, load, parse};

const HEAD: &str = "application = \"generic\"\n[connection.c]\nws = \"/\"\n";

fn refusal(text: &str) -> String {
    parse(&format!("{HEAD}{text}"), "my.toml", &[]).unwrap_err().to_string()
}

#[test]
fn the_built_in_scripts_are_sound() {
    for name in ["echo-generic", "events-generic"] {
        let scenario = load(name, &[]).unwrap();
        assert_eq!(scenario.application, Application::Generic);
        let script = Script::of(&scenario).unwrap();
        assert!(!script.operations.is_empty());
        assert_eq!(script.rows(&scenario).unwrap().len(), scenario.data.len());
    }
    let echo = Script::of(&load("echo-generic", &[]).unwrap()).unwrap();
    let ended = echo.steps.iter().find(|step| matches!(step.act, Act::Expect(_))).unwrap();
    assert_eq!(ended.operation.map(|number| echo.operations[number].as_str()), Some("echo"));
}

#[test]
fn parameters_are_filled_in_and_variables_are_left_to_the_script() {
    let text = format!(
        "{HEAD}[parameters]\nwho = \"ann\"\nn = 3\n[[step]]\ndo = \"send\"\n\
         json = {{ who = \"${{who}}\", n = \"${{n}}\", s = \"${{session}} of ${{who}}\" }}\n"
    );
    let scenario = parse(&text, "my.toml", &["parameters.who=bob".to_owned()]).unwrap();
    let json = scenario.steps[0].json.as_ref().unwrap();
    assert_eq!(json["who"].as_str(), Some("bob"));
    assert_eq!(json["n"].as_integer(), Some(3));
    assert_eq!(json["s"].as_str(), Some("${session} of bob"));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        ("[[step]]\ndo = \"sned\"\n", "my.toml:5:6: unknown variant `sned`"),
        (
            "[[step]]\ndo = \"wait\"\nfro = \"1s\"\n",
            "my.toml:6:1: unknown key `step.fro`, did you mean `for`?",
        ),
        ("[[step]]\ndo = \"wait\"\n", "my.toml:4:1: step.0: `wait` needs `for`"),
        (
            "[[step]]\ndo = \"send\"\ntext = \"x\"\nstatus = 200\n",
            "my.toml:7:10: step.0.status: `send` has no `status`",
        ),
        ("[[step]]\ndo = \"send\"\n", "my.toml:4:1: step.0: `send` needs what"),
        (
            "[[step]]\ndo = \"send\"\ntext = \"${sesion}\"\n",
            "my.toml:6:8: step.0.text: unknown variable `sesion`, did you mean `session`?",
        ),
        (
            "[[step]]\ndo = \"expect\"\nwhere = { \"$.\" = 1 }\n",
            "my.toml:6:9: step.0.where: \"$.\" is no JSONPath",
        ),
        (
            "[[step]]\ndo = \"expect\"\nmatches = \"(\"\n",
            "my.toml:6:11: step.0.matches: \"(\" is no regular expression",
        ),
        ("[[step]]\ndo = \"expect\"\nwhere = { \"$.a\" = { contians = \"x\" } }\n", "my.toml:6:"),
        (
            "[[step]]\ndo = \"send\"\non = \"d\"\ntext = \"x\"\n",
            "my.toml:6:6: step.0.on: there is no connection `d`, did you mean `c`?",
        ),
        ("[[step]]\ndo = \"http\"\npath = \"x\"\n", "my.toml:6:8: step.0.path: \"x\" is no path"),
        (
            "[[step]]\ndo = \"expect\"\nsince = \"nobody\"\n",
            "my.toml:6:9: step.0.since: no step has the name `nobody`",
        ),
        (
            "[[step]]\ndo = \"http\"\nname = \"connect\"\npath = \"/\"\n",
            "my.toml:6:8: step.0.name: `connect` is an operation that is there already",
        ),
        (
            "[[step]]\ndo = \"repeat\"\ntimes = 2\n[[step.step]]\ndo = \"wait\"\nfor = { value = \"2d\" }\n",
            "my.toml:9:7: step.0.step.0.for: value 172800s is longer than a day",
        ),
        ("[[step]]\ndo = \"send\"\nbase64 = \"%\"\n", "my.toml:6:10: step.0.base64: \"%\" is no base64"),
        ("[pace]\nevery = \"0s\"\n[[step]]\ndo = \"connect\"\n", "my.toml:5:9: pace.every: every and think"),
        ("[connection.d]\nwss = \"/\"\n", "my.toml:5:1: unknown key `connection.d.wss`, did you mean `ws`?"),
        ("", "my.toml:1:15: application: a generic scenario needs a [[step]]"),
    ];
    for (text, expected) in cases {
        let told = refusal(text);
        assert!(told.starts_with(expected), "{text}\n  told:     {told}\n  expected: {expected}");
    }
    let told = parse("[[step]]\ndo = \"connect\"\n", "my.toml", &[]).unwrap_err().to_string();
    assert!(told.contains("nobody plays it without application = \"generic\""), "{told}");
}

#[test]
fn thresholds_know_the_operations_of_the_script() {
    let step = "[[step]]\ndo = \"http\"\nname = \"ask\"\npath = \"/\"\n";
    let read = |threshold: &str| {
        let text = format!("application = \"generic\"\nthresholds = [\"{threshold}\"]\n{step}");
        parse(&text, "my.toml", &[]).map_err(|error| error.to_string())
    };
    let scenario = read("p99(ask.intended) < 2s").unwrap();
    assert_eq!(scenario.thresholds[0].to_string(), "p99(ask.intended) < 2s");
    let told = read("p99(aks) < 2s").unwrap_err();
    assert!(told.starts_with("my.toml:2:20: unknown operation `aks`, did you mean `ask`?"), "{told}");
    let set = parse(
        &format!("application = \"generic\"\n{step}"),
        "my.toml",
        &["thresholds=[\"p99(aks) < 2s\"]".to_owned()],
    );
    let told = set.unwrap_err().to_string();
    assert!(told.contains("unknown operation `aks`, did you mean `ask`?"), "{told}");
}

#[test]
fn reports_do_not_show_the_secrets_of_a_script() {
    let text = "application = \"generic\"\n[parameters]\ntoken = \"sesame-1\"\n[connection.c]\nws = \"/?t=${token}\"\n\
                headers = { Authorization = \"Bearer abc.def\", Accept = \"all\" }\n[data.u]\n\
                rows = [{ name = \"ann-ann\", password = \"hunter22\" }]\n[[step]]\ndo = \"send\"\n\
                json = { token = \"${token}\", deep = { secret = \"open-it\" }, name = \"${u.name}\" }\n";
    let scenario = parse(text, "my.toml", &[]).unwrap();
    let shown = scenario.shown().unwrap().to_string();
    for secret in ["sesame-1", "abc.def", "hunter22", "open-it"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("ann-ann") && shown.contains("/?t=***"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn random_steps_never_panic(
        kind in "(send|expect|http|sse|wait|repeat|set|check|capture|close|connect)",
        key in "(text|json|path|where|times|on|name|since|values|capture|for|code)",
        value in "\\PC{0,20}",
    ) {
        let value = toml::Value::String(value);
        let _ = parse(&format!("{HEAD}[[step]]\ndo = \"{kind}\"\n{key} = {value}\n"), "my.toml", &[]);
    }
}
