//! `--set KEY=VALUE`: one dotted key, typed like the file.

use serde::Deserialize;
use toml::Table;
use toml::de::DeTable;

use super::keys;
use super::parameters::Parameters;
use crate::error::ScenarioError;
use crate::model::Scenario;

/// One `--set`.
pub(super) struct Override {
    argument: String,
    key: String,
    /// `key = value` as TOML.
    text: String,
}

impl Override {
    /// Reads one `KEY=VALUE`. A value that is no TOML literal is taken as text, so that
    /// `sessions.duration=10s` needs no quotes.
    pub(super) fn read(argument: &str) -> Result<Self, ScenarioError> {
        let refuse = |message: String| ScenarioError::Override { argument: argument.to_owned(), message };
        let Some((key, value)) = argument.split_once('=') else {
            return Err(refuse("expected KEY=VALUE, such as sessions.count=50".to_owned()));
        };
        let (key, value) = (key.trim(), value.trim());
        let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if key.is_empty() || !key.chars().all(usable) || key.split('.').any(str::is_empty) {
            return Err(refuse(format!("`{key}` is not a dotted key, such as sessions.count")));
        }
        if key == "extends" {
            return Err(refuse("only a file can extend another; name that scenario instead".to_owned()));
        }
        let quoted = || format!("{key} = {}", toml::Value::String(value.to_owned()));
        let literal = format!("{key} = {value}");
        let single_line = !value.contains(['\n', '\r']);
        let text = match toml::from_str::<Table>(&literal) {
            Ok(parsed) if parsed.len() == 1 && single_line && !value.is_empty() => literal,
            _ => quoted(),
        };
        Ok(Self { argument: argument.to_owned(), key: key.to_owned(), text })
    }

    /// True when it says something about `key`, or about what is below it.
    pub(super) fn is_about(&self, key: &str) -> bool {
        let below = |upper: &str, lower: &str| {
            lower.strip_prefix(upper).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        below(&self.key, key) || below(key, &self.key)
    }

    pub(super) fn refuse(&self, message: String) -> ScenarioError {
        ScenarioError::Override { argument: self.argument.clone(), message }
    }

    /// The parameter it sets, when it sets one.
    pub(super) fn parameter(&self) -> Option<&str> {
        self.key.strip_prefix("parameters.")
    }

    /// As a table, nothing filled in.
    pub(super) fn raw(&self) -> Result<Table, ScenarioError> {
        toml::from_str(&self.text).map_err(|error| self.refuse(error.message().to_owned()))
    }

    /// As a table, parameters filled in and checked against what a scenario may hold.
    pub(super) fn table(&self, parameters: &Parameters) -> Result<Table, ScenarioError> {
        let refuse = |error: toml::de::Error| self.refuse(error.message().to_owned());
        let mut document = DeTable::parse(&self.text).map_err(refuse)?;
        parameters.fill(document.get_mut()).map_err(|mistake| self.refuse(mistake.message))?;
        if let Some(unknown) = keys::first_unknown(document.get_ref()) {
            return Err(self.refuse(unknown.message));
        }
        Scenario::deserialize(toml::de::Deserializer::from(document.clone())).map_err(refuse)?;
        Table::deserialize(toml::de::Deserializer::from(document)).map_err(refuse)
    }
}
