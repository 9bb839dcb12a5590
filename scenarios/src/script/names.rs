//! The names of a script: operations, variables, connections, data. Each becomes a number.

use super::template::{Names, Variable};
use crate::load::did_you_mean;
use crate::model::{Scenario, ScriptStep, StepKind};
use crate::threshold::OPERATIONS;

/// Variables that are always there.
const GIVEN: [&str; 10] =
    ["session", "iteration", "round", "counter", "uuid", "random", "hex", "now", "null", "random:LOW:HIGH"];

/// Most operations of one script: each costs histograms.
const MOST_OPERATIONS: usize = 200;

/// What the parts of a script are called.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) operations: Vec<String>,
    pub(super) variables: Vec<String>,
    pub(super) channels: Vec<String>,
    pub(super) sources: Vec<String>,
    /// Parameters, for suggestions only: they have been filled in.
    parameters: Vec<String>,
}

/// Why `name` can't be the name of an operation, a variable or a connection.
fn unusable_name(name: &str) -> Option<String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let begins = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    (!begins || !name.chars().all(letters))
        .then(|| format!("{name:?} is no name: letters, digits, `_` and `.`, a letter first"))
}

/// Why `name` can't be the name of an operation.
fn unusable_operation(name: &str) -> Option<String> {
    if OPERATIONS.contains(&name) {
        return Some(format!("`{name}` is an operation that is there already; choose another name"));
    }
    if name.ends_with(".intended") || name == "errors" {
        return Some(format!("`{name}` means something else in thresholds; choose another name"));
    }
    unusable_name(name)
}

/// Names of the operations that the steps of `scenario` are, each once, in their order.
pub(crate) fn operations(scenario: &Scenario) -> Vec<String> {
    fn collect(steps: &[ScriptStep], into: &mut Vec<String>) {
        for step in steps {
            let other = step.name.as_ref().filter(|_| step.others == Some(crate::model::Others::Count));
            for name in step.name.iter().cloned().chain(other.map(|name| format!("{name}.other"))) {
                if !into.contains(&name) {
                    into.push(name);
                }
            }
            collect(&step.steps, into);
        }
    }
    let mut names = Vec::new();
    for part in [&scenario.begin, &scenario.steps, &scenario.end] {
        collect(part, &mut names);
    }
    names
}

impl Known {
    /// The names of `scenario`; `Err` with key and message about one that can't be used.
    pub(super) fn of(scenario: &Scenario) -> Result<Self, (String, String)> {
        let operations = operations(scenario);
        if operations.len() > MOST_OPERATIONS {
            let message = format!("{} names of operations, {MOST_OPERATIONS} at most", operations.len());
            return Err(("step".to_owned(), message));
        }
        let mut known = Self {
            operations,
            channels: scenario.connections.keys().cloned().collect(),
            sources: scenario.data.keys().cloned().collect(),
            parameters: scenario.parameters.keys().cloned().collect(),
            ..Self::default()
        };
        for (table, names) in [("connection", &known.channels), ("data", &known.sources)] {
            if let Some((name, message)) = names.iter().find_map(|name| Some((name, unusable_name(name)?))) {
                return Err((format!("{table}.{name}"), message));
            }
        }
        for (part, steps) in [("begin", &scenario.begin), ("step", &scenario.steps), ("end", &scenario.end)] {
            known.collect(part, steps)?;
        }
        Ok(known)
    }

    fn collect(&mut self, part: &str, steps: &[ScriptStep]) -> Result<(), (String, String)> {
        for (number, step) in steps.iter().enumerate() {
            let place = format!("{part}.{number}");
            if let Some(message) = step.name.as_deref().and_then(unusable_operation) {
                return Err((format!("{place}.name"), message));
            }
            if step.kind == StepKind::Sse {
                let name = step.on.as_deref().unwrap_or(STREAM);
                if let Some(message) = unusable_name(name) {
                    return Err((format!("{place}.on"), message));
                }
                if !self.channels.iter().any(|known| known == name) {
                    self.channels.push(name.to_owned());
                }
            }
            for (key, name) in step
                .capture
                .keys()
                .map(|name| ("capture", name))
                .chain(step.values.keys().map(|name| ("values", name)))
            {
                self.variable_of(name).map_err(|message| (format!("{place}.{key}"), message))?;
            }
            self.collect(&format!("{place}.step"), &step.steps)?;
        }
        Ok(())
    }

