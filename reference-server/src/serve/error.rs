//! Why a server can't start or go on.

use std::io;
use std::net::SocketAddr;

use super::tls::TlsError;
use crate::agents::UnknownAgent;
use crate::config::ConfigError;
use crate::database::DatabaseError;
use crate::doors::tokens::KeyError;
use crate::mcp::{EndpointError, PipesError};
use crate::state::StateError;

/// Why a server can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens there.
    #[error(
        "{address} is already in use, so the {tier} can't listen there; choose another port, or 0 for any"
    )]
    PortTaken {
        /// Which tier.
        tier: &'static str,
        /// Where it should have listened.
        address: SocketAddr,
    },
    /// The system does not let us listen there.
    #[error("the {tier} can't listen on {address}")]
    Listen {
        /// Which tier.
        tier: &'static str,
        /// Where it should have listened.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// TLS can't be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The keys of tokens can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The databases can't be had.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What should survive a restart can't be had.
    #[error(transparent)]
    State(#[from] StateError),
    /// The address of the MCP server can't be read.
    #[error("configuration key upstream.mcp: {0}")]
    Mcp(#[from] EndpointError),
    /// The client at the other end of standard input and output.
    #[error(transparent)]
    Pipes(#[from] PipesError),
    /// No such agent.
    #[error(transparent)]
    Agent(#[from] UnknownAgent),
    /// A tier broke while it served.
    #[error("the {tier} stopped serving")]
    Tier {
        /// Which tier.
        tier: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A task of the server panicked.
    #[error("the {tier} panicked")]
    Panicked {
        /// Which tier.
        tier: &'static str,
    },
}
