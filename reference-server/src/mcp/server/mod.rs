//! The MCP server: one listener for the WebSocket, the HTTP fallback and health.

mod changes;
mod http;
mod observer;
mod socket;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use changes::{SchemaChange, SchemaFeed};

use super::standard::{Mounted, PipesError, serve_pipes};
use super::tools::Tools;
use crate::config::Config;
use crate::database::Database;
use crate::listener;

/// Serves MCP on `listener` over `database` until `shutdown`, then lets running calls finish for the drain time.
///
/// # Errors
/// The listener broke.
pub async fn serve(
    listener: TcpListener,
    config: Arc<Config>,
    database: Database,
    shutdown: CancellationToken,
) -> io::Result<()> {
    Server::new(config, database).serve(listener, shutdown).await
}

/// An MCP server that is not yet serving: whoever changes a schema takes its [`SchemaFeed`] first.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) config: Arc<Config>,
    pub(super) tools: Tools,
    pub(super) changes: SchemaFeed,
}

impl Server {
    /// A server of the tools over `database`.
    pub fn new(config: Arc<Config>, database: Database) -> Self {
        let tools = Tools::new(&config, database);
        Self { config, tools, changes: SchemaFeed::new() }
    }

    /// Where changes of schema and tables are announced to those who subscribed.
    pub fn changes(&self) -> SchemaFeed {
        self.changes.clone()
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    /// The listener broke.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let options = listener::Options::new(&self.config);
        let drain = self.config.timers.drain_timeout;
        let standard = Arc::new(Mounted::new(&self));
        let draining = {
            let (standard, shutdown) = (Arc::clone(&standard), shutdown.clone());
            tokio::spawn(async move {
                shutdown.cancelled().await;
                standard.drain(drain).await;
            })
        };
        let _observing = observer::start(&self);
        let sockets = TaskTracker::new();
        let state = Arc::new(State {
            server: self,
            standard,
            sockets: sockets.clone(),
            shutdown: shutdown.clone(),
            began: Instant::now(),
        });
        let served = listener::run(listener, options, shutdown, move |request| {
            http::answer(Arc::clone(&state), request)
        })
        .await;
        draining.abort();
        sockets.close();
        if tokio::time::timeout(drain, sockets.wait()).await.is_err() {
            tracing::warn!(open = sockets.len(), "MCP sockets left open at the end of the drain time");
        }
        served
    }

    /// Serves one client of the Model Context Protocol over a pair of pipes, such as standard input and output,
    /// until it closes its end or until `shutdown`.
    ///
    /// # Errors
    /// The client could not be understood.
    pub async fn serve_pipes<R, W>(
        self,
        read: R,
        write: W,
        shutdown: CancellationToken,
    ) -> Result<(), PipesError>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let _observing = observer::start(&self);
        serve_pipes(&self, read, write, shutdown).await
    }
}

/// What every connection shares.
#[derive(Debug)]
struct State {
    server: Server,
    standard: Arc<Mounted>,
    /// Upgraded connections: the listener no longer knows them.
    sockets: TaskTracker,
    shutdown: CancellationToken,
    began: Instant,
}
