//! Deliberate violations for the area `mcp-http`, before the MCP server; a file for each part of it.

mod events;
mod features;
mod opening;
mod rpc;
mod stateless;
mod transport;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    [opening::mutants(), transport::mutants(), events::mutants(), features::mutants(), stateless::mutants()]
        .concat()
}
