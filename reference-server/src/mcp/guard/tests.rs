//! What is refused and what is let through.

use rusqlite::Connection;

use super::{Refusal, admit};
use crate::database::{DatabaseInfo, Dialect, catalog};

const MAX_BYTES: usize = 16 * 1024;

fn financial() -> &'static DatabaseInfo {
    catalog().iter().find(|database| database.name == "financial_db").unwrap()
}

fn refusal(sql: &str) -> Refusal {
    match admit(sql, financial(), Dialect::Sqlite, MAX_BYTES) {
        Err(refusal) => refusal,
        Ok(admitted) => panic!("let through: {sql}\nas: {}", admitted.sql()),
    }
}

fn admitted(sql: &str) -> String {
    admit(sql, financial(), Dialect::Sqlite, MAX_BYTES)
        .unwrap_or_else(|refusal| panic!("{sql}: {refusal}"))
        .sql()
        .to_owned()
}

/// The tables of the catalogue, empty, in memory.
fn empty_database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for table in &financial().tables {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        connection.execute_batch(&format!("CREATE TABLE {} ({})", table.name, columns.join(", "))).unwrap();
    }
    connection
}

#[test]
fn stacked_and_nested_statements_that_write_are_refused() {
    for (sql, reason) in [
        ("SELECT 1; DELETE FROM orders", "several_statements"),
        ("SELECT 1; SELECT 2", "several_statements"),
        ("DELETE FROM orders", "not_read_only"),
        ("UPDATE orders SET total_cents = 0", "not_read_only"),
        ("INSERT INTO orders VALUES (1)", "not_read_only"),
        ("INSERT INTO orders SELECT * FROM orders", "not_read_only"),
        ("REPLACE INTO orders VALUES (1)", "not_read_only"),
        ("DROP TABLE orders", "not_read_only"),
        ("CREATE TABLE x AS SELECT * FROM orders", "not_read_only"),
        ("ALTER TABLE orders ADD COLUMN x", "not_read_only"),
        ("BEGIN", "not_read_only"),
        ("EXPLAIN SELECT 1", "not_read_only"),
        ("EXPLAIN ANALYZE DELETE FROM orders", "not_read_only"),
        ("EXPLAIN QUERY PLAN SELECT 1", "not_read_only"),
        ("WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone", "not_read_only"),
        ("WITH a AS (SELECT 1) DELETE FROM orders", "not_read_only"),
        ("WITH a AS (SELECT 1) UPDATE orders SET total_cents = 0", "not_read_only"),
        ("WITH a AS (SELECT 1) INSERT INTO orders SELECT * FROM a", "not_read_only"),
    ] {
        assert_eq!(refusal(sql).reason(), reason, "{sql}: {}", refusal(sql));
    }
    // Whatever the parser makes of these, they are not let through.
    for sql in [
        "SELECT * FROM (DELETE FROM orders)",
        "SELECT * FROM (DELETE FROM orders RETURNING *) AS gone",
        "SELECT 1 WHERE 1 IN (INSERT INTO orders VALUES (1))",
        "SELECT (UPDATE orders SET total_cents = 0)",
        "SELECT EXISTS (DELETE FROM orders)",
        "SELECT 1 UNION DELETE FROM orders",
        "(DELETE FROM orders)",
        "VACUUM INTO 'copy.db'",
        "MERGE INTO orders USING customers ON 1 = 1 WHEN MATCHED THEN DELETE",
    ] {
        refusal(sql);
    }
}

#[test]
fn locks_and_into_are_refused() {
    for sql in [
        "SELECT * FROM orders FOR UPDATE",
        "SELECT * FROM orders FOR SHARE",
        "SELECT * FROM (SELECT * FROM orders FOR UPDATE) AS o",
        "SELECT * INTO copy FROM orders",
        "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
        "SELECT name FROM customers INTO DUMPFILE '/tmp/x'",
        "SELECT 1 INTO @x",
        "SELECT * FROM orders LOCK IN SHARE MODE",
        "VALUES (1)",
        "TABLE orders",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
    ] {
        refusal(sql);
    }
}

