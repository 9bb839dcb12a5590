//! What SQL runs and what does not, seen from outside: one check a statement.

use serde_json::{Value, json};

use super::link::{DATABASE, Link, names};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};

/// A statement, and what becomes of it.
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) check: &'static str,
    /// Id of the mutant that treats it the other way.
    pub(crate) mutant: &'static str,
    /// What the mutant does.
    pub(crate) fault: &'static str,
    /// The statement.
    pub(crate) sql: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
}

macro_rules! refused {
    ($requirement:literal, $slug:literal, $what:literal, $sql:expr) => {
        Case {
            check: concat!("mcp.refuses-", $slug),
            mutant: concat!("mcp.runs-", $slug),
            fault: concat!($what, " runs"),
            sql: $sql,
            title: concat!($what, " is refused"),
            requirements: &[concat!("mcp.guard-", $requirement)],
        }
    };
}

macro_rules! allowed {
    ($slug:literal, $what:literal, $sql:expr) => {
        Case {
            check: concat!("mcp.runs-", $slug),
            mutant: concat!("mcp.refuses-", $slug),
            fault: concat!($what, " is refused"),
            sql: $sql,
            title: concat!($what, " runs"),
            requirements: &["mcp.guard-allows"],
        }
    };
}

/// Statements that must not run.
pub(crate) const FORBIDDEN: &[Case] = &[
    refused!("writes", "delete", "DELETE", "DELETE FROM orders"),
    refused!("writes", "update", "UPDATE", "UPDATE orders SET status = 'lost'"),
    refused!("writes", "insert", "INSERT", "INSERT INTO orders (order_id) VALUES (1)"),
    refused!("writes", "insert-select", "INSERT from SELECT", "INSERT INTO orders SELECT * FROM orders"),
    refused!("writes", "replace", "REPLACE", "REPLACE INTO orders (order_id) VALUES (1)"),
    refused!("writes", "truncate", "TRUNCATE", "TRUNCATE TABLE orders"),
    refused!("writes", "drop", "DROP TABLE", "DROP TABLE orders"),
    refused!("writes", "create", "CREATE TABLE", "CREATE TABLE loot AS SELECT * FROM orders"),
    refused!("writes", "create-view", "CREATE VIEW", "CREATE VIEW loot AS SELECT * FROM orders"),
    refused!("writes", "alter", "ALTER TABLE", "ALTER TABLE orders ADD COLUMN loot TEXT"),
    refused!("writes", "index", "CREATE INDEX", "CREATE INDEX loot ON orders (status)"),
    refused!("writes", "grant", "GRANT", "GRANT ALL ON *.* TO 'root'@'%'"),
    refused!("writes", "lower-case-delete", "delete in odd letters", "dElEtE\n\tFROM orders"),
    refused!("writes", "cte-delete", "DELETE behind WITH", "WITH a AS (SELECT 1) DELETE FROM orders"),
    refused!(
        "writes",
        "cte-update",
        "UPDATE behind WITH",
        "WITH a AS (SELECT 1) UPDATE orders SET status = 'x'"
    ),
    refused!(
        "writes",
        "delete-in-cte",
        "DELETE within WITH",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone"
    ),
    refused!(
        "writes",
        "delete-in-from",
        "DELETE within FROM",
        "SELECT * FROM (DELETE FROM orders RETURNING *) AS gone"
    ),
    refused!(
        "writes",
        "explain-analyze",
        "EXPLAIN ANALYZE of a DELETE",
        "EXPLAIN ANALYZE DELETE FROM orders"
    ),
    refused!("several", "second-statement", "a second statement", "SELECT 1; DELETE FROM orders"),
    refused!("several", "two-reads", "a second SELECT", "SELECT 1; SELECT 2"),
    refused!(
        "several",
        "commented-second",
        "a second statement behind a comment",
        "SELECT 1 /* ; */ ; DROP TABLE orders -- x"
    ),
    refused!(
        "comments",
        "executed-comment",
        "a comment that MySQL executes",
        "SELECT 1 /*! INTO OUTFILE '/tmp/loot' */"
    ),
    refused!("comments", "versioned-comment", "a comment with a version", "SELECT 1 /*!50000 , SLEEP(5) */"),
    refused!("comments", "tidb-comment", "a comment that TiDB executes", "SELECT 1 /*T! , SLEEP(5) */"),
    refused!(
        "comments",
        "hint",
        "an optimizer hint",
        "SELECT /*+ MAX_EXECUTION_TIME(0) */ order_id FROM orders"
    ),
    refused!("clauses", "outfile", "INTO OUTFILE", "SELECT * FROM orders INTO OUTFILE '/tmp/loot'"),
    refused!(
        "clauses",
        "dumpfile",
        "INTO DUMPFILE",
        "SELECT status FROM orders LIMIT 1 INTO DUMPFILE '/tmp/loot'"
    ),
    refused!("clauses", "into-table", "SELECT INTO", "SELECT * INTO loot FROM orders"),
    refused!("clauses", "into-variable", "INTO a variable", "SELECT 1 INTO @x"),
    refused!("clauses", "for-update", "FOR UPDATE", "SELECT * FROM orders LIMIT 1 FOR UPDATE"),
    refused!(
        "clauses",
        "share-lock",
        "LOCK IN SHARE MODE",
        "SELECT * FROM orders LIMIT 1 LOCK IN SHARE MODE"
    ),
    refused!(
        "clauses",
        "recursion",
        "WITH RECURSIVE",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n"
    ),
    refused!("session", "pragma", "PRAGMA", "PRAGMA writable_schema = 1"),
    refused!("session", "attach", "ATTACH", "ATTACH DATABASE '/tmp/loot.db' AS loot"),
    refused!("session", "vacuum-into", "VACUUM INTO", "VACUUM INTO '/tmp/loot.db'"),
    refused!("session", "set", "SET", "SET GLOBAL read_only = 0"),
    refused!("session", "begin", "BEGIN", "BEGIN"),
    refused!("session", "call", "CALL", "CALL dbms_job.run('loot')"),
    refused!("session", "load-data", "LOAD DATA", "LOAD DATA INFILE '/etc/passwd' INTO TABLE orders"),
    refused!("session", "use", "USE", "USE mysql"),
    refused!("session", "variable", "a system variable", "SELECT @@version"),
    refused!("functions", "sleep", "SLEEP", "SELECT SLEEP(5)"),
    refused!("functions", "benchmark", "BENCHMARK", "SELECT BENCHMARK(100000000, MD5('x'))"),
    refused!("functions", "get-lock", "GET_LOCK", "SELECT GET_LOCK('loot', 5)"),
    refused!("functions", "load-file", "LOAD_FILE", "SELECT LOAD_FILE('/etc/passwd')"),
    refused!("functions", "load-extension", "load_extension", "SELECT load_extension('/tmp/loot.so')"),
    refused!("functions", "readfile", "readfile", "SELECT readfile('/etc/passwd')"),
    refused!(
        "functions",
        "nested-sleep",
        "SLEEP in a subquery",
        "SELECT order_id FROM orders WHERE 1 = (SELECT SLEEP(5))"
    ),
    refused!("tables", "sqlite-master", "sqlite_master", "SELECT * FROM sqlite_master"),
    refused!("tables", "information-schema", "information_schema", "SELECT * FROM information_schema.tables"),
    refused!("tables", "mysql-user", "mysql.user", "SELECT * FROM mysql.user"),
    refused!(
        "tables",
        "other-database",
        "a table of another database by its full name",
        "SELECT * FROM tpch.lineitem"
    ),
    refused!(
        "tables",
        "system-in-subquery",
        "a system table in a subquery",
        "SELECT (SELECT count(*) FROM sqlite_master) AS n"
    ),
    refused!(
        "tables",
        "system-in-union",
        "a system table in a UNION",
        "SELECT 1 UNION SELECT name FROM sqlite_master"
    ),
    refused!("tables", "pragma-function", "a pragma as a table", "SELECT * FROM pragma_table_info('orders')"),
    refused!("nothing", "empty", "no statement at all", "  ; ;  "),
    refused!("nothing", "comment-only", "a comment alone", "-- nothing"),
    refused!("nothing", "not-sql", "what is no SQL", "Please show me all orders"),
    refused!("nothing", "placeholder", "a placeholder", "SELECT * FROM orders WHERE order_id = ?"),
];

