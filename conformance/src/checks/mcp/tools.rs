//! The four tools, each with a database.

use serde_json::{Value, json};

use super::link::{DATABASE, Link, OTHER_DATABASE, SLOW, context_error, expect_value, names};
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};

/// Discovery: names with numbers of columns, and the version.
pub(super) async fn discover(cx: Context) -> Step {
    let result = Link::join(&cx).await?.result("discover_tables_tool", json!({"database": DATABASE})).await?;
    field::equals(&result, "database", DATABASE)?;
    ensure(!names(&result, "tables")?.is_empty(), ReasonCode::Missing, "tables", "none")?;
    for table in field::array(&result, "tables")? {
        let columns = field::integer(table, "columns")?;
        expect_value(columns > 0, "columns in a table", table)?;
    }
    field::text(&result, "schema_version").map(|_| ())
}

/// Each database has its own tables.
pub(super) async fn discover_apart(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let own = names(&link.result("discover_tables_tool", json!({"database": DATABASE})).await?, "tables")?;
    let other = link.result("discover_tables_tool", json!({"database": OTHER_DATABASE})).await?;
    field::equals(&other, "database", OTHER_DATABASE)?;
    let other = names(&other, "tables")?;
    for (list, name, what) in [(&own, "purchases", DATABASE), (&other, "lineitem", OTHER_DATABASE)] {
        expect_value(list.iter().any(|table| table == name), &format!("{name} in {what}"), list.join(", "))?;
    }
    let leaked =
        own.iter().any(|table| table == "lineitem") || other.iter().any(|table| table == "purchases");
    ensure(!leaked, ReasonCode::Leak, "tables of the one database only", "tables of the other")
}

/// The schema of a table: its columns with name, type and whether they may be null.
pub(super) async fn schema(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "table": "orders"});
    let result = Link::join(&cx).await?.result("get_table_schema_tool", arguments).await?;
    field::equals(&result, "database", DATABASE)?;
    field::equals(&result, "not_modified", false)?;
    let tables = names(&result, "tables")?;
    expect_value(tables == ["orders"], "the table orders alone", tables.join(", "))?;
    let columns = names(&result, "/tables/0/columns")?;
    expect_value(columns.iter().any(|name| name == "order_id"), "column order_id", columns.join(", "))?;
    for column in field::array(&result, "/tables/0/columns")? {
        field::text(column, "type")?;
        field::boolean(column, "nullable")?;
    }
    Ok(())
}

/// Without a table, all that discovery names.
pub(super) async fn schema_of_all(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let found = link.result("discover_tables_tool", json!({"database": DATABASE})).await?;
    let schema = link.result("get_table_schema_tool", json!({"database": DATABASE})).await?;
    let described: Vec<(String, u64)> = field::array(&schema, "tables")?
        .iter()
        .map(|table| {
            Ok((field::text(table, "name")?.to_owned(), field::array(table, "columns")?.len() as u64))
        })
        .collect::<Step<_>>()?;
    for table in field::array(&found, "tables")? {
        let wanted = (field::text(table, "name")?.to_owned(), field::integer(table, "columns")?);
        expect_value(
            described.contains(&wanted),
            &format!("{wanted:?} in the schema"),
            format!("{described:?}"),
        )?;
    }
    Ok(())
}

/// A table that is not there; what there is, is said.
pub(super) async fn schema_unknown_table(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "table": "no_such_table"});
    let error = Link::join(&cx).await?.refusal("get_table_schema_tool", arguments, "NOT_FOUND").await?;
    field::contains(&error, "/details/available_tables", "orders")
}

/// A table of another database is not there.
pub(super) async fn schema_apart(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "table": "lineitem"});
    Link::join(&cx).await?.refusal("get_table_schema_tool", arguments, "NOT_FOUND").await.map(|_| ())
}

/// The result of a statement: columns, rows of that width, their number.
pub(super) async fn execute(cx: Context) -> Step {
    let sql = "SELECT order_id, status FROM orders ORDER BY order_id LIMIT 3";
    let result = Link::join(&cx).await?.run(sql).await?;
    field::equals(&result, "database", DATABASE)?;
    let columns = names(&result, "columns")?;
    expect_value(columns == ["order_id", "status"], "columns order_id and status", columns.join(", "))?;
    let rows = field::array(&result, "rows")?;
    let whole = rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == 2));
    expect_value(whole && rows.len() == 3, "three rows of two values", Value::from(rows.clone()))?;
    field::equals(&result, "row_count", 3)?;
    field::equals(&result, "truncated", false)
}

/// The statement as it ran is said.
pub(super) async fn execute_sql(cx: Context) -> Step {
    let result = Link::join(&cx).await?.run("SELECT 41 + 1 AS answer").await?;
    let sql = field::text(&result, "sql")?;
    expect_value(sql.to_uppercase().contains("SELECT"), "the statement", sql)?;
    field::equals(&result, "rows", json!([[42]]))
}

