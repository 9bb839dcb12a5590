//! Reading scenarios: a file or a built-in one, what it extends, and overrides from the command line.

mod keys;
mod overrides;
mod place;
mod suggestion;

use std::path::{Path, PathBuf};

use toml::Table;

pub(crate) use place::position;
pub(crate) use suggestion::did_you_mean;

use crate::builtin::{builtin, builtins};
use crate::error::ScenarioError;
use crate::model::Scenario;

/// Deepest chain of `extends`.
const DEEPEST: usize = 8;

/// One scenario text and where it came from.
struct Source {
    text: String,
    /// As it stands in messages: the path as given, or the built-in name with `.toml`.
    origin: String,
    /// Folder in which `extends` and question files are looked for; `None` for built-in ones.
    folder: Option<PathBuf>,
}

/// Reads the scenario `name`: a file if there is one, else the built-in scenario of that name, and applies
/// `overrides`, each `KEY=VALUE` with a dotted key.
///
/// A relative `questions.file` comes back relative to the working directory.
pub fn load(name: &str, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    finish(find(name, None)?, overrides)
}

/// Parses `text`, which came from `origin`, and applies `overrides`. Files it names are looked for in the
/// working directory.
pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    let source = Source { text: text.to_owned(), origin: origin.to_owned(), folder: Some(PathBuf::new()) };
    finish(source, overrides)
}

fn finish(source: Source, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    let origin = source.origin.clone();
    // The defaults lie under everything, so that half a table leaves the other half as it was.
    let mut table = Table::try_from(Scenario::default()).map_err(|error| ScenarioError::Invalid {
        origin: origin.clone(),
        key: "defaults".to_owned(),
        message: error.to_string(),
    })?;
    overlay(&mut table, collect(source, 0)?);
    for argument in overrides {
        overrides::apply(&mut table, argument)?;
    }
    table.remove("extends");
    let scenario: Scenario = table.try_into().map_err(|error: toml::de::Error| ScenarioError::Invalid {
        origin: origin.clone(),
        key: "scenario".to_owned(),
        message: error.message().to_owned(),
    })?;
    scenario.validate().map_err(|unusable| ScenarioError::Invalid {
        origin,
        key: unusable.key.to_owned(),
        message: unusable.message,
    })?;
    Ok(scenario)
}

/// A file wins over a built-in scenario, a built-in one needs no file.
fn find(name: &str, folder: Option<&Path>) -> Result<Source, ScenarioError> {
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    if path.is_file() {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ScenarioError::Read { path: path.clone(), source })?;
        let folder = Some(path.parent().map_or_else(PathBuf::new, Path::to_owned));
        return Ok(Source { text, origin: path.display().to_string(), folder });
    }
    if let Some(found) = builtin(name) {
        return Ok(Source {
            text: found.text.to_owned(),
            origin: format!("{}.toml", found.name),
            folder: None,
        });
    }
    let names = || builtins().iter().map(|builtin| builtin.name);
    Err(ScenarioError::Unknown {
        name: name.to_owned(),
        known: names().collect::<Vec<_>>().join(", "),
        suggestion: did_you_mean(name.trim_end_matches(".toml"), names()),
    })
}

/// The table of `source` over the table of what it extends.
fn collect(source: Source, depth: usize) -> Result<Table, ScenarioError> {
    if depth >= DEEPEST {
        return Err(ScenarioError::Circle { origin: source.origin, limit: DEEPEST });
    }
    let mut table = read(&source)?;
    anchor_questions(&mut table, source.folder.as_deref());
    let Some(parent) = table.get("extends").and_then(toml::Value::as_str).map(str::to_owned) else {
        return Ok(table);
    };
    let mut base = collect(find(&parent, source.folder.as_deref())?, depth + 1)?;
    overlay(&mut base, table);
    Ok(base)
}

/// Parses one text by itself, so that every mistake has its place in this text.
fn read(source: &Source) -> Result<Table, ScenarioError> {
    let parse_error = |at: usize, message: String| {
        let (line, column) = position(&source.text, at);
        ScenarioError::Parse { origin: source.origin.clone(), line, column, message }
    };
    let from_toml = |error: toml::de::Error| {
        parse_error(error.span().map_or(0, |span| span.start), error.message().to_owned())
    };
    let document = toml::de::DeTable::parse(&source.text).map_err(from_toml)?;
    if let Some(unknown) = keys::first_unknown(document.get_ref()) {
        return Err(parse_error(unknown.at, unknown.message));
    }
    if let Some(mistake) = keys::first_bad_threshold(document.get_ref(), &source.text) {
        return Err(parse_error(mistake.at, mistake.message));
    }
    // Every field has a default, so one file alone is a whole scenario: its types are judged here.
    toml::from_str::<Scenario>(&source.text).map_err(from_toml)?;
    toml::from_str(&source.text).map_err(from_toml)
}

/// Makes a relative `questions.file` relative to the folder of the scenario that names it.
fn anchor_questions(table: &mut Table, folder: Option<&Path>) {
    let file = table.get_mut("questions").and_then(|questions| questions.get_mut("file"));
    if let (Some(toml::Value::String(file)), Some(folder)) = (file, folder) {
        *file = folder.join(&*file).display().to_string();
    }
}

/// Puts `upper` over `lower`, table by table.
fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => overlay(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
