//! Schemas with versions, so that a client need not fetch twice.

use serde_json::{Value, json};

use super::link::{DATABASE, Link, OTHER_DATABASE, expect_value};
use crate::checks::{Context, Step, field};

const SCHEMA: &str = "get_table_schema_tool";

async fn version(link: &mut Link, database: &str) -> Step<String> {
    let result = link.result(SCHEMA, json!({"database": database})).await?;
    field::text(&result, "schema_version").map(str::to_owned)
}

/// The same schema has the same version, on any connection and from any tool.
pub(super) async fn stable(cx: Context) -> Step {
    let first = version(&mut Link::join(&cx).await?, DATABASE).await?;
    let mut link = Link::join(&cx).await?;
    let second = version(&mut link, DATABASE).await?;
    expect_value(first == second, &format!("version {first}"), second)?;
    let found = link.result("discover_tables_tool", json!({"database": DATABASE})).await?;
    field::equals(&found, "schema_version", first.clone())?;
    let one = link.result(SCHEMA, json!({"database": DATABASE, "table": "orders"})).await?;
    field::equals(&one, "schema_version", first)
}

/// Another schema has another version.
pub(super) async fn apart(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let (one, other) = (version(&mut link, DATABASE).await?, version(&mut link, OTHER_DATABASE).await?);
    expect_value(one != other, "versions that differ between databases", one)
}

async fn held(cx: &Context, table: Option<&str>) -> Step<(Value, String)> {
    let mut link = Link::join(cx).await?;
    let version = version(&mut link, DATABASE).await?;
    let mut arguments = json!({"database": DATABASE, "schema_version": version});
    if let Some(table) = table {
        arguments["table"] = json!(table);
    }
    Ok((link.result(SCHEMA, arguments).await?, version))
}

/// With the newest version in hand, nothing is sent again.
pub(super) async fn not_modified(cx: Context) -> Step {
    let (result, version) = held(&cx, None).await?;
    field::equals(&result, "not_modified", true)?;
    field::equals(&result, "schema_version", version)?;
    field::absent(&result, "tables")
}

/// So it is for one table.
pub(super) async fn not_modified_table(cx: Context) -> Step {
    let (result, _) = held(&cx, Some("orders")).await?;
    field::equals(&result, "not_modified", true)?;
    field::absent(&result, "tables")
}

/// With another version in hand, the schema comes.
pub(super) async fn modified(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let now = version(&mut link, DATABASE).await?;
    let arguments = json!({"database": DATABASE, "table": "orders", "schema_version": "of-another-time"});
    let result = link.result(SCHEMA, arguments).await?;
    field::equals(&result, "not_modified", false)?;
    field::equals(&result, "schema_version", now)?;
    field::any(&result, "/tables/0/columns/0").map(|_| ())
}

/// The version of another database is no version of this one.
pub(super) async fn version_of_another(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let other = version(&mut link, OTHER_DATABASE).await?;
    let result = link.result(SCHEMA, json!({"database": DATABASE, "schema_version": other})).await?;
    field::equals(&result, "not_modified", false)
}

/// A table that is not there is refused, whatever version is held.
pub(super) async fn unknown_table(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let version = version(&mut link, DATABASE).await?;
    let arguments = json!({"database": DATABASE, "table": "no_such_table", "schema_version": version});
    link.refusal(SCHEMA, arguments, "NOT_FOUND").await.map(|_| ())
}
