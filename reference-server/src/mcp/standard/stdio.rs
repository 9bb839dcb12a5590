//! Standard input and output, or any other pair of pipes: one message a line.

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::server::{Shared, Standard};
use crate::mcp::server::Server;

/// Why serving over pipes ended before the client left.
#[derive(Debug, thiserror::Error)]
pub enum PipesError {
    /// The client did not introduce itself as the protocol asks.
    #[error("the client could not be understood: {0}")]
    Handshake(Box<ServerInitializeError>),
    /// The serving task panicked.
    #[error("serving the client panicked")]
    Panicked,
}

/// Serves one client until it closes its end, or until `shutdown`.
pub(crate) async fn serve_pipes<R, W>(
    server: &Server,
    read: R,
    write: W,
    shutdown: CancellationToken,
) -> Result<(), PipesError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let standard = Standard::new(Shared::new(server));
    let transport = AsyncRwTransport::new_server(read, write);
    let running = match standard.serve_with_ct(transport, shutdown).await {
        Ok(running) => running,
        // Left before it said anything, or the server is to end: both are an orderly end.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
        Err(error) => return Err(PipesError::Handshake(Box::new(error))),
    };
    running.waiting().await.map(|_| ()).map_err(|_| PipesError::Panicked)
}