/// Statements that must run.
pub(crate) const ALLOWED: &[Case] = &[
    allowed!("constant", "a constant", "SELECT 1 AS one"),
    allowed!("sum", "a sum", "SELECT count(*) AS n, min(order_id) AS first FROM orders"),
    allowed!(
        "grouped",
        "GROUP BY with HAVING",
        "SELECT status, count(*) AS n FROM orders GROUP BY status HAVING count(*) > 0 ORDER BY n DESC"
    ),
    allowed!(
        "join",
        "a join",
        "SELECT o.order_id, c.customer_id FROM orders AS o JOIN customers AS c ON c.customer_id = o.customer_id ORDER BY o.order_id LIMIT 2"
    ),
    allowed!(
        "with",
        "WITH",
        "WITH s AS (SELECT status, count(*) AS n FROM orders GROUP BY status) SELECT max(n) AS most FROM s"
    ),
    allowed!(
        "subquery",
        "a subquery",
        "SELECT order_id FROM orders WHERE order_id = (SELECT min(order_id) FROM orders)"
    ),
    allowed!("union", "UNION", "SELECT 1 AS n UNION SELECT 2 ORDER BY n"),
    allowed!("case", "CASE", "SELECT CASE WHEN 1 < 2 THEN 'less' ELSE 'more' END AS word"),
    allowed!(
        "window",
        "a window function",
        "SELECT order_id, row_number() OVER (ORDER BY order_id) AS place FROM orders ORDER BY order_id LIMIT 2"
    ),
    allowed!("comment", "a plain comment", "SELECT 1 AS one -- no more\n/* nor here */"),
    allowed!("semicolon", "a closing semicolon", "SELECT 1 AS one;"),
    allowed!("words-in-text", "a text with forbidden words in it", "SELECT 'DROP TABLE orders; --' AS words"),
    allowed!("quote-in-text", "a quote within a text", "SELECT 'it''s' AS words"),
    allowed!(
        "like",
        "LIKE and IN",
        "SELECT count(*) AS n FROM orders WHERE status IN ('paid', 'shipped') AND status LIKE 'p%'"
    ),
];

