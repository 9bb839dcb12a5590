//! Tables that somebody adds to the server.

use mysql_async::prelude::Queryable;

use crate::server::{LIMITS, Server, ask};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Docker engine"]
async fn a_table_that_somebody_adds_is_noticed_and_readable() {
    let server = Server::shared().await;
    let database = server.database().await;
    let mut observer = database.observer();
    assert_eq!(observer.look().await.unwrap(), [], "the tables are those of the catalogue");
    let mut root = server.root().await;
    root.query_drop("CREATE TABLE tpch.zebras (zebra_id INT PRIMARY KEY, stripes DOUBLE)").await.unwrap();
    let found = observer.look().await.unwrap();
    assert_eq!((found.len(), found[0].database.as_str()), (1, "tpch"));
    let schema = found[0].schema.clone().unwrap();
    assert_eq!(schema.table("zebras").unwrap().columns.len(), 2);
    database.adopt(schema);
    assert!(database.schema("tpch").unwrap().table("zebras").is_some());
    let (_, rows, _) = ask(&database, "tpch", "SELECT COUNT(*) FROM zebras", LIMITS).await.unwrap();
    assert_eq!(rows.len(), 1);
    root.query_drop("DROP TABLE tpch.zebras").await.unwrap();
    let found = observer.look().await.unwrap();
    assert!(found[0].schema.as_ref().unwrap().table("zebras").is_none());
    assert_eq!(observer.look().await.unwrap(), []);
    drop(observer);
    database.close().await;
}
