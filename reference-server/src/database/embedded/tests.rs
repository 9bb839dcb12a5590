//! The embedded databases as a whole.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::config;
use crate::database::{Chunk, ResultColumn, Row};

fn configuration(folder: &TempDir) -> config::Database {
    let directory = folder.path().to_owned();
    config::Database { directory, tpch_scale: 0.001, pool_size: 2, ..Default::default() }
}

/// One set of files for all tests of this process.
static SHARED: LazyLock<(TempDir, config::Database, Embedded)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let config = config::Database { tpch_scale: 0.01, ..configuration(&folder) };
    let embedded = Embedded::open(&config).unwrap();
    (folder, config, embedded)
});

fn shared() -> &'static Embedded {
    &SHARED.2
}

const LIMITS: RunLimits = RunLimits { max_rows: 1_000, max_bytes: 1 << 20, timeout: Duration::from_secs(30) };

type Answer = Result<(Vec<ResultColumn>, Vec<Row>, RunSummary), DatabaseError>;

fn ask(database: &str, sql: &str, limits: RunLimits) -> Answer {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let mut sink = |chunk| {
        match chunk {
            Chunk::Columns(these) => columns.push(these),
            Chunk::Rows(these) => rows.extend(these),
        }
        ControlFlow::Continue(())
    };
    let summary = shared().run(database, sql, limits, &CancelFlag::new(), &mut sink)?;
    assert_eq!(columns.len(), 1);
    Ok((columns.remove(0), rows, summary))
}

fn one(database: &str, sql: &str) -> serde_json::Value {
    ask(database, sql, LIMITS).unwrap().1[0][0].clone()
}

#[test]
fn a_text_does_not_grow_without_bound() {
    let doubled = |sql: String, _| format!("SELECT x || x AS x FROM ({sql})");
    let grown = |times| (0..times).fold("SELECT 'aaaaaaaa' AS x".to_owned(), doubled);
    assert!(ask("financial_db", &grown(10), LIMITS).is_ok());
    let refused = ask("financial_db", &grown(20), LIMITS).unwrap_err();
    assert!(
        refused.to_string().contains("too big") || format!("{refused:?}").contains("too big"),
        "{refused:?}"
    );
}

#[test]
fn the_financial_data_is_as_large_as_it_says_and_adds_up() {
    let total = one(
        "financial_db",
        "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM products) + (SELECT count(*) FROM orders) \
         + (SELECT count(*) FROM order_items) + (SELECT count(*) FROM purchases) + (SELECT count(*) FROM payments)",
    );
    assert!((195_000..205_000).contains(&total.as_i64().unwrap()), "{total}");
    let orders = one("financial_db", "SELECT sum(total_cents) FROM orders");
    assert_eq!(orders, one("financial_db", "SELECT sum(line_total_cents) FROM order_items"));
    for (sql, expected) in [
        ("SELECT min(order_date) || ' ' || max(order_date) FROM orders", json!("2022-01-01 2025-12-31")),
        ("SELECT count(*) - count(DISTINCT name) FROM customers", json!(0)),
        ("SELECT count(*) - count(DISTINCT name) FROM products", json!(0)),
        (
            "SELECT count(*) FROM orders o JOIN customers c ON c.customer_id = o.customer_id \
             WHERE c.signup_date > o.order_date OR c.country <> o.country",
            json!(0),
        ),
        (
            "SELECT count(*) FROM orders o JOIN purchases p ON p.order_id = o.order_id \
             WHERE p.amount_cents <> o.total_cents + o.shipping_cents OR o.status IN ('cancelled', 'pending')",
            json!(0),
        ),
    ] {
        assert_eq!(one("financial_db", sql), expected, "{sql}");
    }
}

#[test]
fn the_tpch_data_has_the_known_number_of_rows() {
    for (table, rows) in [
        ("region", 5),
        ("nation", 25),
        ("supplier", 100),
        ("customer", 1_500),
        ("part", 2_000),
        ("partsupp", 8_000),
        ("orders", 15_000),
        ("lineitem", 60_175),
    ] {
        assert_eq!(one("tpch", &format!("SELECT count(*) FROM {table}")), json!(rows), "{table}");
    }
}

#[test]
fn the_catalogue_is_what_the_files_hold() {
    for database in catalog() {
        for table in &database.tables {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let sql = format!("SELECT * FROM {} LIMIT 1", table.name);
            let (columns, ..) = ask(&database.name, &sql, LIMITS).unwrap();
            assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), names);
            for (found, declared) in columns.iter().zip(&table.columns) {
                assert_eq!(found.kind, declared.kind, "{}.{}", table.name, found.name);
            }
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let again = Embedded::open(&configuration(&folder)).unwrap();
    let sql = "SELECT sum(total_cents * (order_id % 97)), sum(customer_id) FROM orders";
    let mut rows = Vec::new();
    let mut sink = |chunk| {
        rows.push(chunk);
        ControlFlow::Continue(())
    };
    again.run("financial_db", sql, LIMITS, &CancelFlag::new(), &mut sink).unwrap();
    assert_eq!(rows[1], Chunk::Rows(ask("financial_db", sql, LIMITS).unwrap().1));
}

