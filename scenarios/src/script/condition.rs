//! Conditions on the JSON of a message, ready to be asked.

use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::template::{Json, Names, Scope, Text};
use crate::model::Condition as Written;

/// What the values that a path selects have to be.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    path: JsonPath,
    tests: Vec<Test>,
}

#[derive(Debug, Clone)]
enum Test {
    Is(Json),
    Not(Json),
    Contains(Text),
    Matches(Regex),
    AtLeast(f64),
    AtMost(f64),
    Exists(bool),
    Count(u64),
}

/// Reads a JSONPath; `Err` says in words what is wrong with it.
pub(super) fn path(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).map_err(|error| format!("{text:?} is no JSONPath such as \"$.type\": {error}"))
}

/// Reads a regular expression.
pub(super) fn regex(text: &str) -> Result<Regex, String> {
    // The library draws a picture of several lines; the last one says it.
    Regex::new(text).map_err(|error| {
        let told = error.to_string();
        let reason = told.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        format!("{text:?} is no regular expression: {reason}")
    })
}

impl Condition {
    pub(super) fn parse(text: &str, written: &Written, names: &dyn Names) -> Result<Self, String> {
        let Written { is, not, contains, matches, at_least, at_most, exists, count } = written;
        let mut tests = Vec::new();
        if let Some(value) = is {
            tests.push(Test::Is(Json::parse(value, names)?));
        }
        if let Some(value) = not {
            tests.push(Test::Not(Json::parse(value, names)?));
        }
        if let Some(part) = contains {
            tests.push(Test::Contains(Text::parse(part, names)?));
        }
        if let Some(pattern) = matches {
            tests.push(Test::Matches(regex(pattern)?));
        }
        tests.extend(at_least.map(Test::AtLeast));
        tests.extend(at_most.map(Test::AtMost));
        tests.extend(exists.map(Test::Exists));
        tests.extend(count.map(Test::Count));
        Ok(Self { text: text.to_owned(), path: path(text)?, tests })
    }

    /// Asks it of `message`; `Err` says in words what is not so.
    ///
    /// # Errors
    /// It does not hold, or a variable in it has no value yet.
    pub fn ask(&self, message: &Value, scope: &mut dyn Scope) -> Result<(), String> {
        let found = self.path.query(message).all();
        for test in &self.tests {
            if let Err(wanted) = test.holds(&found, scope)? {
                return Err(format!("{} is {} instead of {wanted}", self.text, seen(&found)));
            }
        }
        Ok(())
    }
}

impl Test {
    /// The inner `Err` says what was wanted, the outer one that a variable has no value.
    fn holds(&self, found: &[&Value], scope: &mut dyn Scope) -> Result<Result<(), String>, String> {
        let (holds, wanted) = match self {
            Self::Is(json) => {
                let right = filled(json, scope)?;
                (found.iter().any(|value| same(value, &right)), right.to_string())
            }
            Self::Not(json) => {
                let wrong = filled(json, scope)?;
                let holds = !found.is_empty() && !found.iter().any(|value| same(value, &wrong));
                (holds, format!("anything but {wrong}"))
            }
            Self::Contains(text) => {
                let part = text.fill(scope).map_err(|name| unset(&name))?;
                (found.iter().any(|value| contains(value, &part)), format!("something with {part:?}"))
            }
            Self::Matches(regex) => {
                let fits = |value: &&Value| value.as_str().is_some_and(|text| regex.is_match(text));
                (found.iter().any(fits), format!("something like {:?}", regex.as_str()))
            }
            Self::AtLeast(least) => {
                let fits = |value: &&Value| value.as_f64().is_some_and(|number| number >= *least);
                (found.iter().any(fits), format!("at least {least}"))
            }
            Self::AtMost(most) => {
                let fits = |value: &&Value| value.as_f64().is_some_and(|number| number <= *most);
                (found.iter().any(fits), format!("at most {most}"))
            }
            Self::Exists(wanted) => {
                (found.is_empty() != *wanted, if *wanted { "something" } else { "nothing" }.to_owned())
            }
            Self::Count(count) => (found.len() as u64 == *count, format!("{count} of them")),
        };
        Ok(if holds { Ok(()) } else { Err(wanted) })
    }
}

