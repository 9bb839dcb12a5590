//! The guard of the MySQL dialect, with TiDB as its judge: what it lets through is run by an account that may do
//! anything.

use mysql_async::prelude::Queryable;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reference_server::database::{ColumnKind, DatabaseInfo, Dialect, catalog};
use reference_server::mcp::guard;

use crate::grammar;
use crate::server::Server;

const CASES: usize = 3_000;

async fn make(root: &mut mysql_async::Conn, database: &DatabaseInfo) {
    root.query_drop("CREATE DATABASE scratch").await.unwrap();
    root.query_drop("USE scratch").await.unwrap();
    root.query_drop("SET SESSION max_execution_time = 500").await.unwrap();
    for table in &database.tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let kind = match column.kind {
                    ColumnKind::Integer | ColumnKind::MoneyCents => "BIGINT",
                    ColumnKind::Real => "DOUBLE",
                    ColumnKind::Text => "VARCHAR(255)",
                    ColumnKind::Date => "DATE",
                };
                format!("{} {kind}", column.name)
            })
            .collect();
        root.query_drop(format!("CREATE TABLE {} ({})", table.name, columns.join(", "))).await.unwrap();
        for row in 1..=3 {
            let values: Vec<String> = table
                .columns
                .iter()
                .map(|column| match column.kind {
                    ColumnKind::Text => format!("'text {row}'"),
                    ColumnKind::Date => format!("'2024-0{row}-15'"),
                    _ => (row * 7).to_string(),
                })
                .collect();
            root.query_drop(format!("INSERT INTO {} VALUES ({})", table.name, values.join(", ")))
                .await
                .unwrap();
        }
    }
}

/// Everything that a statement could change, seen from another connection.
async fn state(watcher: &mut mysql_async::Conn, database: &DatabaseInfo) -> String {
    let mut parts = Vec::new();
    for table in &database.tables {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("COALESCE({}, 'NULL')", column.name)).collect();
        let sql = format!(
            "SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(CONCAT_WS(',', {}))), 0)) FROM scratch.{}",
            columns.join(", "),
            table.name
        );
        parts.push(format!(
            "{:?}",
            watcher.query_first::<String, _>(sql).await.map_err(|error| error.to_string())
        ));
    }
    for sql in [
        "SELECT GROUP_CONCAT(CONCAT(table_schema, table_name) ORDER BY 1) FROM information_schema.tables WHERE table_schema IN ('scratch', 'financial_db', 'tpch')",
        "SELECT GROUP_CONCAT(user ORDER BY 1) FROM mysql.user",
        "SELECT CONCAT(@@GLOBAL.max_connections, @@GLOBAL.sql_mode)",
    ] {
        parts.push(format!("{:?}", watcher.query_first::<Option<String>, _>(sql).await.unwrap()));
    }
    parts.join(" ")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn whatever_the_guard_lets_through_changes_nothing_in_tidb() {
    let server = Server::start().await;
    let database = &catalog()[0];
    let (mut root, mut watcher) = (server.root().await, server.root().await);
    make(&mut root, database).await;
    let before = state(&mut watcher, database).await;
    assert!(before.contains("3:"), "{before}");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut through, mut run_well) = (0, 0);
    for _ in 0..CASES {
        let text = grammar::statements().new_tree(&mut runner).unwrap().current();
        let Ok(admitted) = guard::admit(&text, database, Dialect::MySql, 16 * 1_024) else { continue };
        through += 1;
        // As text, so that several statements in one would run.
        if root.query_drop(admitted.sql()).await.is_ok() {
            run_well += 1;
        }
        if through % 20 == 0 {
            assert_eq!(
                state(&mut watcher, database).await,
                before,
                "one of the last 20 up to {}",
                admitted.sql()
            );
        }
    }
    assert_eq!(state(&mut watcher, database).await, before);
    assert!(through > 150 && run_well > 50, "{through} let through, {run_well} of them ran");
    // The judge would have seen it.
    root.query_drop("DELETE FROM orders WHERE order_id = 7").await.unwrap();
    assert_ne!(state(&mut watcher, database).await, before);
}
