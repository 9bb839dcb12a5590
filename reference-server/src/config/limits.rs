//! Every limit of the protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits, each with its default beside it in [`Limits::default`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest message from a client, the sum of its fragments, bytes.
    pub max_message_bytes: usize,
    /// Most fragments of one message.
    pub max_fragments: usize,
    /// Largest block of upgrade or request headers, bytes.
    pub max_header_bytes: usize,
    /// Largest body of a request, bytes.
    pub max_body_bytes: usize,
    /// Connections of one session.
    pub max_connections_per_session: usize,
    /// Connections of this process.
    pub max_connections: usize,
    /// Messages per connection and `rate_window`.
    pub rate_limit: u32,
    /// The refused message in a window, counted from 1, that also closes the connection.
    pub rate_violations: u32,
    /// Signs of life per connection and `rate_window`.
    pub life_limit: u32,
    /// Messages queued for a slow client.
    pub queue_messages: usize,
    /// Bytes queued for a slow client.
    pub queue_bytes: usize,
    /// Events kept for resume, per session.
    pub history_events: usize,
    /// Bytes of events kept for resume, per session.
    pub history_bytes: usize,
    /// Longest query text, Unicode scalar values.
    pub max_query_chars: usize,
    /// Rows of one `partial_result`.
    pub partial_rows: usize,
    /// Bytes of one `partial_result`.
    pub partial_bytes: usize,
    /// Bytes of rows in one unstreamed result.
    pub result_bytes: usize,
    /// Queries running at one time in this process; more wait in a queue.
    pub max_running_queries: usize,
    /// Queries waiting; more are refused.
    pub max_queued_queries: usize,
    /// Connections of one user; 0 sets no limit.
    pub max_connections_per_user: usize,
    /// Connections of one address; 0 sets no limit.
    pub max_connections_per_ip: usize,
    /// Messages per address and `rate_window`; 0 sets no limit.
    pub rate_limit_per_ip: u32,
    /// Sends that failed for good and are kept to be read.
    pub dead_letters: usize,
    /// Turns of a chat that the next question is read with.
    pub chat_turns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1024;
        Self {
            max_message_bytes: 64 * KIB,
            max_fragments: 1_024,
            max_header_bytes: 16 * KIB,
            max_body_bytes: 64 * KIB,
            max_connections_per_session: 3,
            max_connections: 10_000,
            rate_limit: 100,
            rate_violations: 10,
            life_limit: 600,
            queue_messages: 256,
            queue_bytes: KIB * KIB,
            history_events: 300,
            history_bytes: KIB * KIB,
            max_query_chars: 4_000,
            partial_rows: 500,
            partial_bytes: 64 * KIB,
            result_bytes: 512 * KIB,
            max_running_queries: 2_000,
            max_queued_queries: 10_000,
            max_connections_per_user: 0,
            max_connections_per_ip: 0,
            rate_limit_per_ip: 0,
            dead_letters: 1_000,
            chat_turns: 10,
        }
    }
}
