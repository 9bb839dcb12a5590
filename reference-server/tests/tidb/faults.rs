//! What the account may not do, and what becomes of statements that are stopped or cut.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use reference_server::breaker::BreakerState;
use reference_server::database::{Chunk, Database, DatabaseError, RunLimits};
use tokio::sync::mpsc;

use crate::proxy::Proxy;
use crate::server::{FOREVER, LIMITS, Server, ask, running, until_running};

/// Hundreds of thousands of millions of rows: nothing finishes it. The name tells its run from others.
fn bomb(name: &str) -> String {
    format!(
        "SELECT COUNT(*) AS {name} FROM order_items a, order_items b, order_items c \
         WHERE a.quantity + b.quantity > c.quantity"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_47_the_account_itself_cant_write() {
    let server = Server::shared().await;
    let database = server.database().await;
    let mut reader = server.reader("financial_db").await;
    for sql in [
        "DELETE FROM orders",
        "UPDATE orders SET total_cents = 0",
        "INSERT INTO orders SELECT * FROM orders",
        "REPLACE INTO products SELECT * FROM products",
        "TRUNCATE TABLE orders",
        "DROP TABLE orders",
        "ALTER TABLE orders ADD COLUMN x INT",
        "CREATE TABLE x (a INT)",
        "CREATE DATABASE x",
        "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE orders",
        "SET GLOBAL max_connections = 1",
        "GRANT ALL ON *.* TO tidegate_reader",
        "SELECT * FROM mysql.user",
        "SET PASSWORD FOR root = 'x'",
    ] {
        let outcome = reader.query_drop(sql).await;
        assert!(outcome.is_err(), "{sql}");
        // The same by way of the server, past the guard.
        let outcome = ask(&database, "financial_db", sql, LIMITS).await;
        assert!(
            matches!(
                outcome,
                Err(DatabaseError::Forbidden { .. }
                    | DatabaseError::Statement { .. }
                    | DatabaseError::Unavailable { .. })
            ),
            "{sql}: {outcome:?}"
        );
    }
    let several = ask(&database, "financial_db", "SELECT 1; SELECT 2", LIMITS).await;
    assert!(matches!(several, Err(DatabaseError::Statement { .. })), "{several:?}");
    let rows = ask(&database, "financial_db", "SELECT count(*) FROM orders", LIMITS).await.unwrap().1;
    assert_eq!(rows[0][0], 36_000);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_46_a_bomb_is_killed_at_its_time_and_cut_at_its_rows() {
    let server = Server::shared().await;
    let database = server.database().await;
    let limits = RunLimits { timeout: Duration::from_secs(1), ..LIMITS };
    let outcome = ask(&database, "financial_db", &bomb("late"), limits).await;
    assert!(matches!(outcome, Err(DatabaseError::Timeout { .. })), "{outcome:?}");
    let mut root = server.root().await;
    until_running(&mut root, "AS late", false).await;

    let limits = RunLimits { max_rows: 450, ..LIMITS };
    let rows = "SELECT a.order_item_id, b.order_item_id FROM order_items a, order_items b";
    let (_, rows, summary) = ask(&database, "financial_db", rows, limits).await.unwrap();
    assert_eq!((rows.len(), summary.row_count, summary.truncated), (450, 450, true));
    until_running(&mut root, "b.order_item_id", false).await;
    // The connections of both are gone; the next statement has its own rows.
    for number in 0..4 {
        let rows = ask(&database, "financial_db", &format!("SELECT {number}"), LIMITS).await.unwrap().1;
        assert_eq!(rows, [[number]]);
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn a_statement_nobody_waits_for_is_killed_and_its_connection_never_used_again() {
    let server = Server::shared().await;
    let database = server.database().await;
    let mut root = server.root().await;
    let asking = tokio::spawn({
        let database = database.clone();
        async move { ask(&database, "financial_db", &bomb("unwanted"), LIMITS).await }
    });
    until_running(&mut root, "AS unwanted", true).await;
    asking.abort();
    until_running(&mut root, "AS unwanted", false).await;
    let rows = ask(&database, "financial_db", "SELECT 7", LIMITS).await.unwrap().1;
    assert_eq!(rows, [[7]]);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_48_a_database_that_comes_back_is_used_again_without_a_restart() {
    let server = Server::shared().await;
    let mut proxy = Proxy::start(server.port).await;
    let mut config = server.behind(proxy.address.port());
    config.breaker.cooldown = Duration::from_millis(200);
    let database = Database::open(&config).await.unwrap();
    ask(&database, "tpch", "SELECT 1", LIMITS).await.unwrap();
    let before = ask(&database, "financial_db", "SELECT 1", LIMITS).await.unwrap().1;

    proxy.stop();
    for _ in 0..config.breaker.failures {
        let outcome = ask(&database, "financial_db", "SELECT 1", LIMITS).await;
        assert!(matches!(outcome, Err(DatabaseError::Unavailable { .. })), "{outcome:?}");
    }
    let outcome = ask(&database, "financial_db", "SELECT 1", LIMITS).await;
    let open = matches!(outcome, Err(DatabaseError::CircuitOpen { .. } | DatabaseError::Unavailable { .. }));
    assert!(open && database.breaker().totals().opened >= 1, "{outcome:?}");
    assert!(database.probe(FOREVER).await.is_err());

    proxy.come_back();
    let back = async {
        loop {
            if let Ok((_, rows, _)) = ask(&database, "financial_db", "SELECT 1", LIMITS).await {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(tokio::time::timeout(FOREVER, back).await.unwrap(), before);
    assert_eq!(database.breaker().state(), BreakerState::Closed);
    database.probe(FOREVER).await.unwrap();
    database.close().await;
}

/// Waits until no statement holds a place of the pool, those that are being killed included.
async fn until_all_free(database: &Database, name: &str) {
    let free = async {
        while database.running(name) > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(FOREVER, free).await.expect("all places of the pool are free");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_48_a_database_that_hangs_opens_the_breaker_and_a_slow_statement_does_not() {
    let server = Server::shared().await;
    let proxy = Proxy::start(server.port).await;
    let mut config = server.behind(proxy.address.port());
    (config.breaker.failures, config.breaker.cooldown) = (2, Duration::from_millis(200));
    let database = Database::open(&config).await.unwrap();
    let short = RunLimits { timeout: Duration::from_millis(300), ..LIMITS };
    for _ in 0..3 {
        let outcome = ask(&database, "financial_db", &bomb("slow_and_alive"), short).await;
        assert!(matches!(outcome, Err(DatabaseError::Timeout { .. })), "{outcome:?}");
    }
    assert_eq!(database.breaker().totals().failures, 0, "a server that kills on order is well");

    // One connection that is there already hangs in its statement, the others while they are made.
    ask(&database, "financial_db", "SELECT 1", LIMITS).await.unwrap();
    // An order to kill that is still on its way would hang too, and keep a place of the pool.
    until_all_free(&database, "financial_db").await;
    proxy.hang(true);
    let outcome = ask(&database, "financial_db", "SELECT 1", short).await;
    assert!(matches!(outcome, Err(DatabaseError::Timeout { .. })), "{outcome:?}");
    let outcome = ask(&database, "financial_db", "SELECT 1", short).await;
    assert!(matches!(outcome, Err(DatabaseError::Unavailable { .. })), "{outcome:?}");
    let opens = async {
        while database.breaker().totals().opened == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(FOREVER, opens).await.expect("nobody answers the orders to kill");

    proxy.hang(false);
    let back = async {
        while ask(&database, "financial_db", "SELECT 1", LIMITS).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(FOREVER, back).await.unwrap();
    assert_eq!(database.breaker().state(), BreakerState::Closed);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_49_a_full_pool_queues_and_then_refuses() {
    let server = Server::shared().await;
    let mut config = server.config.clone();
    (config.database.pool_size, config.database.pool_queue) = (1, 1);
    let database = Database::open(&config).await.unwrap();
    // A reader that takes nothing holds the only connection.
    let (held, mut received) = mpsc::channel(1);
    let holding = tokio::spawn({
        let database = database.clone();
        async move { database.run("tpch", "SELECT * FROM lineitem", LIMITS, held).await }
    });
    assert!(matches!(received.recv().await, Some(Chunk::Columns(_))));
    let waiting = tokio::spawn({
        let database = database.clone();
        async move { ask(&database, "tpch", "SELECT 2", LIMITS).await }
    });
    let queued = async {
        while database.waiting("tpch") == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(FOREVER, queued).await.unwrap();
    let refused = ask(&database, "tpch", "SELECT 3", LIMITS).await;
    assert!(matches!(refused, Err(DatabaseError::QueueFull { size: 1, queue: 1, .. })), "{refused:?}");
    received.close();
    while received.recv().await.is_some() {}
    assert!(holding.await.unwrap().unwrap().truncated);
    assert_eq!(waiting.await.unwrap().unwrap().1, [[2]]);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn fault_50_a_connection_cut_inside_a_result_is_an_error() {
    let server = Server::shared().await;
    let proxy = Proxy::start(server.port).await;
    let database = Database::open(&server.behind(proxy.address.port())).await.unwrap();
    let sql = "SELECT * FROM lineitem WHERE 1 = 1";
    let limits = RunLimits { max_rows: u64::MAX, max_bytes: u64::MAX, timeout: FOREVER };
    let whole = ask(&database, "tpch", sql, limits).await.unwrap();
    assert_eq!(whole.1.len(), 60_175);
    for bytes in [200_000, 1_000_000, 3_000_000] {
        proxy.cut_after(bytes);
        let outcome = ask(&database, "tpch", sql, limits).await;
        proxy.cut_after(u64::MAX);
        let shown = outcome.as_ref().map(|answer| answer.2);
        assert!(matches!(outcome, Err(DatabaseError::Unavailable { .. })), "{bytes}: {shown:?}");
    }
    let again = ask(&database, "tpch", sql, limits).await.unwrap();
    assert_eq!(again.1.len(), 60_175);
    let mut root = server.root().await;
    assert!(running(&mut root, "* FROM lineitem WHERE 1 = 1").await.is_empty());
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn two_processes_that_made_up_passwords_of_their_own_get_along() {
    let server = Server::shared().await;
    let mut config = server.config.clone();
    config.database.reader_password = None;
    let first = Database::open(&config).await.unwrap();
    let second = Database::open(&config).await.unwrap();
    for database in [&first, &second, &first] {
        let rows = ask(database, "tpch", "SELECT 1", LIMITS).await.unwrap().1;
        assert_eq!(rows, [[1]]);
    }
    first.close().await;
    second.close().await;
}
