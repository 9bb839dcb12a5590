//! The faults of SQL by their numbers, in both dialects.

use super::{Refusal, admit};
use crate::database::{DatabaseInfo, Dialect, catalog};

const MAX_BYTES: usize = 16 * 1024;
const BOTH: [Dialect; 2] = [Dialect::Sqlite, Dialect::MySql];

fn financial() -> &'static DatabaseInfo {
    catalog().iter().find(|database| database.name == "financial_db").unwrap()
}

fn outcome(sql: &str, dialect: Dialect) -> Result<String, Refusal> {
    admit(sql, financial(), dialect, MAX_BYTES).map(|admitted| admitted.sql().to_owned())
}

fn refused_in_both(statements: &[&str]) {
    for (sql, dialect) in statements.iter().flat_map(|sql| BOTH.map(|dialect| (sql, dialect))) {
        let outcome = outcome(sql, dialect);
        assert!(outcome.is_err(), "{dialect:?} let through: {sql}\nas {outcome:?}");
    }
}

#[test]
fn fault_41_what_writes_or_locks_is_refused_wherever_it_stands() {
    refused_in_both(&[
        "SELECT 1; DELETE FROM orders",
        "SELECT 1; SELECT 2",
        "DELETE FROM orders",
        "REPLACE INTO orders VALUES (1)",
        "SELECT * FROM (DELETE FROM orders)",
        "SELECT * FROM (DELETE FROM orders RETURNING *) AS gone",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "WITH a AS (SELECT 1) DELETE FROM orders",
        "WITH a AS (SELECT 1) UPDATE orders SET total_cents = 0",
        "SELECT 1 WHERE 1 IN (INSERT INTO orders VALUES (1))",
        "SELECT (UPDATE orders SET total_cents = 0)",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT * FROM orders FOR UPDATE NOWAIT",
        "SELECT * FROM orders FOR SHARE",
        "SELECT * FROM orders LOCK IN SHARE MODE",
        "SELECT * FROM (SELECT * FROM orders FOR UPDATE) AS o",
        "SELECT * INTO copy FROM orders",
        "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
        "SELECT name FROM customers INTO DUMPFILE '/tmp/x'",
        "SELECT 1 INTO @x",
        "EXPLAIN ANALYZE DELETE FROM orders",
        "EXPLAIN SELECT 1",
        "DESCRIBE orders",
        "SHOW GRANTS",
        "SET GLOBAL max_connections = 1",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE orders",
        "CALL p()",
        "DO SLEEP(1)",
        "HANDLER orders OPEN",
        "TRUNCATE TABLE orders",
        "PREPARE s FROM 'DELETE FROM orders'",
        "KILL QUERY 1",
        "SELECT @a := 1",
        "TABLE orders",
        "VALUES ROW(1)",
    ]);
}

#[test]
fn fault_42_comments_that_are_executed_and_hints_are_refused() {
    for (sql, dialect) in [
        "SELECT 1 /*! , SLEEP(10) */",
        "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*T! , 2 */",
        "SELECT 1 /*T![auto_rand] , 2 */",
        "SELECT 1 /*M!100100 , 2 */",
        "SELECT /*+ SET_VAR(sql_mode = '') */ 1",
        "SELECT /*+ MAX_EXECUTION_TIME(0) */ * FROM orders",
        "SELECT /*+MEMORY_QUOTA(1 TB)*/ 1",
        "SELECT * FROM orders /*+ USE_INDEX(orders, x) */",
        "SELECT 'a' /*!, (SELECT 1)*/",
        // Where a text ends is a matter of dialect, so it is refused inside one too.
        r"SELECT '\'/*! , SLEEP(10) */",
    ]
    .into_iter()
    .flat_map(|sql| BOTH.map(|dialect| (sql, dialect)))
    {
        assert_eq!(outcome(sql, dialect), Err(Refusal::ExecutableComment), "{dialect:?} {sql}");
    }
    for sql in [
        "SELECT MAX_EXECUTION_TIME(0)",
        "SELECT SQL_NO_CACHE * FROM orders",
        "SELECT STRAIGHT_JOIN * FROM orders",
        "SELECT * FROM orders USE INDEX (x)",
        "SELECT * FROM orders FORCE INDEX (x)",
    ] {
        assert!(outcome(sql, Dialect::MySql).is_err(), "{sql}");
    }
    for dialect in BOTH {
        assert_eq!(outcome("SELECT 1 /* plain */", dialect), Ok("SELECT 1".to_owned()));
    }
}

/// What a text literal means to MySQL with the mode our connections set.
fn mysql_means(literal: &str) -> String {
    let inside = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
    let (mut text, mut signs) = (String::new(), inside.chars().peekable());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => text.push(match signs.next().unwrap() {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            '\'' => {
                assert_eq!(signs.next(), Some('\''), "{literal} ends early");
                text.push('\'');
            }
            other => text.push(other),
        }
    }
    text
}

