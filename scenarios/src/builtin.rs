//! The scenarios and questions that are part of the program, so that it runs from any directory.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::ScenarioError;

/// A scenario that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Its text, TOML.
    pub text: &'static str,
}

/// The files of this folder, by name.
macro_rules! builtins {
    ($($name:literal),+ $(,)?) => {
        const BUILTINS: &[Builtin] =
            &[$(Builtin { name: $name, text: include_str!(concat!("../", $name, ".toml")) }),+];
    };
}

builtins![
    "gate",
    "smoke",
    "tidb",
    "capacity-1k",
    "capacity-10k",
    "spike",
    "chat",
    "large-results",
    "mixed-topology",
    "hybrid",
    "pure",
    "soak",
    "reconnect-storm",
    "slow-readers",
    "database-outage",
    "agent-outage",
    "graceful-restart",
    "heartbeat",
    "idle",
    "fan-out",
    "echo-generic",
    "events-generic",
];

/// All built-in scenarios.
pub fn builtins() -> &'static [Builtin] {
    BUILTINS
}

/// The built-in scenario `name`: `gate`, `gate.toml` or `scenarios/gate.toml`.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    let name = name.strip_prefix("scenarios/").unwrap_or(name);
    let name = name.strip_suffix(".toml").unwrap_or(name);
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// The text of the data file `path`. A built-in scenario has its data with it, wherever the program runs.
pub(crate) fn read(path: &Path) -> Result<String, ScenarioError> {
    match (std::fs::read_to_string(path), path.to_str().and_then(data)) {
        (Ok(text), _) => Ok(text),
        (Err(error), Some(text)) if error.kind() == ErrorKind::NotFound => Ok(text.to_owned()),
        (Err(source), _) => Err(ScenarioError::Read { path: path.to_owned(), source }),
    }
}

/// The text of a data file that a built-in scenario names.
fn data(name: &str) -> Option<&'static str> {
    const FILES: [(&str, &str); 2] = [
        ("large-results.json", include_str!("../large-results.json")),
        ("chat.json", include_str!("../chat.json")),
    ];
    FILES.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// The text of the built-in questions.
pub(crate) const QUESTIONS: &str = include_str!("../questions.json");