#[test]
fn two_starts_at_once_both_end_well() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(&folder);
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..2).map(|_| scope.spawn(|| Embedded::open(&config).map(drop))).collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
    });
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| name.to_string_lossy() != "checked.json");
    names.sort();
    assert_eq!(names.len(), 2, "nothing half-made is left: {names:?}");
}

#[test]
fn a_foreign_cut_or_damaged_file_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(&folder);
    let name = files::Recipe::all(&config)[0].1.file_name();
    let path = folder.path().join(&name);
    let whole = std::fs::read(SHARED.1.directory.join(&name)).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8_192].fill(0xAB);
    let mut foreign = whole.clone();
    foreign[68..72].fill(0);
    let cases: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("text", b"this is no database at all, but quite some text that goes on and on and on for 100 bytes or so..."),
        ("cut", &whole[..whole.len() / 2]),
        ("cut inside a page", &whole[..whole.len() - 100]),
        ("damaged", &damaged),
        ("foreign", &foreign),
    ];
    for (name, bytes) in cases {
        std::fs::write(&path, bytes).unwrap();
        let error = Embedded::open(&config).unwrap_err();
        assert!(matches!(error, DatabaseError::Damaged { .. }), "{name}: {error:?}");
        let text = error.to_string();
        assert!(text.contains("financial_db-v") && text.contains("delete it"), "{name}: {text}");
        assert!(!text.contains('\n'), "{name}: {text}");
    }
}

/// Makes a file ten minutes old.
fn age(path: &std::path::Path) {
    let before = std::time::SystemTime::now() - Duration::from_secs(600);
    std::fs::File::options().append(true).open(path).unwrap().set_modified(before).unwrap();
}

#[test]
fn half_made_files_of_killed_processes_are_removed_and_others_left() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let make = |name: &str| {
        let connection = rusqlite::Connection::open(at(name)).unwrap();
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE a (b)").unwrap();
        connection
    };
    drop(make(".making-left.sqlite"));
    std::fs::write(at(".making-garbage.sqlite"), [7; 5_000]).unwrap();
    let under_way = make(".making-running.sqlite");
    under_way.execute_batch("BEGIN; INSERT INTO a VALUES (1)").unwrap();
    for name in [".making-left.sqlite", ".making-garbage.sqlite", ".making-running.sqlite"] {
        age(&at(name));
    }
    std::fs::write(at(".making-new.sqlite"), "").unwrap();
    std::fs::write(at("mine.sqlite"), [7; 5_000]).unwrap();
    Embedded::open(&configuration(&folder)).unwrap();
    for (name, stays) in [
        (".making-left.sqlite", false),
        (".making-garbage.sqlite", false),
        (".making-running.sqlite", true),
        (".making-new.sqlite", true),
        ("mine.sqlite", true),
    ] {
        assert_eq!(at(name).exists(), stays, "{name}");
    }
    age(&at(".making-new.sqlite"));
    drop(under_way);
    age(&at(".making-running.sqlite"));
    Embedded::open(&configuration(&folder)).unwrap();
    assert!(!at(".making-new.sqlite").exists() && !at(".making-running.sqlite").exists());
}

#[test]
fn opening_what_is_there_is_quick() {
    // The bound is far above what it takes, so that a slow machine does not decide.
    let config = &SHARED.1;
    let started = std::time::Instant::now();
    let files = Embedded::open(config).unwrap();
    let elapsed = started.elapsed();
    eprintln!("opened in {elapsed:?}");
    drop(files);
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

#[test]
fn a_folder_that_cant_be_made_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let config = config::Database { directory: file.join("data"), ..Default::default() };
    let error = Embedded::open(&config).unwrap_err();
    assert!(matches!(error, DatabaseError::Unwritable { .. }), "{error:?}");
    assert!(error.to_string().contains("database.directory"), "{error}");
}

