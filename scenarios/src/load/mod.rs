//! Reading scenarios: a file or a built-in one, what it extends, parameters, and overrides from the command
//! line.

mod keys;
mod overrides;
mod parameters;
mod place;
mod script;
mod source;
mod suggestion;

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::{Table, Value};

pub(crate) use suggestion::did_you_mean;

use crate::error::ScenarioError;
use crate::model::Scenario;
use overrides::Override;
use parameters::Parameters;
use source::Source;

/// Keys that name files beside the scenario.
const FILES: [(&str, &str); 2] = [("questions", "file"), ("load", "trace")];

/// Reads the scenario `name`: a file if there is one, else the built-in scenario of that name, and applies
/// `overrides`, each `KEY=VALUE` with a dotted key.
///
/// Relative names of data files come back relative to the working directory.
pub fn load(name: &str, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    finish(source::find(name, None)?, overrides)
}

/// Parses `text`, which came from `origin`, and applies `overrides`. Files it names are looked for in the
/// working directory.
pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Scenario, ScenarioError> {
    let source = Source { text: text.to_owned(), origin: origin.to_owned(), folder: Some(PathBuf::new()) };
    finish(source, overrides)
}

fn finish(source: Source, arguments: &[String]) -> Result<Scenario, ScenarioError> {
    let chain = source::follow(source)?;
    let overrides: Vec<Override> =
        arguments.iter().map(|argument| Override::read(argument)).collect::<Result<_, _>>()?;
    let parameters = effective(&chain, &overrides)?;
    let own = script::operations_of(&chain)?;
    let invalid = |key: &str, message: String| ScenarioError::Invalid {
        origin: chain[0].origin.clone(),
        key: key.to_owned(),
        message,
    };
    // The defaults lie under everything, so that half a table leaves the other half as it was.
    let mut table =
        Table::try_from(Scenario::default()).map_err(|error| invalid("defaults", error.to_string()))?;
    for source in chain.iter().rev() {
        overlay(&mut table, read(source, &parameters, &own)?);
    }
    for argument in &overrides {
        overlay(&mut table, argument.table(&parameters)?);
    }
    table.remove("extends");
    if !parameters.values().is_empty() {
        table.insert("parameters".to_owned(), Value::Table(parameters.values().clone()));
    }
    let scenario: Scenario =
        table.try_into().map_err(|error: toml::de::Error| invalid("scenario", error.message().to_owned()))?;
    match scenario.validate() {
        Ok(()) => Ok(scenario),
        Err(unusable) => {
            let message = format!("{}: {}", unusable.key, unusable.message);
            Err(placed(&chain, &overrides, &unusable.key, &message)
                .unwrap_or_else(|| invalid(&unusable.key, unusable.message)))
        }
    }
}

/// The mistake about `key`, where it was said last.
fn placed(chain: &[Source], overrides: &[Override], key: &str, message: &str) -> Option<ScenarioError> {
    if let Some(argument) = overrides.iter().rev().find(|argument| argument.is_about(key)) {
        return Some(argument.refuse(message.to_owned()));
    }
    chain.iter().find_map(|source| {
        let document = source.document().ok()?;
        let at = place::of_key(document.get_ref(), key)?;
        Some(source.mistake(at, message.to_owned()))
    })
}

/// The parameters of all sources and overrides, the nearest winning.
fn effective(chain: &[Source], overrides: &[Override]) -> Result<Parameters, ScenarioError> {
    let mut values = Table::new();
    for source in chain.iter().rev() {
        let document = source.document()?;
        if let Some(mistake) = parameters::first_unusable(document.get_ref()) {
            return Err(source.mistake(mistake.at, mistake.message));
        }
        let table: Table = toml::from_str(&source.text).map_err(|error| source.refused(&error))?;
        if let Some(Value::Table(own)) = table.get("parameters") {
            values.extend(own.clone());
        }
    }
    let declared = Parameters::new(values.clone());
    for argument in overrides {
        let Some(name) = argument.parameter() else { continue };
        if !values.contains_key(name) {
            return Err(argument.refuse(format!("unknown parameter `{name}`{}", declared.hint(name))));
        }
        if let Some(Value::Table(own)) = argument.raw()?.remove("parameters") {
            values.extend(own);
        }
    }
    Ok(Parameters::new(values))
}

/// Parses one text by itself, so that every mistake has its place in this text.
fn read(source: &Source, parameters: &Parameters, own: &[String]) -> Result<Table, ScenarioError> {
    let refused = |error: toml::de::Error| source.refused(&error);
    let mut document = source.document()?;
    parameters.fill(document.get_mut()).map_err(|mistake| source.mistake(mistake.at, mistake.message))?;
    let mistake = keys::first_unknown(document.get_ref())
        .or_else(|| keys::first_bad_threshold(document.get_ref(), &source.text, own));
    if let Some(mistake) = mistake {
        return Err(source.mistake(mistake.at, mistake.message));
    }
    // Every field has a default, so one file alone is a whole scenario: its types are judged here.
    Scenario::deserialize(toml::de::Deserializer::from(document.clone())).map_err(refused)?;
    let mut table = Table::deserialize(toml::de::Deserializer::from(document)).map_err(refused)?;
    anchor_files(&mut table, source.folder.as_deref());
    Ok(table)
}

/// Makes relative names of files relative to the folder of the scenario that names them.
fn anchor_files(table: &mut Table, folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    for (section, key) in FILES {
        if let Some(Value::String(file)) = table.get_mut(section).and_then(|section| section.get_mut(key)) {
            *file = folder.join(&*file).display().to_string();
        }
    }
    let data = table.get_mut("data").and_then(Value::as_table_mut);
    for (_, source) in data.into_iter().flatten() {
        if let Some(Value::String(file)) = source.get_mut("file") {
            *file = folder.join(&*file).display().to_string();
        }
    }
}

/// Puts `upper` over `lower`, table by table. A think time of another distribution replaces the one below as
/// a whole: limits of the one mean nothing to the other.
fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) if !above.contains_key("distribution") => {
                overlay(below, above);
            }
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