/// Values keep their kind: whole numbers, fractions, texts, nothing.
pub(super) async fn execute_values(cx: Context) -> Step {
    let result = Link::join(&cx).await?.run("SELECT 7 AS a, 'Größe' AS b, NULL AS c").await?;
    field::equals(&result, "rows", json!([[7, "Größe", null]]))
}

/// No rows are no error.
pub(super) async fn execute_nothing(cx: Context) -> Step {
    let result = Link::join(&cx).await?.run("SELECT order_id FROM orders WHERE order_id < 0").await?;
    field::equals(&result, "rows", json!([]))?;
    field::equals(&result, "row_count", 0)?;
    field::equals(&result, "truncated", false)
}

/// Fewer rows may be asked for; that some were cut off is said.
pub(super) async fn execute_capped(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "query": "SELECT order_id FROM orders", "max_rows": 5});
    let result = Link::join(&cx).await?.result("execute_query_tool", arguments).await?;
    let count = field::array(&result, "rows")?.len();
    expect_value(count == 5, "5 rows", count)?;
    field::equals(&result, "row_count", 5)?;
    field::equals(&result, "truncated", true)
}

/// A statement reads the tables of the database that was named.
pub(super) async fn execute_apart(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let query = "SELECT count(*) AS n FROM lineitem";
    let right = json!({"database": OTHER_DATABASE, "query": query});
    let result = link.result("execute_query_tool", right).await?;
    field::equals(&result, "database", OTHER_DATABASE)?;
    link.refusal("execute_query_tool", json!({"database": DATABASE, "query": query}), "QUERY_REJECTED")
        .await
        .map(|_| ())
}

/// A statement that the database does not understand.
pub(super) async fn execute_failed(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "query": "SELECT no_such_column FROM orders"});
    Link::join(&cx).await?.refusal("execute_query_tool", arguments, "QUERY_FAILED").await.map(|_| ())
}

/// A statement that takes longer than it may.
pub(super) async fn execute_timeout(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "query": SLOW, "timeout_ms": 60});
    Link::join(&cx).await?.refusal("execute_query_tool", arguments, "QUERY_TIMEOUT").await.map(|_| ())
}

/// A statement of 40,000 characters.
pub(super) async fn execute_too_long(cx: Context) -> Step {
    let sql = format!("SELECT {} AS n", vec!["1"; 20_000].join("+"));
    let arguments = json!({"database": DATABASE, "query": sql});
    let error = Link::join(&cx).await?.refusal("execute_query_tool", arguments, "QUERY_REJECTED").await?;
    field::text(&error, "/details/reason").map(|_| ())
}

/// A context that can be used.
pub(super) async fn validate(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "tables": ["orders", "customers"]});
    let result = Link::join(&cx).await?.result("validate_context_tool", arguments).await?;
    field::equals(&result, "valid", true)?;
    field::equals(&result, "errors", json!([]))
}

/// An unknown database is the finding of validation, not a failure of it.
pub(super) async fn validate_database(cx: Context) -> Step {
    let arguments = json!({"database": "no_such_database"});
    let result = Link::join(&cx).await?.result("validate_context_tool", arguments).await?;
    field::equals(&result, "valid", false)?;
    let errors = field::array(&result, "errors")?;
    let Some(error) = errors.first() else {
        return fail(ReasonCode::Missing, "an error", "none");
    };
    field::equals(error, "code", "DATABASE_CONTEXT_INVALID")?;
    context_error(error)
}

/// An unknown table is found, the known ones are not complained of.
pub(super) async fn validate_table(cx: Context) -> Step {
    let arguments = json!({"database": DATABASE, "tables": ["orders", "no_such_table"]});
    let result = Link::join(&cx).await?.result("validate_context_tool", arguments).await?;
    field::equals(&result, "valid", false)?;
    let errors = field::array(&result, "errors")?;
    expect_value(errors.len() == 1, "one error, for no_such_table", Value::from(errors.clone()))?;
    field::equals(&errors[0], "code", "DATABASE_CONTEXT_INVALID")?;
    let named = errors[0].to_string().contains("no_such_table");
    expect_value(named, "the table named", &errors[0])
}

/// A tool that is called without its database.
pub(super) async fn without_database(cx: Context, tool: &'static str) -> Step {
    let arguments = json!({"query": "SELECT 1"});
    Link::join(&cx).await?.refusal(tool, arguments, "INVALID_MESSAGE").await.map(|_| ())
}

/// A tool that is called with a database that is not there.
pub(super) async fn unknown_database(cx: Context, tool: &'static str) -> Step {
    let arguments = json!({"database": "no_such_database", "query": "SELECT 1"});
    let error = Link::join(&cx).await?.refusal(tool, arguments, "DATABASE_CONTEXT_INVALID").await?;
    context_error(&error)
}
