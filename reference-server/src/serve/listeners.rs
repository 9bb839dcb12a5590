//! The sockets of a process, bound before anything else so that a taken port is known at once.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::error::ServeError;
use super::exposure;
use super::role::Role;
use crate::config::Config;

/// Bound sockets, one for each tier of the role. Connections wait in them until the server serves.
#[derive(Debug)]
pub struct Listeners {
    pub(super) role: Role,
    pub(super) backend: Option<TcpListener>,
    pub(super) agents: Option<TcpListener>,
    pub(super) mcp: Option<TcpListener>,
    addresses: Addresses,
}

/// Where the tiers of this process really listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Addresses {
    /// Doors and requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<SocketAddr>,
    /// Agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents: Option<SocketAddr>,
    /// MCP server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp: Option<SocketAddr>,
}

impl Listeners {
    /// Binds what `role` needs.
    ///
    /// # Errors
    /// [`ServeError::PortTaken`] and [`ServeError::Listen`]; [`ServeError::Config`] for a listener that would be
    /// open to all.
    pub async fn bind(config: &Config, role: Role) -> Result<Self, ServeError> {
        exposure::check(config, role)?;
        let listen = &config.listen;
        let backend = bind_if(role.is_backend(), "backend", listen.backend).await?;
        let agents = bind_if(role.agents().is_some(), "agents", listen.agents).await?;
        let mcp = bind_if(role.is_mcp(), "MCP server", listen.mcp).await?;
        let address =
            |listener: &Option<TcpListener>| listener.as_ref().and_then(|found| found.local_addr().ok());
        let addresses =
            Addresses { backend: address(&backend), agents: address(&agents), mcp: address(&mcp) };
        Ok(Self { role, backend, agents, mcp, addresses })
    }

    /// Where they really listen.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }
}

async fn bind_if(
    needed: bool,
    tier: &'static str,
    address: SocketAddr,
) -> Result<Option<TcpListener>, ServeError> {
    if !needed {
        return Ok(None);
    }
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) if source.kind() == io::ErrorKind::AddrInUse => {
            Err(ServeError::PortTaken { tier, address })
        }
        Err(source) => Err(ServeError::Listen { tier, address, source }),
    }
}
