//! `get_table_schema_tool`: columns of tables, with a version so that a client need not ask twice.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Value, json};

use super::schema_of;
use crate::database::{Database, DatabaseInfo, TableInfo};
use crate::listener::TierError;

#[derive(Debug, Deserialize)]
pub(super) struct Arguments {
    database: String,
    /// One table; without it, all.
    #[serde(default, alias = "table_name")]
    table: Option<String>,
    /// The version the client holds; if it is still the newest, the schema is not sent again.
    #[serde(default)]
    schema_version: Option<String>,
}

pub(super) fn call(database: &Database, arguments: &Arguments) -> Result<Value, TierError> {
    let database = schema_of(database, &arguments.database)?;
    let tables: Vec<&TableInfo> = match &arguments.table {
        None => database.tables.iter().collect(),
        Some(name) => vec![database.table(name).ok_or_else(|| unknown_table(&database, name))?],
    };
    let version = version(&database);
    if arguments.schema_version.as_deref() == Some(version.as_str()) {
        return Ok(json!({ "database": database.name, "schema_version": version, "not_modified": true }));
    }
    let tables: Vec<Value> = tables.into_iter().map(describe).collect();
    Ok(json!({
        "database": database.name,
        "schema_version": version,
        "not_modified": false,
        "tables": tables,
    }))
}

fn describe(table: &TableInfo) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let mut value = json!({ "name": column.name, "type": column.kind, "nullable": column.nullable });
            if let Some((table, target)) = &column.references {
                value["references"] = json!({ "table": table, "column": target });
            }
            value
        })
        .collect();
    json!({ "name": table.name, "columns": columns })
}

/// Changes whenever the schema does: a digest of it.
pub(super) fn version(database: &DatabaseInfo) -> String {
    let described: Vec<Value> = database.tables.iter().map(describe).collect();
    let digest = Md5::digest(Value::Array(described).to_string());
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unknown_table(database: &DatabaseInfo, name: &str) -> TierError {
    let shown: String = name.chars().take(64).collect();
    let tables: Vec<&str> = database.tables.iter().map(|table| table.name.as_str()).collect();
    TierError::new("NOT_FOUND", format!("no table `{shown}` in database `{}`", database.name))
        .with_details(json!({ "available_tables": tables }))
}
