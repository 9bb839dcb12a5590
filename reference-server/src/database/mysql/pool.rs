//! Connections to one database, kept while they are idle. How many there may be is the gate's business.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::OwnedSemaphorePermit;

use super::connection::Connector;
use crate::breaker::Breaker;
use crate::database::{DatabaseError, DatabaseInfo};

/// Longest time to kill a statement and take leave of its connection.
const KILL: Duration = Duration::from_secs(5);
/// A server that lets an order to kill fail after this hangs.
const HANGS: Duration = Duration::from_secs(1);

/// The pool.
#[derive(Debug)]
pub(super) struct Pool {
    info: &'static DatabaseInfo,
    connector: Connector,
    idle: Mutex<Vec<Conn>>,
    /// Told when the server does not even take an order to kill: a statement that is late says nothing about the
    /// server, that does.
    breaker: Breaker,
}

/// A connection on loan. Unless it is given back it is taken for spoilt: its statement is killed and it is
/// dropped. The slot goes with it, so that the server never has more of our statements than there are slots.
pub(super) struct Lease {
    pool: Arc<Pool>,
    conn: Option<Conn>,
    slot: Option<OwnedSemaphorePermit>,
    reused: bool,
}

impl Pool {
    pub(super) fn new(info: &'static DatabaseInfo, connector: Connector, breaker: Breaker) -> Self {
        Self { info, connector, idle: Mutex::default(), breaker }
    }

    pub(super) fn info(&self) -> &'static DatabaseInfo {
        self.info
    }

    /// Host and port of the server.
    pub(super) fn address(&self) -> &str {
        self.connector.address()
    }

    /// A connection of one's own, beside those on loan.
    pub(super) async fn connect(&self) -> Result<Conn, DatabaseError> {
        self.connector.connect().await
    }

    /// A connection, idle or new.
    pub(super) async fn lease(self: &Arc<Self>, slot: OwnedSemaphorePermit) -> Result<Lease, DatabaseError> {
        let idle = self.idle().pop();
        let reused = idle.is_some();
        let conn = match idle {
            Some(conn) => conn,
            None => self.connector.connect().await?,
        };
        Ok(Lease { pool: Arc::clone(self), conn: Some(conn), slot: Some(slot), reused })
    }

    /// Drops all idle connections: one of them was found dead, and they died together.
    pub(super) fn forget_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    /// Takes leave of all idle connections.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for conn in idle {
            if let Ok(Err(error)) = tokio::time::timeout(KILL, conn.disconnect()).await {
                tracing::debug!(%error, "closing a connection");
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn kill(&self, id: u32) {
        let killing = async {
            let mut control = self.connector.connect().await?;
            let killed = control.query_drop(format!("KILL QUERY {id}")).await;
            killed.map_err(|error| super::unavailable(self.address(), &error))?;
            control.disconnect().await.map_err(|error| super::unavailable(self.address(), &error))
        };
        let began = Instant::now();
        let error = match tokio::time::timeout(KILL, killing).await {
            Ok(Ok(())) => return tracing::debug!(id, "statement killed"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {KILL:?}"),
        };
        tracing::debug!(id, error, "a statement could not be killed");
        // Where connections break at once, the statements say so themselves.
        if began.elapsed() >= HANGS
            && let Ok(permit) = self.breaker.admit()
        {
            permit.failure();
        }
    }
}

impl Lease {
    /// The connection.
    pub(super) fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is there until the lease ends")
    }

    /// Whether it was used before: then it may have died since.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Ends the loan of a connection whose result was read to its end.
    pub(super) fn give_back(mut self) {
        if let Some(conn) = self.conn.take() {
            self.pool.idle().push(conn);
        }
    }

    /// Ends the loan of a connection that broke, and keeps the slot for another one.
    pub(super) fn broken(mut self) -> Option<OwnedSemaphorePermit> {
        drop(self.conn.take());
        self.slot.take()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        let (pool, slot) = (Arc::clone(&self.pool), self.slot.take());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // The order matters: leaving first would read the rest of the result.
            pool.kill(conn.id()).await;
            drop(conn);
            drop(slot);
        });
    }
}