#[test]
fn comments_that_are_executed_and_hints_are_refused() {
    for sql in [
        "SELECT 1 /*! , SLEEP(10) */",
        "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*T! , 2 */",
        "SELECT 1 /*T![auto_rand] , 2 */",
        "SELECT 1 /*M! , 2 */",
        "SELECT /*+ SET_VAR(sql_mode = '') */ 1",
        "SELECT /*+ MAX_EXECUTION_TIME(0) */ * FROM orders",
        "SELECT * FROM orders /*+ USE_INDEX(orders, x) */",
    ] {
        assert_eq!(refusal(sql), Refusal::ExecutableComment, "{sql}");
    }
}

#[test]
fn plain_comments_vanish() {
    for sql in ["SELECT 1 -- no more", "SELECT/* one */1", "/* first */ SELECT 1;", "SELECT 1 /* ! */"] {
        assert_eq!(admitted(sql), "SELECT 1", "{sql}");
    }
    refusal("SELECT 1 /* /* */ , load_extension('x') */");
}

#[test]
fn texts_keep_their_meaning() {
    let connection = Connection::open_in_memory().unwrap();
    let value = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    for sql in [
        r"SELECT 'a\\'",
        r"SELECT 'a\'",
        r"SELECT '\'';--'",
        "SELECT 'it''s'",
        "SELECT ''''",
        "SELECT ''''''",
        "SELECT 'a''''b'",
        r"SELECT 'a\''b'",
        "SELECT 'zwei\nZeilen\u{fc}'",
        "SELECT 'a' || 'b'",
        r"SELECT '\n\t%'",
    ] {
        let sent = admitted(sql);
        assert_eq!(value(&sent), value(sql), "{sql} was sent as {sent}");
    }
}

#[test]
fn a_very_long_statement_is_a_typed_error() {
    let terms = vec!["1"; 64_000].join("+");
    assert_eq!(refusal(&format!("SELECT {terms}")).reason(), "too_long");
    let limit = usize::MAX;
    let refused = |sql: &str| admit(sql, financial(), Dialect::Sqlite, limit).unwrap_err().reason();
    assert_eq!(refused(&format!("SELECT {terms}")), "too_complex");
    assert_eq!(refused(&format!("SELECT {}1{}", "(".repeat(30_000), ")".repeat(30_000))), "too_complex");
}

#[test]
fn the_largest_statement_within_the_limits_is_let_through_on_this_stack() {
    for (unit, between) in [("1", "+"), ("total_cents", "AND"), ("1", "OR"), ("'a'", "||"), ("1", ",")] {
        let sql = format!("SELECT {} FROM orders", vec![unit; 1_900].join(&format!(" {between} ")));
        admit(&sql, financial(), Dialect::Sqlite, usize::MAX).unwrap();
    }
    let union = vec!["SELECT 1"; 990].join(" UNION ALL ");
    admit(&union, financial(), Dialect::Sqlite, usize::MAX).unwrap();
    for (open, close) in [
        ("(", ")"),
        ("NOT ", ""),
        ("- ", ""),
        ("CASE WHEN 1 THEN ", " END"),
        ("(SELECT ", ")"),
        ("abs(", ")"),
    ] {
        for depth in [10, 47, 48, 60, 300, 900] {
            let sql = format!("SELECT {}1{}", open.repeat(depth), close.repeat(depth));
            // Let through or refused: either way the process lives.
            let outcome = admit(&sql, financial(), Dialect::Sqlite, usize::MAX);
            // `- - 1` would be written as `--1`, a comment.
            let expected = if open == "- " { outcome == Err(Refusal::Ambiguous) } else { outcome.is_ok() };
            assert!(depth > 10 || expected, "{sql}: {outcome:?}");
        }
    }
}

