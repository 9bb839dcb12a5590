//! The same tools as on the server's own door, by the standard protocol.

use serde_json::{Value, json};

use super::client::Client;
use crate::checks::{Context, ReasonCode, Step, ensure, field};

const TOOLS: [&str; 4] =
    ["discover_tables_tool", "get_table_schema_tool", "execute_query_tool", "validate_context_tool"];

/// All four tools, marked as reading only.
pub(super) async fn tools(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let tools = client.all("tools/list", "tools").await?;
    for name in TOOLS {
        let Some(tool) = tools.iter().find(|tool| tool["name"] == name) else {
            return crate::checks::fail(ReasonCode::Missing, name, "other tools");
        };
        field::equals(tool, "/annotations/readOnlyHint", true)?;
    }
    Ok(())
}

/// Every tool demands its database in its schema.
pub(super) async fn databases(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let tools = client.all("tools/list", "tools").await?;
    for name in TOOLS {
        let Some(tool) = tools.iter().find(|tool| tool["name"] == name) else {
            return crate::checks::fail(ReasonCode::Missing, name, "other tools");
        };
        field::contains(tool, "/inputSchema/required", "database")?;
    }
    Ok(())
}

/// A statement has the result it has elsewhere.
pub(super) async fn result(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let arguments = json!({"database": "financial_db", "query": "SELECT 41 + 1 AS answer"});
    let result = client.result("tools/call", Some(json!({"name": TOOLS[2], "arguments": arguments}))).await?;
    field::equals(&result, "/structuredContent/rows", json!([[42]]))?;
    field::equals(&result, "/structuredContent/row_count", 1)
}

async fn refused(cx: &Context, arguments: Value, code: &str) -> Step<Value> {
    let client = Client::open(cx).await?;
    let result = client.result("tools/call", Some(json!({"name": TOOLS[2], "arguments": arguments}))).await?;
    ensure(result["isError"] == true, ReasonCode::Accepted, "isError true", &result)?;
    let text = field::text(&result, "/content/0/text")?;
    let error: Value = serde_json::from_str(text).unwrap_or_default();
    field::equals(&error, "code", code)?;
    Ok(error)
}

/// A statement that writes is refused in a way that a model can read.
pub(super) async fn guard(cx: Context) -> Step {
    let arguments = json!({"database": "financial_db", "query": "DELETE FROM orders"});
    refused(&cx, arguments, "QUERY_REJECTED").await.map(|_| ())
}

/// An unknown database is refused with those there are.
pub(super) async fn database(cx: Context) -> Step {
    let arguments = json!({"database": "no_such_database", "query": "SELECT 1"});
    let error = refused(&cx, arguments, "DATABASE_CONTEXT_INVALID").await?;
    field::contains(&error, "/details/available_databases", "financial_db")
}
