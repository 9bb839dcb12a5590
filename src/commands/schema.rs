//! `tidegate schema NAME`.

use reference_server::config::Doors;
use reference_server::specification;

use crate::arguments::SchemaArguments;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::setup::closest;

/// Prints the JSON Schema of a file format, or what the reference server publishes of itself.
pub(crate) fn run(arguments: &SchemaArguments) -> anyhow::Result<Exit> {
    let name = arguments.name.as_str();
    let text = match name {
        "scenario" => Some(serde_json::to_string_pretty(&scenarios::schema())? + "\n"),
        "openapi" => Some(serde_json::to_string_pretty(&specification::openapi())? + "\n"),
        "asyncapi" => Some(serde_json::to_string_pretty(&specification::asyncapi(&Doors::default()))? + "\n"),
        _ => reports::json::schema(name).map(str::to_owned),
    };
    match text {
        Some(text) => {
            console::print(&text)?;
            Ok(Exit::Pass)
        }
        None => Err(Failure::Usage(format!(
            "there is no file format {name:?}{}",
            closest(
                name,
                [
                    "conformance",
                    "load",
                    "verdict",
                    "prove",
                    "compare",
                    "capacity",
                    "scenario",
                    "openapi",
                    "asyncapi"
                ]
            )
        ))
        .into()),
    }
}
