//! Agents, MCP server and embedded database together, over real sockets on free ports.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod fallback;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod llm;
#[cfg(test)]
mod mcp_closes;
#[cfg(test)]
mod mcp_http;
#[cfg(test)]
mod mcp_socket;
#[cfg(test)]
#[expect(deprecated, reason = "the log is part of every version before 2026-07-28")]
mod mcp_standard;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod research;
#[cfg(test)]
mod topologies;
