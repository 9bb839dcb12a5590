//! What passes between the tiers (§12): the link of the agents to the MCP server, and what the backend sends to its agents.
//! The suite stands between them, at posts: each check has a process of the target that was started so.

mod breaker;
mod contexts;
mod link;
mod returning;
mod traffic;
mod ways;

pub(crate) use contexts::{CONTEXTS, Case};

use super::Check;
use crate::target::{AGENTS_APART, MCP_APART};

pub(crate) fn checks() -> Vec<Check> {
    let to_mcp = [link::checks(), ways::checks(), returning::checks(), breaker::checks()];
    let to_mcp = to_mcp
        .into_iter()
        .flatten()
        .map(|check| check.features(&["mcp", "mcp-ws", MCP_APART]).variant(MCP_APART).own_process());
    let to_agents = contexts::checks()
        .into_iter()
        .map(|check| check.features(&["agents", AGENTS_APART]).variant(AGENTS_APART).own_process());
    to_mcp.chain(to_agents).collect()
}
