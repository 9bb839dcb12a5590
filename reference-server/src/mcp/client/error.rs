//! Why a call of the MCP server failed.

use std::time::Duration;

use serde_json::json;

use crate::listener::TierError;
use crate::mcp::unavailable;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum McpError {
    /// The tool answered with an error.
    #[error("{0}")]
    Tool(TierError),
    /// Neither transport reached the server, or the connection broke inside a result.
    #[error("MCP server {endpoint} can't be reached: {cause}")]
    Unreachable {
        /// Its address.
        endpoint: String,
        /// Last cause.
        cause: String,
    },
    /// No answer in time.
    #[error("MCP server gave no answer within {limit:?}")]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// The breaker is open.
    #[error("circuit to the MCP server is open, retry after {retry_after:?}")]
    CircuitOpen {
        /// Time until the next probe.
        retry_after: Duration,
    },
    /// Whoever received the rows left.
    #[error("nobody takes the rows any more")]
    Abandoned,
}

impl McpError {
    /// The error as the protocol has it. Addresses stay in the log.
    pub fn to_tier_error(&self) -> TierError {
        match self {
            Self::Tool(error) => error.clone(),
            Self::Unreachable { .. } => {
                tracing::warn!(error = %self, "MCP call failed");
                let user_message = "The database can't be reached at the moment. Please try again.";
                unavailable("unreachable", "the database can't be reached", user_message)
            }
            Self::Timeout { limit } => TierError::new("QUERY_TIMEOUT", "the database gave no answer in time")
                .with_details(json!({ "limit_ms": u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) })),
            Self::CircuitOpen { retry_after } => {
                TierError::new("CIRCUIT_OPEN", "the database is not well, calls are held back")
                    .with_details(json!({ "retry_after": whole_seconds(*retry_after) }))
            }
            Self::Abandoned => {
                TierError::new("QUERY_FAILED", "cancelled").with_details(json!({ "reason": "cancelled" }))
            }
        }
    }
}

/// Whole seconds, rounded up, at least 1.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).max(1)
}

/// How one transport failed a call.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It did not: the tool said no.
    Tool(TierError),
    /// No connection, or it broke before any row: the other transport may be tried.
    Lost(String),
    /// It broke after rows were handed on.
    LostInside(String),
    /// Whoever received the rows left.
    Abandoned,
}
