//! Faults of the tools.

use serde_json::{Value, json};

use super::answers::{accept, calls, edit_answer, edit_error, edit_result, refuse, statement, take};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

const DISCOVER: &str = "discover_tables_tool";
const SCHEMA: &str = "get_table_schema_tool";
const EXECUTE: &str = "execute_query_tool";
const VALIDATE: &str = "validate_context_tool";

fn each(result: &mut Value, path: &str, mut change: impl FnMut(&mut Value)) {
    for item in result.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
        change(item);
    }
}

fn pop(result: &mut Value, path: &str) {
    if let Some(list) = result.pointer_mut(path).and_then(Value::as_array_mut) {
        list.pop();
    }
}

fn without_database(tool: &'static str) -> impl Fn(&Value) -> bool + Send + Clone {
    move |params: &Value| params["name"] == tool && params["arguments"].get("database").is_none()
}

fn of_schemas() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.discover-uncounted",
            "tables are named without their columns",
            "mcp.discover",
            ReasonCode::Missing,
            || edit_result(DISCOVER, |result| each(result, "/tables", |table| drop(take(table, "columns")))),
        ),
        Mutant::wire(
            "mcp.discover-everything",
            "tables of every database are named",
            "mcp.discover-apart",
            ReasonCode::Leak,
            || {
                edit_result(DISCOVER, |result| {
                    for name in ["lineitem", "purchases"] {
                        if let Some(tables) = result["tables"].as_array_mut() {
                            tables.push(json!({"name": name, "columns": 1}));
                        }
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.schema-without-nullable",
            "columns don't say whether they may be null",
            "mcp.schema",
            ReasonCode::Missing,
            || {
                edit_result(SCHEMA, |result| {
                    each(result, "/tables/0/columns", |column| drop(take(column, "nullable")));
                })
            },
        ),
        Mutant::wire(
            "mcp.schema-of-some",
            "the last table is left out",
            "mcp.schema-of-all",
            ReasonCode::WrongValue,
            || edit_result(SCHEMA, |result| pop(result, "/tables")),
        ),
        Mutant::wire(
            "mcp.unknown-table-unhelped",
            "an unknown table is refused without those there are",
            "mcp.schema-unknown-table",
            ReasonCode::Missing,
            || edit_error(SCHEMA, |error| drop(take(error, "details"))),
        ),
        Mutant::wire(
            "mcp.version-random",
            "each answer has a version of its own",
            "mcp.version-stable",
            ReasonCode::WrongValue,
            || {
                edit_result(SCHEMA, |result| {
                    result["schema_version"] = json!(format!("{:x}", rand::random::<u64>()));
                })
            },
        ),
    ]
}

fn of_versions() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.version-constant",
            "every schema has the same version",
            "mcp.version-apart",
            ReasonCode::WrongValue,
            || edit_result(SCHEMA, |result| result["schema_version"] = json!("v1")),
        ),
        Mutant::wire(
            "mcp.not-modified-sent",
            "an unchanged schema is sent again",
            "mcp.not-modified",
            ReasonCode::Unexpected,
            || {
                edit_result(SCHEMA, |result| {
                    if result["not_modified"] == true {
                        result["tables"] = json!([]);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.table-always-modified",
            "one table's schema is always sent",
            "mcp.not-modified-table",
            ReasonCode::WrongValue,
            || {
                edit_answer(calls(SCHEMA, "table", "orders"), |response| {
                    response["result"]["not_modified"] = json!(false);
                })
            },
        ),
        Mutant::wire(
            "mcp.any-version-newest",
            "any version in hand is the newest",
            "mcp.modified",
            ReasonCode::WrongValue,
            || {
                edit_answer(calls(SCHEMA, "schema_version", "of-another-time"), |response| {
                    response["result"]["not_modified"] = json!(true);
                })
            },
        ),
        Mutant::wire(
            "mcp.versions-shared",
            "a version of one database counts for all",
            "mcp.version-of-another",
            ReasonCode::WrongValue,
            || {
                let held = |params: &Value| {
                    params["name"] == SCHEMA && params["arguments"].get("schema_version").is_some()
                };
                edit_answer(held, |response| response["result"]["not_modified"] = json!(true))
            },
        ),
        Mutant::wire(
            "mcp.unknown-table-not-modified",
            "with a version in hand an unknown table is unchanged",
            "mcp.cached-unknown-table",
            ReasonCode::Accepted,
            || accept(|params| params["arguments"].get("schema_version").is_some()),
        ),
    ]
}

fn of_results() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.miscounted",
            "a result counts a row too many",
            "mcp.execute",
            ReasonCode::WrongValue,
            || {
                edit_result(EXECUTE, |result| {
                    result["row_count"] = result["row_count"].as_u64().map(|count| count + 1).into();
                })
            },
        ),
        Mutant::wire(
            "mcp.statement-unsaid",
            "a result does not say the statement",
            "mcp.execute-sql",
            ReasonCode::Missing,
            || edit_result(EXECUTE, |result| drop(take(result, "sql"))),
        ),
        Mutant::wire(
            "mcp.null-as-empty",
            "nothing becomes an empty text",
            "mcp.execute-values",
            ReasonCode::WrongValue,
            || {
                edit_result(EXECUTE, |result| {
                    each(result, "/rows", |row| {
                        for value in row.as_array_mut().into_iter().flatten().filter(|value| value.is_null())
                        {
                            *value = json!("");
                        }
                    });
                })
            },
        ),
        Mutant::wire(
            "mcp.cut-untold",
            "rows that are cut off are not told",
            "mcp.execute-capped",
            ReasonCode::WrongValue,
            || edit_result(EXECUTE, |result| result["truncated"] = json!(false)),
        ),
        Mutant::wire(
            "mcp.max-rows-unread",
            "fewer rows than there are can't be asked for",
            "mcp.execute-capped",
            ReasonCode::WrongValue,
            || {
                edit_answer(statement("SELECT order_id FROM orders"), |response| {
                    response["result"]["rows"] = json!([[1], [2], [3], [4], [5], [6]]);
                })
            },
        ),
    ]
}

