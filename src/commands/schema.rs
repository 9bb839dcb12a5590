//! `tidegate schema NAME`.

use crate::arguments::SchemaArguments;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::setup::closest;

/// Prints the JSON Schema of a file format.
pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<Exit> {
    let name = arguments.name.as_str();
    let text = match name {
        "scenario" => Some(serde_json::to_string_pretty(&scenarios::schema())? + "\n"),
        _ => reports::json::schema(name).map(str::to_owned),
    };
    match text {
        Some(text) => {
            console::print(&text)?;
            Ok(Exit::Pass)
        }
        None => Err(Failure::Usage(format!(
            "there is no file format {name:?}{}",
            closest(name, ["conformance", "load", "verdict", "prove", "scenario"])
        ))
        .into()),
    }
}
