//! Every duration of the protocol.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Timers, each with its default beside it in [`Timers::default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timers {
    /// Interval of WebSocket pings from the server.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub ping_interval: Duration,
    /// Time without any frame from the client after which it is taken for dead.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub pong_timeout: Duration,
    /// Time without application messages after which a connection is closed.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub idle_timeout: Duration,
    /// Time for the handshake, where it is required.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub handshake_timeout: Duration,
    /// Time given to clients to leave at shutdown.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub drain_timeout: Duration,
    /// `reconnect_after_ms` of the shutdown notice is spread over 0 to this.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub reconnect_spread: Duration,
    /// Life of a session after its last connection or request.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub session_ttl: Duration,
    /// How long an expired session is still told apart from an unknown one.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub session_memory: Duration,
    /// Age at which an event leaves the history.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub history_age: Duration,
    /// Time for the headers of a request to arrive.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub header_timeout: Duration,
    /// Time a write to a client may be blocked.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub write_timeout: Duration,
    /// Time for a close handshake to finish.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub close_timeout: Duration,
    /// Time for one call to an agent or to MCP.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub request_timeout: Duration,
    /// Shortest time between two progress updates of one transaction.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub progress_interval: Duration,
    /// How long a `query_id` stands for one execution.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub dedup_window: Duration,
    /// Window of the rate limits.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub rate_window: Duration,
    /// How long a finished transaction can be asked for.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub transaction_memory: Duration,
    /// Interval of `agent_status` while nothing changes.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub agent_status_interval: Duration,
    /// Interval of `system_metrics`.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub system_metrics_interval: Duration,
    /// First pause before a failed send is tried again; it doubles.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub send_backoff: Duration,
    /// First pause before a connection to the MCP server that was lost is tried again; it doubles.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub mcp_backoff: Duration,
    /// Longest of these pauses.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub mcp_backoff_limit: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            ping_interval: secs(30),
            pong_timeout: secs(60),
            idle_timeout: secs(300),
            handshake_timeout: secs(10),
            drain_timeout: secs(30),
            reconnect_spread: secs(5),
            session_ttl: secs(3_600),
            session_memory: secs(86_400),
            history_age: secs(300),
            header_timeout: secs(10),
            write_timeout: secs(10),
            close_timeout: secs(5),
            request_timeout: secs(120),
            progress_interval: Duration::from_millis(50),
            dedup_window: secs(600),
            rate_window: secs(60),
            transaction_memory: secs(600),
            agent_status_interval: secs(10),
            system_metrics_interval: secs(5),
            send_backoff: Duration::from_millis(100),
            mcp_backoff: Duration::from_millis(100),
            mcp_backoff_limit: secs(10),
        }
    }
}
