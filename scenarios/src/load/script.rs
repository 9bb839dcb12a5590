//! What of a script must be known before the scenario is read as a whole.

use toml::{Table, Value};

use super::source::Source;
use crate::error::ScenarioError;

/// Tables in which `${name}` may be a variable of the running script, not only a parameter of the file.
pub(super) const LATE: [&str; 5] = ["connection", "data", "begin", "step", "end"];

/// Names of the operations of all sources: a threshold may stand in one file, its operation in what that extends.
pub(super) fn operations_of(chain: &[Source]) -> Result<Vec<String>, ScenarioError> {
    let mut names = Vec::new();
    for source in chain {
        let table: Table = toml::from_str(&source.text).map_err(|error| source.refused(&error))?;
        for part in ["begin", "step", "end"] {
            collect(table.get(part), &mut names);
        }
    }
    Ok(names)
}

fn collect(steps: Option<&Value>, names: &mut Vec<String>) {
    for step in steps.and_then(Value::as_array).into_iter().flatten() {
        if let Some(name) = step.get("name").and_then(Value::as_str) {
            names.push(name.to_owned());
            if step.get("others").and_then(Value::as_str) == Some("count") {
                names.push(format!("{name}.other"));
            }
        }
        collect(step.get("step"), names);
    }
}
