//! The table of questions: every one has the same columns and rows as on SQLite.

use std::ops::ControlFlow;

use reference_server::agents::nlp::{Dialect, Translator};
use reference_server::config;
use reference_server::database::{CancelFlag, Chunk, Embedded, Row, catalog};
use serde::Deserialize;
use serde_json::Value;

use crate::server::{LIMITS, Server, ask};

#[derive(Deserialize)]
struct Table {
    question: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    database: String,
    question: String,
    sql: String,
}

fn sqlite(embedded: &Embedded, database: &str, sql: &str) -> (Vec<String>, Vec<Row>) {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let mut sink = |chunk| {
        match chunk {
            Chunk::Columns(these) => {
                columns =
                    these.into_iter().map(|column| format!("{} {}", column.name, column.kind)).collect();
            }
            Chunk::Rows(these) => rows.extend(these),
        }
        ControlFlow::Continue(())
    };
    embedded.run(database, sql, LIMITS, &CancelFlag::new(), &mut sink).unwrap();
    (columns, rows)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn every_question_has_the_same_rows_on_both_engines() {
    let server = Server::shared().await;
    let database = server.database().await;
    assert_eq!((database.kind(), database.dialect()), ("tidb", Dialect::MySql));
    let embedded = Embedded::open(&config::Database {
        source: config::Source::Embedded,
        ..server.config.database.clone()
    })
    .unwrap();
    let table: Table = toml::from_str(include_str!("../questions.toml")).unwrap();
    let translator = Translator::new();
    let mut wrong = Vec::new();
    for question in &table.question {
        let tree = translator.translate(&question.question, &question.database, 10_000).unwrap().query;
        let expected = sqlite(&embedded, &question.database, &tree.render(Dialect::Sqlite));
        let by_hand = sqlite(&embedded, &question.database, &question.sql);
        assert_eq!(expected.1, by_hand.1, "{}", question.id);
        let sql = tree.render(Dialect::MySql);
        let info = catalog().iter().find(|info| info.name == question.database).unwrap();
        let admitted = reference_server::mcp::guard::admit(&sql, info, Dialect::MySql, 16 * 1_024);
        let sent = admitted.unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        match ask(&database, &question.database, sent.sql(), LIMITS).await {
            Ok((columns, mut rows, _)) => {
                let columns: Vec<String> =
                    columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect();
                let mut expected = expected;
                if tree.order.is_empty() {
                    expected.1.sort_by_key(|row| Value::from(row.clone()).to_string());
                    rows.sort_by_key(|row| Value::from(row.clone()).to_string());
                }
                if (&columns, &rows) != (&expected.0, &expected.1) {
                    let shown = |rows: &[Row]| format!("{:?}", &rows[..rows.len().min(5)]);
                    wrong.push(format!(
                        "{}: {sql}\n  {columns:?} {}\n  {:?} {}",
                        question.id,
                        shown(&rows),
                        expected.0,
                        shown(&expected.1)
                    ));
                }
            }
            Err(error) => wrong.push(format!("{}: {sql}\n  {error}", question.id)),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.question.len(), wrong.join("\n"));
    assert!(table.question.len() >= 63);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn all_rows_are_loaded_once_and_an_interrupted_load_is_made_again() {
    use mysql_async::prelude::Queryable;

    let server = Server::start().await;
    let first = server.database().await;
    let embedded = Embedded::open(&config::Database {
        source: config::Source::Embedded,
        ..server.config.database.clone()
    })
    .unwrap();
    for info in catalog() {
        for table in &info.tables {
            let sums: Vec<String> = table
                .columns
                .iter()
                .filter(|column| column.name.ends_with("_cents") || column.name.ends_with("key"))
                .map(|column| format!("sum({})", column.name))
                .collect();
            let sql = format!(
                "SELECT {} FROM {}",
                [vec!["count(*)".to_owned()], sums].concat().join(", "),
                table.name
            );
            let rows = ask(&first, &info.name, &sql, LIMITS).await.unwrap().1;
            assert_eq!(rows, sqlite(&embedded, &info.name, &sql).1, "{sql}");
        }
    }
    first.close().await;
    let mut root = server.root().await;
    let created = "SELECT MAX(CREATE_TIME) FROM information_schema.tables WHERE TABLE_SCHEMA = 'tpch'";
    let before: Option<String> = root.query_first(format!("SELECT CAST(({created}) AS CHAR)")).await.unwrap();
    server.database().await.close().await;
    let after: Option<String> = root.query_first(format!("SELECT CAST(({created}) AS CHAR)")).await.unwrap();
    assert_eq!(before, after, "a second start loads nothing");

    root.query_drop("DELETE FROM tpch.lineitem WHERE l_orderkey > 1000").await.unwrap();
    root.query_drop("UPDATE tpch.tidegate_data SET state = 'loading'").await.unwrap();
    let again = server.database().await;
    let rows = ask(&again, "tpch", "SELECT count(*) FROM lineitem", LIMITS).await.unwrap().1;
    assert_eq!(rows[0][0], 60_175);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn the_server_starts_its_own_tidb_and_removes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = reference_server::config::Config::default();
    config.database.source = config::Source::Tidb;
    config.database.directory = folder.path().to_owned();
    let database = reference_server::database::Database::open(&config).await.unwrap();
    assert_eq!(database.kind(), "tidb");
    assert_eq!(database.version(), "v8.5.4");
    let rows = ask(&database, "tpch", "SELECT count(*) FROM nation", LIMITS).await.unwrap().1;
    assert_eq!(rows[0][0], 25);
    database.close().await;
    let after = ask(&database, "tpch", "SELECT 1", LIMITS).await;
    assert!(after.is_err(), "{after:?}");
}