    /// Makes `name` a variable.
    fn variable_of(&mut self, name: &str) -> Result<(), String> {
        if name.contains('.') {
            return Err(format!("{name:?} is no name of a variable: letters, digits and `_`"));
        }
        if let Some(message) = unusable_name(name) {
            return Err(message);
        }
        if GIVEN.contains(&name) {
            return Err(format!("`{name}` is there already; choose another name"));
        }
        if !self.variables.iter().any(|known| known == name) {
            self.variables.push(name.to_owned());
        }
        Ok(())
    }

    /// Number of the channel `name`.
    pub(super) fn channel(&self, name: &str) -> Result<usize, String> {
        self.channels.iter().position(|known| known == name).ok_or_else(|| {
            let hint = did_you_mean(name, self.channels.iter().map(String::as_str));
            let known = self.channels.join(", ");
            format!("there is no connection `{name}`{hint}; there are: {known}")
        })
    }

    /// Number of the operation `name`.
    pub(super) fn operation(&self, name: &str) -> Result<usize, String> {
        self.operations.iter().position(|known| known == name).ok_or_else(|| {
            let hint = did_you_mean(name, self.operations.iter().map(String::as_str));
            format!("no step has the name `{name}`{hint}")
        })
    }

    /// Number of the variable `name`.
    pub(super) fn slot(&self, name: &str) -> usize {
        self.variables.iter().position(|known| known == name).unwrap_or_default()
    }
}

/// Name of an event stream that has none.
pub(super) const STREAM: &str = "events";

impl Names for Known {
    fn variable(&self, name: &str) -> Result<Variable, String> {
        if let Some(slot) = self.variables.iter().position(|known| known == name) {
            return Ok(Variable::Slot(slot));
        }
        if let Some((source, column)) = name.split_once('.')
            && let Some(source) = self.sources.iter().position(|known| known == source)
        {
            return Ok(Variable::Column { source, column: column.to_owned() });
        }
        let mut words = name.split(':');
        let (first, arguments) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>());
        match (first, arguments.as_slice()) {
            ("session", []) => Ok(Variable::Session),
            ("iteration", []) => Ok(Variable::Iteration),
            ("round", []) => Ok(Variable::Round),
            ("counter", []) => Ok(Variable::Counter),
            ("uuid", []) => Ok(Variable::Uuid),
            ("now", []) => Ok(Variable::Now),
            ("null", []) => Ok(Variable::Null),
            ("random", []) => Ok(Variable::Random { low: 0, high: i64::from(u32::MAX) }),
            ("random", [low, high]) => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) if low <= high => Ok(Variable::Random { low, high }),
                _ => Err(format!("`{name}`: two numbers, the smaller one first, such as `random:1:6`")),
            },
            ("hex", []) => Ok(Variable::Hex(16)),
            ("hex", [digits]) => match digits.parse() {
                Ok(digits @ 1..=1024) => Ok(Variable::Hex(digits)),
                _ => Err(format!("`{name}`: between 1 and 1024 digits, such as `hex:16`")),
            },
            _ => {
                let own = self.variables.iter().chain(&self.parameters).map(String::as_str);
                let hint =
                    did_you_mean(name, own.chain(GIVEN).chain(self.sources.iter().map(String::as_str)));
                let known: Vec<&str> = self.variables.iter().map(String::as_str).chain(GIVEN).collect();
                Err(format!("unknown variable `{name}`{hint}; known: {}", known.join(", ")))
            }
        }
    }
}