fn filled(json: &Json, scope: &mut dyn Scope) -> Result<Value, String> {
    json.fill(scope).map_err(|name| unset(&name))
}

fn unset(name: &str) -> String {
    format!("`{name}` has no value yet")
}

/// Equal; numbers by their value, whether they are written as 1 or 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => a.as_f64() == b.as_f64(),
        _ => left == right,
    }
}

fn contains(value: &Value, part: &str) -> bool {
    match value {
        Value::String(text) => text.contains(part),
        Value::Array(items) => items.iter().any(|item| match item {
            Value::String(text) => text == part,
            other => part == format!("{other}"),
        }),
        _ => false,
    }
}

fn seen(found: &[&Value]) -> String {
    match found {
        [] => "nothing".to_owned(),
        [one] => short(&one.to_string()),
        [first, ..] => format!("{} and {} more", short(&first.to_string()), found.len() - 1),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(80).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::template::Variable;
    use super::*;

    struct Nobody;

    impl Names for Nobody {
        fn variable(&self, _: &str) -> Result<Variable, String> {
            Ok(Variable::Session)
        }
    }

    impl Scope for Nobody {
        fn value(&mut self, _: &Variable) -> Result<Value, String> {
            Ok(json!(7))
        }
    }

    fn ask(path: &str, condition: &str, message: Value) -> Result<(), String> {
        let table: toml::Table = toml::from_str(&format!("c = {condition}")).unwrap();
        let written: Written = table["c"].clone().try_into().unwrap();
        Condition::parse(path, &written, &Nobody).unwrap().ask(&message, &mut Nobody)
    }

    #[test]
    fn each_test_holds_and_fails() {
        let message =
            json!({"type": "answer", "n": 7, "f": 2.0, "tags": ["a", "b"], "list": [{"x": 1}, {"x": 2}]});
        let cases = [
            ("$.type", "\"answer\"", true),
            ("$.type", "\"other\"", false),
            ("$.n", "\"${session}\"", true),
            ("$.f", "2", true),
            ("$.type", "{ not = \"error\" }", true),
            ("$.type", "{ not = \"answer\" }", false),
            ("$.missing", "{ not = \"error\" }", false),
            ("$.type", "{ contains = \"swe\" }", true),
            ("$.tags", "{ contains = \"b\" }", true),
            ("$.tags", "{ contains = \"c\" }", false),
            ("$.type", "{ matches = \"^a.*r$\" }", true),
            ("$.type", "{ matches = \"^b\" }", false),
            ("$.n", "{ at_least = 7, at_most = 7 }", true),
            ("$.n", "{ at_least = 7.5 }", false),
            ("$.n", "{ at_most = 6 }", false),
            ("$.list[*].x", "2", true),
            ("$.list[*].x", "{ count = 2 }", true),
            ("$.list[*].x", "{ count = 3 }", false),
            ("$.missing", "{ exists = false }", true),
            ("$.missing", "{ exists = true }", false),
            ("$.type", "{ exists = false }", false),
            ("$.list[?@.x > 1].x", "2", true),
        ];
        for (path, condition, holds) in cases {
            let asked = ask(path, condition, message.clone());
            assert_eq!(asked.is_ok(), holds, "{path} {condition}: {asked:?}");
        }
        assert_eq!(ask("$.n", "8", message).unwrap_err(), "$.n is 7 instead of 8");
    }

    #[test]
    fn a_misspelt_test_is_no_value() {
        let table: toml::Table = toml::from_str("c = { contians = \"x\" }").unwrap();
        assert!(table["c"].clone().try_into::<Written>().is_err());
        assert!(path("$.").unwrap_err().starts_with("\"$.\" is no JSONPath"));
        assert!(regex("(").unwrap_err().starts_with("\"(\" is no regular expression: "));
    }

    proptest::proptest! {
        #[test]
        fn random_paths_and_patterns_never_panic(text in "[$.@?*a\\[\\]\\(\\)'0-9=<>!&|\\\\ -]{0,24}") {
            let _ = path(&text);
            let _ = regex(&text);
        }
    }
}
