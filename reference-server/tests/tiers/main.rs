//! Agents, MCP server and embedded database together, over real sockets on free ports.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod fallback;
#[cfg(test)]
mod protocol;