/// A check for each case.
pub(super) fn checks() -> Vec<Check> {
    let refusals = FORBIDDEN
        .iter()
        .map(|case| Check::new(case.check, case.title, case.requirements, move |cx| refuses(cx, case.sql)));
    let permissions = ALLOWED
        .iter()
        .map(|case| Check::new(case.check, case.title, case.requirements, move |cx| runs(cx, case.sql)));
    refusals.chain(permissions).collect()
}

/// The statement is refused as such, with a reason, and the connection is good for the next.
async fn refuses(cx: Context, sql: &'static str) -> Step {
    let mut link = Link::join(&cx).await?;
    let arguments = json!({"database": DATABASE, "query": sql});
    let error = link.refusal("execute_query_tool", arguments, "QUERY_REJECTED").await?;
    let reason = field::text(&error, "/details/reason")?;
    ensure(!reason.is_empty(), ReasonCode::WrongValue, "a reason", "none")?;
    let next = link.run("SELECT 1 AS one").await?;
    field::equals(&next, "rows", json!([[1]]))
}

/// The statement runs and has rows.
async fn runs(cx: Context, sql: &'static str) -> Step {
    let result = Link::join(&cx).await?.run(sql).await?;
    let width = names(&result, "columns")?.len();
    let rows = field::array(&result, "rows")?;
    let whole = |row: &Value| row.as_array().is_some_and(|row| row.len() == width);
    let holds = !rows.is_empty() && rows.iter().all(whole);
    ensure(holds, ReasonCode::WrongValue, "rows as wide as the columns", Value::from(rows.clone()))
}
