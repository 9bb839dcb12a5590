//! The timers a target is configured with or announces.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::{Step, field};

/// Timers, with the protocol's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timers {
    /// Interval of the server's pings.
    #[serde(with = "humantime_serde")]
    pub ping_interval: Duration,
    /// Silence after which a client is taken for dead.
    #[serde(with = "humantime_serde")]
    pub pong_timeout: Duration,
    /// Time without application messages after which a connection is closed.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// Time for the handshake, where it is required.
    #[serde(with = "humantime_serde")]
    pub handshake_timeout: Duration,
    /// Time for clients to leave at shutdown.
    #[serde(with = "humantime_serde")]
    pub drain_timeout: Duration,
    /// Life of a session after its last connection.
    #[serde(with = "humantime_serde")]
    pub session_ttl: Duration,
    /// Time for the head of a request to arrive. No message announces it: `None` when nothing is known.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub header_timeout: Option<Duration>,
}

/// The protocol's own time for the head of a request to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

impl Default for Timers {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            ping_interval: secs(30),
            pong_timeout: secs(60),
            idle_timeout: secs(300),
            handshake_timeout: secs(10),
            drain_timeout: secs(30),
            session_ttl: secs(3_600),
            header_timeout: None,
        }
    }
}

impl Timers {
    /// The timers in a `connection_established`.
    pub fn announced(established: &Value) -> Step<Self> {
        let read = |name: &str| {
            field::integer(established, &format!("/timers/{name}_ms")).map(Duration::from_millis)
        };
        Ok(Self {
            ping_interval: read("ping_interval")?,
            pong_timeout: read("pong_timeout")?,
            idle_timeout: read("idle_timeout")?,
            handshake_timeout: read("handshake_timeout")?,
            drain_timeout: read("drain_timeout")?,
            session_ttl: read("session_ttl")?,
            header_timeout: None,
        })
    }

    /// Name and value of each, as placeholders `{NAME_ms}` of a start command.
    pub fn placeholders(&self) -> [(&'static str, Duration); 7] {
        [
            ("ping_interval_ms", self.ping_interval),
            ("pong_timeout_ms", self.pong_timeout),
            ("idle_timeout_ms", self.idle_timeout),
            ("handshake_timeout_ms", self.handshake_timeout),
            ("drain_timeout_ms", self.drain_timeout),
            ("session_ttl_ms", self.session_ttl),
            ("header_timeout_ms", self.header_timeout.unwrap_or(HEADER_TIMEOUT)),
        ]
    }
}
