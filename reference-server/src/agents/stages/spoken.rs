//! Which dialect statements are written in: what the database behind the MCP server speaks.

use std::sync::OnceLock;

use crate::agents::Parts;
use crate::agents::nlp::Dialect;
use crate::mcp::McpClient;

/// The database's dialect, asked once. Only the MCP server's process is told which database there is.
#[derive(Debug)]
pub(super) struct Spoken {
    mcp: McpClient,
    /// What the configuration of this process says, for as long as the MCP server can't be asked.
    configured: Dialect,
    known: OnceLock<Dialect>,
}

impl Spoken {
    pub(super) fn new(parts: &Parts) -> Self {
        let configured = Dialect::of(&parts.config.database.source);
        Self { mcp: parts.mcp.clone(), configured, known: OnceLock::new() }
    }

    /// The dialect.
    pub(super) async fn dialect(&self) -> Dialect {
        if let Some(known) = self.known.get() {
            return *known;
        }
        let told = self.mcp.health().await.ok().and_then(|health| health.database);
        told.map_or(self.configured, |database| *self.known.get_or_init(|| database.dialect))
    }
}