#[test]
fn only_reading_the_catalogue_is_allowed() {
    for sql in [
        "DELETE FROM orders",
        "UPDATE orders SET status = 'x'",
        "INSERT INTO orders SELECT * FROM orders",
        "DROP TABLE orders",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "ATTACH '/tmp/other.sqlite' AS other",
        "PRAGMA cache_size",
        "PRAGMA query_only = OFF",
        "SELECT * FROM pragma_table_info('orders')",
        "SELECT load_extension('x')",
        "SELECT hex(zeroblob(1000000000))",
        "SELECT name FROM sqlite_schema",
        "SELECT count(*) FROM sqlite_schema",
        "SELECT * FROM dbstat",
        "SELECT * FROM json_each('[1]')",
        "BEGIN",
        "WITH gone AS (SELECT 1) DELETE FROM orders",
        "EXPLAIN DELETE FROM orders",
    ] {
        let error = ask("financial_db", sql, LIMITS).unwrap_err();
        assert!(matches!(error, DatabaseError::Forbidden { .. }), "{sql}: {error:?}");
    }
    for sql in [
        "",
        "-- nothing",
        "VACUUM INTO '/tmp/copy.sqlite'",
        "SELECT 1; SELECT 2",
        "SELEC 1",
        "SELECT nothing FROM orders",
        "SELECT '\u{0}",
    ] {
        let error = ask("financial_db", sql, LIMITS).unwrap_err();
        assert!(matches!(error, DatabaseError::Statement { .. }), "{sql}: {error:?}");
    }
    let with = "WITH large AS (SELECT * FROM orders WHERE total_cents > 900000) SELECT count(*) FROM large";
    assert!(ask("financial_db", with, LIMITS).is_ok());
    assert!(matches!(ask("nowhere", "SELECT 1", LIMITS), Err(DatabaseError::UnknownDatabase { .. })));
}

const ENDLESS: &str =
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn a_statement_that_takes_too_long_is_stopped_and_the_connection_goes_on() {
    let limits = RunLimits { timeout: Duration::from_millis(30), ..LIMITS };
    assert!(matches!(ask("tpch", ENDLESS, limits), Err(DatabaseError::Timeout { .. })));
    assert_eq!(one("tpch", "SELECT count(*) FROM region"), json!(5));
}

#[test]
fn a_flag_stops_a_running_statement_from_another_thread() {
    let flag = CancelFlag::new();
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let (started, running) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let mut sink = |_| {
                let _ = started.send(());
                ControlFlow::Continue(())
            };
            let endless = RunLimits { max_rows: u64::MAX, max_bytes: u64::MAX, ..LIMITS };
            shared().run("financial_db", rows, endless, &flag, &mut sink)
        });
        running.recv().unwrap();
        flag.cancel();
        assert!(matches!(run.join().unwrap(), Err(DatabaseError::Cancelled)));
    });
    let after = shared().run("tpch", ENDLESS, LIMITS, &flag, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(after, Err(DatabaseError::Cancelled)), "a set flag stops later statements at once");
}

#[test]
fn a_busy_pool_is_an_error_in_time() {
    let embedded = Embedded::open(&config::Database { pool_size: 1, ..SHARED.1.clone() }).unwrap();
    let limits = RunLimits { timeout: Duration::from_millis(20), ..LIMITS };
    let mut inner = None;
    let _ = embedded.run("tpch", "SELECT 1", LIMITS, &CancelFlag::new(), &mut |_| {
        let nothing = &mut |_| ControlFlow::Continue(());
        inner = Some(embedded.run("tpch", "SELECT 2", limits, &CancelFlag::new(), nothing));
        ControlFlow::Break(())
    });
    assert!(matches!(inner, Some(Err(DatabaseError::Busy { size: 1, .. }))), "{inner:?}");
}

#[test]
fn rows_and_bytes_are_capped_and_the_sink_may_stop() {
    let all = "SELECT order_id, order_date FROM orders";
    let (_, rows, summary) = ask("financial_db", all, RunLimits { max_rows: 450, ..LIMITS }).unwrap();
    assert_eq!((rows.len(), summary.row_count, summary.truncated), (450, 450, true));
    let (_, rows, summary) = ask("financial_db", all, RunLimits { max_bytes: 1_000, ..LIMITS }).unwrap();
    assert!(summary.truncated && rows.len() < 60, "{}", rows.len());
    let exact = format!("{all} LIMIT 450");
    assert!(!ask("financial_db", &exact, RunLimits { max_rows: 450, ..LIMITS }).unwrap().2.truncated);
    let (columns, rows, summary) = ask("financial_db", &format!("{all} WHERE order_id < 0"), LIMITS).unwrap();
    assert_eq!((columns.len(), rows.len(), summary.truncated), (2, 0, false));
    let mut chunks = 0;
    let summary = shared()
        .run("financial_db", all, LIMITS, &CancelFlag::new(), &mut |_| {
            chunks += 1;
            if chunks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!((chunks, summary.row_count, summary.truncated), (3, 400, true));
}

proptest::proptest! {
    #[test]
    fn random_statements_never_panic(text in "\\PC{0,60}") {
        let _ = ask("tpch", &text, LIMITS);
        let _ = ask("tpch", &format!("SELECT {text} FROM region"), LIMITS);
    }
}