#[test]
fn fault_43_a_backslash_before_a_quote_means_what_it_meant() {
    let sqlite = rusqlite::Connection::open_in_memory().unwrap();
    let value = |sql: &str| sqlite.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    for literal in [r"'a\\'", r"'a\'", r"'a\''b'", "'it''s'", "''''", r"'\\''\\'", r"'\n'"] {
        let sql = format!("SELECT {literal}");
        if let Ok(sent) = outcome(&sql, Dialect::Sqlite) {
            assert_eq!(value(&sent), value(&sql), "{sql} was sent as {sent}");
        }
    }
    for literal in [r"'a\\'", r"'a\'b'", r"'a\\''b'", r"'\''''", "'it''s'", r"'\\\\'", r"'\n\t\%'", r"'\\\''"]
    {
        let sent = outcome(&format!("SELECT {literal}"), Dialect::MySql).unwrap();
        let kept = sent.strip_prefix("SELECT ").unwrap();
        assert_eq!(mysql_means(kept), mysql_means(literal), "{literal} was sent as {sent}");
    }
    // What is one text to SQLite would be a text and a statement to MySQL, and the other way round.
    assert!(outcome(r"SELECT 'a\'; DELETE FROM orders; -- '", Dialect::MySql).is_ok());
    assert!(outcome(r"SELECT 'a\'; DELETE FROM orders; -- '", Dialect::Sqlite).is_err());
    assert!(outcome(r"SELECT 'a\\'; DELETE FROM orders; -- '", Dialect::MySql).is_err());
}

#[test]
fn fault_44_64_000_terms_are_a_typed_error() {
    let terms = format!("SELECT {}", vec!["1"; 64_000].join("+"));
    for dialect in BOTH {
        assert!(matches!(outcome(&terms, dialect), Err(Refusal::TooLong { .. })));
        let unlimited = admit(&terms, financial(), dialect, usize::MAX);
        assert!(matches!(unlimited, Err(Refusal::TooComplex { .. })), "{unlimited:?}");
        for deep in [format!("SELECT {}1{}", "(".repeat(7_000), ")".repeat(7_000)), "SELECT NOT ".repeat(900)]
        {
            assert!(outcome(&deep, dialect).is_err());
        }
    }
}

#[test]
fn fault_45_functions_tables_and_files_that_are_nobodys_business_are_refused() {
    refused_in_both(&[
        "SELECT SLEEP(10)",
        "SELECT BENCHMARK(1000000, 1)",
        "SELECT GET_LOCK('a', 10)",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT load_extension('x.so')",
        "SELECT USER()",
        "SELECT CURRENT_USER",
        "SELECT current_user FROM orders",
        "SELECT VERSION()",
        "SELECT DATABASE()",
        "SELECT CONNECTION_ID()",
        "SELECT TIDB_VERSION()",
        "SELECT @@version",
        "SELECT REPEAT('a', 1000000000)",
        "SELECT RPAD('a', 1000000000, 'b')",
        "SELECT SUM(1), SLEEP(1) FROM orders",
        "SELECT `SLEEP`(1)",
        "SELECT sys.x()",
        "SELECT * FROM mysql.user",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM performance_schema.threads",
        "SELECT * FROM tpch.lineitem",
        "SELECT * FROM tidegate_data",
        "SELECT * FROM financial_db.orders",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('orders')",
        "ATTACH DATABASE 'x.db' AS x",
        "ATTACH 'x.db' AS x",
        "PRAGMA writable_schema = 1",
        "VACUUM INTO 'x'",
    ]);
}

#[test]
fn mysql_is_let_through_as_it_is_written() {
    for sql in [
        "SELECT DATE_FORMAT(order_date, '%Y-%m') AS month, SUM(total_cents) AS c FROM orders GROUP BY DATE_FORMAT(order_date, '%Y-%m')",
        "SELECT DATE_FORMAT(DATE_SUB(order_date, INTERVAL WEEKDAY(order_date) DAY), '%Y-%m-%d') AS week FROM orders",
        "SELECT EXTRACT(YEAR FROM order_date) FROM orders",
        "SELECT CAST(1e2 * SUM(total_cents) / COUNT(*) AS DECIMAL(20, 2)) FROM orders",
        "SELECT CAST(total_cents AS SIGNED), total_cents DIV 7, total_cents % 7 FROM orders",
        "SELECT * FROM orders WHERE status = \"paid\" AND `channel` <=> NULL",
        "SELECT IF(total_cents > 5, 'a', 'b'), CONCAT(status, '-', channel) FROM orders LIMIT 5 OFFSET 2",
        "SELECT c.name, SUM(p.amount_cents) AS s FROM purchases AS p JOIN customers AS c ON c.customer_id = p.customer_id GROUP BY c.customer_id, c.name ORDER BY s DESC LIMIT 5",
        "WITH m AS (SELECT region, SUM(total_cents) AS s FROM orders GROUP BY region) SELECT *, RANK() OVER (ORDER BY s DESC) AS place FROM m",
    ] {
        let sent = outcome(sql, Dialect::MySql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        assert_eq!(outcome(&sent, Dialect::MySql), Ok(sent.clone()), "{sql}");
    }
    // To MySQL this is OR, which is not what was meant.
    assert!(outcome("SELECT 'a' || 'b'", Dialect::MySql).is_err());
    assert!(outcome("SELECT strftime('%Y', order_date) FROM orders", Dialect::MySql).is_err());
    assert!(outcome("SELECT DATE_FORMAT(order_date, '%Y') FROM orders", Dialect::Sqlite).is_err());
}
