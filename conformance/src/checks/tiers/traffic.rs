//! What has passed a post, read as calls of tools and introductions.

use serde_json::{Value, json};

use crate::between::{Passed, What};
use crate::checks::query::run::{Run, ask, stay};
use crate::checks::{Context, Peer, Step, field};
use crate::target::Door;

/// The post on the way to the MCP server.
pub(super) const MCP: &str = "mcp";

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The request, with `id`, `method` and `params`.
    pub(super) request: Value,
    pub(super) connection: u64,
    /// Whether it came over a WebSocket.
    pub(super) socket: bool,
}

/// The calls of tools in `passed`, those in batches too.
pub(super) fn calls(passed: &[Passed]) -> Vec<Call> {
    let mut calls = Vec::new();
    for one in passed {
        let (message, socket) = match &one.what {
            What::Said(message) => (message, true),
            What::Asked { upgrade: false, body } => (body, false),
            _ => continue,
        };
        let batch = message["requests"].as_array().map(Vec::as_slice);
        for request in batch.unwrap_or(std::slice::from_ref(message)) {
            if request["method"] == "tools/call" {
                calls.push(Call { request: request.clone(), connection: one.connection, socket });
            }
        }
    }
    calls
}

/// The introductions in `passed`, and where they came.
pub(super) fn introductions(passed: &[Passed]) -> Vec<(&Passed, &Value)> {
    let said = passed.iter().filter_map(|one| match &one.what {
        What::Said(said) => Some((one, said)),
        _ => None,
    });
    let introduction = |(_, said): &(&Passed, &Value)| field::name(said) == "agent_connected";
    said.filter(introduction).map(|(one, said)| (one, field::fields(said))).collect()
}

/// Whether somebody asked for a WebSocket in `passed`.
pub(super) fn upgrades(passed: &[Passed]) -> bool {
    passed.iter().any(|one| matches!(one.what, What::Asked { upgrade: true, .. }))
}

/// Asks the usual question.
pub(super) async fn question(cx: &Context, peer: &mut Peer) -> Step<Run> {
    ask(cx, peer, &json!({})).await
}

/// A connection whose first question was answered, so that its agents have met the MCP server.
pub(super) async fn met(cx: &Context) -> Step<Peer> {
    let mut peer = cx.open(Door::Query).await?;
    stay(cx, &mut peer).await?;
    question(cx, &mut peer).await?.result()?;
    Ok(peer)
}
