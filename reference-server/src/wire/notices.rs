//! What everybody, or everybody who subscribed, is told: no events of a session, so they have no offset.

use schemars::JsonSchema;
use serde::Serialize;

use super::identity::TransactionId;
use super::server::{MessageVisitor, ServerMessage, ServerStatus, Wrap};
use crate::breaker::BreakerState;

/// How an agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct AgentStatus {
    pub agent: String,
    pub status: AgentState,
    pub in_flight: usize,
    pub breaker: BreakerState,
}

/// Whether an agent works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// Nothing is asked of it.
    Idle,
    /// It works.
    Busy,
    /// It is not being called.
    Unavailable,
}

/// Figures of the whole server.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct SystemMetrics {
    pub status: ServerStatus,
    pub uptime_seconds: u64,
    pub connections: usize,
    pub sessions: usize,
    pub queries_running: usize,
    pub queries_waiting: usize,
    pub messages_sent: u64,
    pub messages_failed: u64,
    pub average_latency_ms: f64,
    pub dead_letters: usize,
}

/// What an agent is after and takes for true, in one query.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct BeliefChanged<'a, B> {
    pub transaction_id: &'a TransactionId,
    #[serde(flatten)]
    pub belief: &'a B,
}

/// The schema, or the rows of a table, of a database changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct SchemaChanged {
    /// `None` where changes were missed: any may have changed.
    pub database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}

/// How the server is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct SystemStatus {
    pub status: ServerStatus,
}

impl ServerMessage for AgentStatus {
    const NAME: &'static str = "agent_status";
}

impl ServerMessage for SystemMetrics {
    const NAME: &'static str = "system_metrics";
}

impl<B: Serialize> ServerMessage for BeliefChanged<'_, B> {
    const NAME: &'static str = "belief_state";
}

impl ServerMessage for SchemaChanged {
    const NAME: &'static str = "schema_changed";
}

impl ServerMessage for SystemStatus {
    const NAME: &'static str = "system_status";
    const WRAP: Wrap = Wrap::Broadcast;
}

/// Shows all of them to `visitor`.
pub(super) fn visit(visitor: &mut impl MessageVisitor) {
    visitor.message::<AgentStatus>();
    visitor.message::<SystemMetrics>();
    visitor.message::<BeliefChanged<'_, crate::agents::BeliefState>>();
    visitor.message::<SchemaChanged>();
    visitor.message::<SystemStatus>();
}
