//! `validate_context_tool`: whether a database context can be used, and if not, why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema_of;
use crate::database::Database;
use crate::listener::TierError;

#[derive(Debug, Deserialize)]
pub(super) struct Arguments {
    database: String,
    #[serde(default)]
    tables: Vec<String>,
}

pub(super) fn call(database: &Database, arguments: &Arguments) -> Result<Value, TierError> {
    // An unknown database is the finding of this tool, not a failure of it.
    let database = match schema_of(database, &arguments.database) {
        Ok(database) => database,
        Err(error) => return Ok(json!({ "valid": false, "errors": [error] })),
    };
    let known: Vec<&str> = database.tables.iter().map(|table| table.name.as_str()).collect();
    let errors: Vec<TierError> = arguments
        .tables
        .iter()
        .filter(|table| !known.contains(&table.as_str()))
        .map(|table| {
            let shown: String = table.chars().take(64).collect();
            TierError::new(
                "DATABASE_CONTEXT_INVALID",
                format!("no table `{shown}` in database `{}`", database.name),
            )
            .with_details(json!({
                "user_message": format!("The database \"{}\" has no table \"{shown}\".", database.name),
                "available_databases": [database.name],
                "available_tables": known,
                "hint": "Choose from available_tables.",
            }))
        })
        .collect();
    Ok(json!({ "valid": errors.is_empty(), "errors": errors, "database": database.name }))
}
