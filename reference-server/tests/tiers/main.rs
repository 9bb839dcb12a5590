//! Agents, MCP server and embedded database together, over real sockets on free ports.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod fallback;
#[cfg(test)]
mod mcp_socket;
#[cfg(test)]
mod mcp_standard;
#[cfg(test)]
mod protocol;
