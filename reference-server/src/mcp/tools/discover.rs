//! `discover_tables_tool`: which tables a database has.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{schema, schema_of};
use crate::database::Database;
use crate::listener::TierError;

#[derive(Debug, Deserialize)]
pub(super) struct Arguments {
    database: String,
}

pub(super) fn call(database: &Database, arguments: &Arguments) -> Result<Value, TierError> {
    let database = schema_of(database, &arguments.database)?;
    let tables: Vec<Value> = database
        .tables
        .iter()
        .map(|table| json!({ "name": table.name, "columns": table.columns.len() }))
        .collect();
    Ok(json!({
        "database": database.name,
        "description": database.description,
        "tables": tables,
        "schema_version": schema::version(&database),
    }))
}
