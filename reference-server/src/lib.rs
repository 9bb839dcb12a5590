//! The reference server: doors, sessions, workflow, agents, MCP server and embedded database, in one process
//! or one each.

pub mod agents;
pub mod backend;
pub mod breaker;
pub mod config;
pub mod connection;
pub mod database;
pub mod doors;
pub mod events;
mod listener;
pub mod mcp;
pub mod observe;
pub mod rest;
pub mod serve;
pub mod sessions;
pub mod specification;
pub mod state;
pub mod wire;
pub mod workflow;
