//! The checks of tools, schema cache, batches and subscriptions.

use super::{batch, cache, tools};
use crate::checks::Check;

pub(super) fn of_schemas() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.discover",
            "discovery names tables with their columns",
            &["mcp.discover"],
            tools::discover,
        ),
        Check::new(
            "mcp.discover-apart",
            "each database has its own tables",
            &["mcp.database-apart"],
            tools::discover_apart,
        ),
        Check::new("mcp.schema", "a schema describes columns", &["mcp.schema"], tools::schema),
        Check::new(
            "mcp.schema-of-all",
            "a schema without table describes all",
            &["mcp.schema"],
            tools::schema_of_all,
        ),
        Check::new(
            "mcp.schema-unknown-table",
            "an unknown table is not found",
            &["mcp.schema-unknown-table"],
            tools::schema_unknown_table,
        ),
        Check::new(
            "mcp.schema-apart",
            "a table of another database is not found",
            &["mcp.database-apart"],
            tools::schema_apart,
        ),
        Check::new(
            "mcp.execute",
            "a result has columns, rows and their number",
            &["mcp.execute"],
            tools::execute,
        ),
        Check::new("mcp.execute-sql", "a result says the statement", &["mcp.execute"], tools::execute_sql),
        Check::new(
            "mcp.execute-values",
            "values keep their kind",
            &["mcp.execute-values"],
            tools::execute_values,
        ),
    ]
}

pub(super) fn of_statements() -> Vec<Check> {
    vec![
        Check::new("mcp.execute-nothing", "no rows are no error", &["mcp.execute"], tools::execute_nothing),
        Check::new(
            "mcp.execute-capped",
            "rows that are cut off are told",
            &["mcp.execute-capped"],
            tools::execute_capped,
        ),
        Check::new(
            "mcp.execute-apart",
            "a statement reads the database that was named",
            &["mcp.database-apart"],
            tools::execute_apart,
        ),
        Check::new(
            "mcp.execute-failed",
            "a statement that fails says so",
            &["mcp.execute-failed"],
            tools::execute_failed,
        ),
        Check::new(
            "mcp.execute-timeout",
            "a statement that takes too long is stopped",
            &["mcp.execute-timeout"],
            tools::execute_timeout,
        ),
        Check::new(
            "mcp.execute-too-long",
            "a statement that is too long is refused",
            &["mcp.execute-capped"],
            tools::execute_too_long,
        ),
        Check::new("mcp.validate", "a usable context is valid", &["mcp.validate"], tools::validate),
        Check::new(
            "mcp.validate-database",
            "an unknown database is found invalid",
            &["mcp.validate"],
            tools::validate_database,
        ),
        Check::new(
            "mcp.validate-table",
            "an unknown table is found invalid",
            &["mcp.validate"],
            tools::validate_table,
        ),
    ]
}

/// Each tool without its database, and with one that is not there.
pub(super) fn of_databases() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.discover-without-database",
            "discover_tables_tool demands a database",
            &["mcp.database-demanded"],
            |cx| tools::without_database(cx, "discover_tables_tool"),
        ),
        Check::new(
            "mcp.schema-without-database",
            "get_table_schema_tool demands a database",
            &["mcp.database-demanded"],
            |cx| tools::without_database(cx, "get_table_schema_tool"),
        ),
        Check::new(
            "mcp.execute-without-database",
            "execute_query_tool demands a database",
            &["mcp.database-demanded"],
            |cx| tools::without_database(cx, "execute_query_tool"),
        ),
        Check::new(
            "mcp.validate-without-database",
            "validate_context_tool demands a database",
            &["mcp.database-demanded"],
            |cx| tools::without_database(cx, "validate_context_tool"),
        ),
        Check::new(
            "mcp.discover-unknown-database",
            "discover_tables_tool says which databases there are",
            &["mcp.database-unknown"],
            |cx| tools::unknown_database(cx, "discover_tables_tool"),
        ),
        Check::new(
            "mcp.schema-unknown-database",
            "get_table_schema_tool says which databases there are",
            &["mcp.database-unknown"],
            |cx| tools::unknown_database(cx, "get_table_schema_tool"),
        ),
        Check::new(
            "mcp.execute-unknown-database",
            "execute_query_tool says which databases there are",
            &["mcp.database-unknown"],
            |cx| tools::unknown_database(cx, "execute_query_tool"),
        ),
    ]
}

pub(super) fn of_cache() -> Vec<Check> {
    vec![
        Check::new(
            "mcp.version-stable",
            "the same schema has the same version",
            &["mcp.schema-version"],
            cache::stable,
        ),
        Check::new(
            "mcp.version-apart",
            "another schema has another version",
            &["mcp.schema-version"],
            cache::apart,
        ),
        Check::new(
            "mcp.not-modified",
            "a schema in hand is not sent again",
            &["mcp.not-modified"],
            cache::not_modified,
        ),
        Check::new(
            "mcp.not-modified-table",
            "a table's schema in hand is not sent again",
            &["mcp.not-modified"],
            cache::not_modified_table,
        ),
        Check::new(
            "mcp.modified",
            "with another version in hand the schema comes",
            &["mcp.modified"],
            cache::modified,
        ),
        Check::new(
            "mcp.version-of-another",
            "another database's version is none of this one",
            &["mcp.modified"],
            cache::version_of_another,
        ),
        Check::new(
            "mcp.cached-unknown-table",
            "an unknown table is refused whatever version is held",
            &["mcp.schema-unknown-table"],
            cache::unknown_table,
        ),
    ]
}

pub(super) fn of_batch() -> Vec<Check> {
    vec![
        Check::new("mcp.batch", "every request of a batch is answered once", &["mcp.batch"], batch::all),
        Check::new(
            "mcp.batch-one-bad",
            "an unusable member does not spoil a batch",
            &["mcp.batch-members"],
            batch::one_bad,
        ),
        Check::new(
            "mcp.batch-one-refused",
            "a refused member does not spoil a batch",
            &["mcp.batch-members"],
            batch::one_refused,
        ),
        Check::new("mcp.batch-empty", "a batch of nothing is refused", &["mcp.batch-unusable"], batch::empty),
        Check::new(
            "mcp.batch-no-list",
            "a batch that is no list is refused",
            &["mcp.batch-unusable"],
            batch::no_list,
        ),
        Check::new("mcp.subscribe", "both events can be subscribed to", &["mcp.subscribe"], batch::subscribe),
        Check::new(
            "mcp.subscribe-unknown",
            "an unknown event is named as refused",
            &["mcp.subscribe-unknown"],
            batch::subscribe_unknown,
        ),
        Check::new("mcp.unsubscribe", "a subscription can be ended", &["mcp.subscribe"], batch::unsubscribe),
        Check::new(
            "mcp.subscribe-no-list",
            "events that are no list are refused",
            &["mcp.subscribe-unknown"],
            batch::subscribe_no_list,
        ),
        Check::new("mcp.stream", "rows in pieces are those of the result", &["mcp.stream"], batch::stream),
        Check::new("mcp.stream-waits", "pieces wait for their reader", &["mcp.stream"], batch::stream_waits)
            .tags(&["slow"]),
    ]
}
