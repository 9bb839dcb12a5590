//! The MCP server alone, over standard input and output: for clients that start it as their child.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::error::ServeError;
use crate::config::Config;
use crate::database::Database;
use crate::mcp;

/// Serves the client at the other end of standard input and output until it leaves, or until `shutdown`.
/// Nothing else may be written to standard output meanwhile.
///
/// # Errors
/// A configuration or database that can't be used, or a client that can't be understood.
pub async fn serve_stdio(config: Config, shutdown: CancellationToken) -> Result<(), ServeError> {
    config.validate()?;
    let database = Database::open(&config).await?;
    let (read, write) = rmcp::transport::io::stdio_pipes();
    let server = mcp::Server::new(Arc::new(config), database);
    Ok(Box::pin(server.serve_pipes(read, write, shutdown)).await?)
}