#[test]
fn functions_that_wait_read_or_load_are_refused() {
    for sql in [
        "SELECT SLEEP(10)",
        "SELECT benchmark(1000000, 1)",
        "SELECT GET_LOCK('a', 10)",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT load_extension('x.so')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT randomblob(1000000000)",
        "SELECT zeroblob(1000000000)",
        "SELECT printf('%1000000000d', 1)",
        "SELECT main.sum(1)",
        "SELECT \"sum\".x(1)",
        "SELECT sum((SELECT load_extension('x')))",
        "SELECT CASE WHEN 1 THEN load_extension('x') END",
        "SELECT * FROM orders ORDER BY sleep(1)",
        "SELECT 1 FROM orders GROUP BY sleep(1) HAVING sleep(2)",
        "SELECT sum(1) OVER (ORDER BY sleep(1)) FROM orders",
        "SELECT 1 FROM orders LIMIT sleep(1)",
        "SELECT sum(1) FILTER (WHERE sleep(1)) FROM orders",
        "SELECT 1 FROM orders JOIN customers ON sleep(1)",
        "WITH a AS (SELECT sleep(1)) SELECT * FROM a",
    ] {
        assert_eq!(refusal(sql).reason(), "function_not_allowed", "{sql}: {}", refusal(sql));
    }
    for sql in
        ["SELECT @@version", "SELECT @x", "SELECT ?", "SELECT :x", "SELECT $1", "SELECT x'00' COLLATE y"]
    {
        refusal(sql);
    }
}

#[test]
fn other_tables_are_refused() {
    for sql in [
        "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM main.orders",
        "SELECT * FROM temp.orders",
        "SELECT * FROM mysql.user",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM tpch.lineitem",
        "SELECT * FROM lineitem",
        "SELECT * FROM nowhere",
        "SELECT * FROM orders JOIN mysql.user ON 1 = 1",
        "SELECT (SELECT count(*) FROM sqlite_master)",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM sqlite_master)",
        "SELECT 1 FROM orders WHERE order_id IN (SELECT 1 FROM sqlite_master)",
        "SELECT 1 UNION SELECT 2 FROM sqlite_master",
        // Visible inside the first parentheses only.
        "SELECT * FROM (WITH sqlite_master AS (SELECT 1) SELECT * FROM sqlite_master) AS a, sqlite_master",
    ] {
        assert_eq!(refusal(sql).reason(), "table_not_allowed", "{sql}: {}", refusal(sql));
    }
    for sql in [
        "SELECT * FROM pragma_table_info('orders')",
        "SELECT * FROM json_each('[1]')",
        "SELECT * FROM orders INDEXED BY x",
        "ATTACH DATABASE 'x.db' AS x",
        "ATTACH 'x.db' AS x",
        "DETACH x",
        "PRAGMA writable_schema = 1",
        "PRAGMA table_info(orders)",
        "",
        "   ;  ;",
        "-- nothing",
        "SELECT",
        "SELECT FROM",
        "FROM orders",
        "SELECT * FROM \"orders\"\"; DROP TABLE orders; --\"",
        "SELECT * FROM `ord``ers`",
    ] {
        refusal(sql);
    }
}

