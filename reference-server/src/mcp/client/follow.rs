//! Schemas from memory where they can be, and news of changes over connections that come and go.

use std::sync::{Arc, Weak};

use serde_json::Value;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::error::Trouble;
use super::schemas::{News, Schema};
use super::{Inner, McpClient, McpError};

const TOOL: &str = "get_table_schema_tool";

impl McpClient {
    /// The schema of a database: from memory while nothing changed, else asked for with the version that is known.
    ///
    /// # Errors
    /// As [`McpClient::call`].
    pub async fn schema(&self, database: &str) -> Result<Arc<Schema>, McpError> {
        let mut found = self.schemas(&[database]).await;
        found.pop().unwrap_or_else(|| Err(self.error(Trouble::Lost("no answer".to_owned()))))
    }

    /// The schemas of several databases, in their order; those that must be asked for go in one batch.
    pub async fn schemas(&self, databases: &[&str]) -> Vec<Result<Arc<Schema>, McpError>> {
        let inner = &self.inner;
        let moment = inner.follower.moment();
        let mut found: Vec<Option<Result<Arc<Schema>, McpError>>> = Vec::new();
        let mut calls = Vec::new();
        for database in databases {
            let fresh = inner.schemas.fresh(database, moment);
            if fresh.is_some() {
                inner.statistics.schema("fresh");
            } else {
                calls.push((TOOL, inner.schemas.question(database)));
            }
            found.push(fresh.map(Ok));
        }
        let answers = match calls.len() {
            0 => Vec::new(),
            // One call needs no batch, and may go over either transport.
            1 => match calls.pop() {
                Some((tool, arguments)) => vec![self.call(tool, arguments).await],
                None => Vec::new(),
            },
            _ => self.batch(calls).await,
        };
        let mut answers = answers.into_iter();
        let databases = databases.iter();
        found
            .into_iter()
            .zip(databases)
            .map(|(known, database)| match known {
                Some(known) => known,
                None => match answers.next() {
                    Some(answer) => self.take(database, answer?, moment),
                    None => Err(self.error(Trouble::Lost("no answer".to_owned()))),
                },
            })
            .collect()
    }

    fn take(&self, database: &str, answer: Value, moment: u64) -> Result<Arc<Schema>, McpError> {
        let inner = &self.inner;
        // Without a connection nobody would tell of a change: what came over HTTP is never fresh.
        let heard_of = if inner.connected() { moment } else { u64::MAX };
        let taken = inner.schemas.take(database, answer, heard_of);
        let (schema, anew) =
            taken.map_err(|cause| self.error(Trouble::Lost(format!("odd answer: {cause}"))))?;
        inner.statistics.schema(if anew { "fetched" } else { "not_modified" });
        Ok(schema)
    }

    /// News of changes in the databases. From the first call on, of this or of a tool, the connection is kept open,
    /// and opened again when it is lost; what may have happened in between is told as [`News::Missed`].
    pub fn changes(&self) -> broadcast::Receiver<News> {
        let news = self.inner.follower.listen();
        self.keep_connected();
        news
    }

    /// From now on the connection is opened again whenever it is lost.
    pub(super) fn keep_connected(&self) {
        let inner = Arc::downgrade(&self.inner);
        self.inner.keeper.call_once(|| {
            tokio::spawn(keep(inner));
        });
    }
}

/// Keeps a connection as long as the client lives. One that is lost sooner than the pause before it is one more that
/// could not be had: a server that takes connections and drops them is not called again and again.
async fn keep(inner: Weak<Inner>) {
    let Some((first, longest)) = inner.upgrade().map(|inner| inner.timeouts.pauses) else { return };
    let (mut pause, mut before) = (first, false);
    loop {
        let Some(client) = inner.upgrade().map(|inner| McpClient { inner }) else { return };
        let opened = client.socket().await;
        let lost_early = match opened {
            Ok(socket) => {
                if std::mem::replace(&mut before, true) {
                    client.inner.follower.tell(News::Missed);
                }
                let (since, lost) = (Instant::now(), socket.lost());
                // Held by nobody but the client, so that it ends with it.
                drop((socket, client));
                lost.cancelled().await;
                since.elapsed() < pause
            }
            Err(trouble) => {
                tracing::debug!(?trouble, "MCP connection for changes can't be had");
                drop(client);
                true
            }
        };
        if lost_early {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        } else {
            pause = first;
        }
    }
}
