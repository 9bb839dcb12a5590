//! What a database is, in words: the speed of a single process says nothing about a cluster.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

/// Version as it says it, and what it is; `None` for what it does not tell.
pub(super) async fn identify(conn: &mut Conn) -> Result<(String, Option<String>), Error> {
    let version: Option<String> = conn.query_first("SELECT VERSION()").await?;
    let version = version.unwrap_or_default();
    let Some((_, own)) = version.split_once("-TiDB-") else {
        let store = format!("MySQL {version}, one server");
        return Ok((version, Some(store)));
    };
    let config: Option<String> = conn.query_first("SELECT @@tidb_config").await.unwrap_or_default();
    let config: serde_json::Value =
        config.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let kinds: Vec<(String, u64)> = conn
        .query("SELECT TYPE, COUNT(*) FROM information_schema.cluster_info GROUP BY TYPE ORDER BY TYPE")
        .await
        .unwrap_or_default();
    Ok((own.to_owned(), describe(config.get("store").and_then(serde_json::Value::as_str), &kinds)))
}

fn describe(store: Option<&str>, kinds: &[(String, u64)]) -> Option<String> {
    match store? {
        "tikv" => {
            let servers: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let servers = if servers.is_empty() { "size unknown".to_owned() } else { servers.join(", ") };
            Some(format!("TiDB on TiKV ({servers})"))
        }
        single => Some(format!("TiDB, single process, {single}: not a cluster")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_process_is_told_from_a_cluster() {
        assert_eq!(
            describe(Some("unistore"), &[]).as_deref(),
            Some("TiDB, single process, unistore: not a cluster")
        );
        let kinds = [("pd".to_owned(), 3), ("tidb".to_owned(), 2), ("tikv".to_owned(), 3)];
        assert_eq!(describe(Some("tikv"), &kinds).as_deref(), Some("TiDB on TiKV (3 pd, 2 tidb, 3 tikv)"));
        assert_eq!(describe(None, &kinds), None);
    }
}