#[test]
fn honest_questions_are_let_through_and_prepare_as_read_only() {
    let connection = empty_database();
    for sql in [
        "SELECT 1",
        "select sum(total_cents) as revenue_cents from orders",
        "SELECT c.name, SUM(p.amount_cents) AS total_cents FROM purchases AS p JOIN customers AS c ON c.customer_id = p.customer_id GROUP BY c.customer_id, c.name ORDER BY total_cents DESC, c.name LIMIT 5",
        "SELECT strftime('%Y-%m', order_date) AS month, CAST(ROUND(AVG(total_cents)) AS INTEGER) AS a_cents FROM orders WHERE order_date >= '2024-01-01' AND order_date < '2025-01-01' GROUP BY month ORDER BY month",
        "WITH m AS (SELECT region, sum(total_cents) AS s FROM orders GROUP BY region), n AS (SELECT * FROM m) SELECT * FROM n WHERE s > (SELECT avg(s) FROM m)",
        "SELECT * FROM orders WHERE status IN ('paid', 'shipped') AND NOT (channel LIKE 'w%' OR region IS NULL) LIMIT 10 OFFSET 5",
        "SELECT count(DISTINCT customer_id) FROM orders HAVING count(*) > 1",
        "SELECT region, row_number() OVER (PARTITION BY region ORDER BY total_cents DESC) FROM orders",
        "SELECT CASE WHEN total_cents > 100 THEN 'big' ELSE 'small' END AS size, count(*) FILTER (WHERE status = 'paid') FROM orders GROUP BY 1",
        "SELECT * FROM orders o LEFT JOIN customers c USING (customer_id) CROSS JOIN products",
        "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3 ORDER BY 1",
        "SELECT * FROM (SELECT a.region FROM orders a, orders b) AS x",
        "SELECT \"region\", [status], `channel` FROM \"orders\"",
        "SELECT * FROM ORDERS WHERE order_date BETWEEN '2024-01-01' AND date('2024-01-01', '+1 month')",
        "SELECT -total_cents * 1.0 / 100 % 7 FROM orders",
        "SELECT o.* FROM orders AS o WHERE EXISTS (SELECT 1 FROM payments AS p WHERE p.order_id = o.order_id)",
        "SELECT group_concat(name, ', ') FROM customers",
        "SELECT substr(name, 1, 3), trim(name), upper(name), coalesce(shipped_on, order_date) FROM customers JOIN orders USING (customer_id)",
    ] {
        let sent = admitted(sql);
        let statement = connection.prepare(&sent).unwrap_or_else(|error| panic!("{sent}: {error}"));
        assert!(statement.readonly(), "{sent}");
    }
}

/// Pieces that make statements more often than random characters do.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let words = prop::sample::select(vec![
        "SELECT",
        "*",
        "FROM",
        "orders",
        "customers",
        "WHERE",
        "(",
        ")",
        ",",
        ";",
        "1",
        "'a'",
        "'",
        "\"x\"",
        "=",
        "DELETE",
        "INSERT INTO",
        "UPDATE",
        "SET",
        "WITH",
        "a",
        "AS",
        "UNION",
        "ORDER BY",
        "LIMIT",
        "sum",
        "region",
        "total_cents",
        "/*",
        "*/",
        "--",
        "/*!",
        "\\",
        "AND",
        "NOT",
        "IN",
        "EXISTS",
        "JOIN",
        "ON",
        "GROUP BY",
        "PRAGMA",
        "ATTACH",
        "FOR UPDATE",
        "INTO",
        "VALUES",
        "CASE WHEN",
        "THEN",
        "END",
        "RETURNING",
        "\n",
        "-",
        "sqlite_master",
        "load_extension",
        "CAST",
        "OVER",
        "`",
        "[",
        "]",
        "@",
        "?",
        ".",
        "||",
        "BETWEEN",
        "x'00'",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.join(" "))
}

proptest::proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC{0,300}") {
        let _ = admit(&text, financial(), Dialect::Sqlite, MAX_BYTES);
        let _ = admit(&format!("SELECT {text} FROM orders"), financial(), Dialect::MySql, MAX_BYTES);
    }

    #[test]
    fn whatever_is_let_through_prepares_read_only_if_at_all(text in pieces()) {
        for sql in [text.clone(), format!("SELECT {text} FROM orders"), format!("SELECT 1 FROM orders {text}")] {
            let Ok(admitted) = admit(&sql, financial(), Dialect::Sqlite, MAX_BYTES) else { continue };
            if let Ok(statement) = empty_database().prepare(admitted.sql()) {
                proptest::prop_assert!(statement.readonly(), "{}", admitted.sql());
                // Read again it means the same: nothing hides in it.
                let again = admit(admitted.sql(), financial(), Dialect::Sqlite, usize::MAX);
                proptest::prop_assert_eq!(again.as_ref(), Ok(&admitted));
            }
        }
    }
}
