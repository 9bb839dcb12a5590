//! `--set KEY=VALUE`: one dotted key, typed like the file.

use toml::Table;

use super::keys;
use super::overlay;
use crate::error::ScenarioError;
use crate::model::Scenario;

/// Applies one `KEY=VALUE` to `table`. A value that is no TOML literal is taken as text, so that
/// `sessions.duration=10s` needs no quotes.
pub(super) fn apply(table: &mut Table, argument: &str) -> Result<(), ScenarioError> {
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
    let document = toml::de::DeTable::parse(&text).map_err(|error| refuse(error.message().to_owned()))?;
    if let Some(unknown) = keys::first_unknown(document.get_ref()) {
        return Err(refuse(unknown.message));
    }
    toml::from_str::<Scenario>(&text).map_err(|error| refuse(error.message().to_owned()))?;
    let parsed: Table = toml::from_str(&text).map_err(|error| refuse(error.message().to_owned()))?;
    overlay(table, parsed);
    Ok(())
}