fn of_failures() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.database-unread",
            "a statement runs on any database",
            "mcp.execute-apart",
            ReasonCode::Accepted,
            || accept(calls(EXECUTE, "database", "financial_db")),
        ),
        Mutant::wire(
            "mcp.failure-internal",
            "a statement that fails is a fault of the server",
            "mcp.execute-failed",
            ReasonCode::WrongValue,
            || edit_error(EXECUTE, |error| error["code"] = json!("INTERNAL_ERROR")),
        ),
        Mutant::wire(
            "mcp.timeout-as-failure",
            "a statement that took too long has merely failed",
            "mcp.execute-timeout",
            ReasonCode::WrongValue,
            || edit_error(EXECUTE, |error| error["code"] = json!("QUERY_FAILED")),
        ),
        Mutant::wire(
            "mcp.length-unlimited",
            "a statement of any length runs",
            "mcp.execute-too-long",
            ReasonCode::Accepted,
            || accept(|params| params["arguments"]["query"].as_str().is_some_and(|sql| sql.len() > 30_000)),
        ),
        Mutant::wire(
            "mcp.valid-without-errors",
            "a valid context has no list of errors",
            "mcp.validate",
            ReasonCode::Missing,
            || edit_result(VALIDATE, |result| drop(take(result, "errors"))),
        ),
        Mutant::wire(
            "mcp.validation-fails",
            "an unknown database is a failure of validation",
            "mcp.validate-database",
            ReasonCode::Refused,
            || refuse(calls(VALIDATE, "database", "no_such_database")),
        ),
        Mutant::wire(
            "mcp.known-tables-blamed",
            "known tables are complained of as well",
            "mcp.validate-table",
            ReasonCode::WrongValue,
            || {
                edit_result(VALIDATE, |result| {
                    if let Some(errors) = result["errors"].as_array_mut() {
                        errors.extend(errors.clone());
                    }
                })
            },
        ),
    ]
}

fn of_databases() -> Vec<Mutant> {
    let demanded = [
        ("mcp.discover-default", "discovery picks a database", "mcp.discover-without-database", DISCOVER),
        ("mcp.schema-default", "a schema's database is picked", "mcp.schema-without-database", SCHEMA),
        ("mcp.execute-default", "a statement's database is picked", "mcp.execute-without-database", EXECUTE),
        ("mcp.validate-default", "a context's database is picked", "mcp.validate-without-database", VALIDATE),
    ];
    let unknown = [
        (
            "mcp.discover-unhelped",
            "discovery does not say what to do",
            "mcp.discover-unknown-database",
            DISCOVER,
        ),
        (
            "mcp.schema-unhelped",
            "a schema's error does not say what to do",
            "mcp.schema-unknown-database",
            SCHEMA,
        ),
        (
            "mcp.execute-unhelped",
            "a statement's error does not say what to do",
            "mcp.execute-unknown-database",
            EXECUTE,
        ),
    ];
    let demanded = demanded.map(|(id, about, check, tool)| {
        Mutant::wire(id, about, check, ReasonCode::Accepted, move || accept(without_database(tool)))
    });
    let unknown = unknown.map(|(id, about, check, tool)| {
        Mutant::wire(id, about, check, ReasonCode::Missing, move || {
            edit_error(tool, |error| drop(error.get_mut("details").and_then(|details| take(details, "hint"))))
        })
    });
    demanded.into_iter().chain(unknown).collect()
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_schemas(), of_versions(), of_results(), of_failures(), of_databases()].concat()
}
