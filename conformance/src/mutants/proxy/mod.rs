//! The proxy that carries out faults, between suite and server.
//!
//! What a fault does not touch goes on byte for byte, so that a clean proxy changes no verdict.

mod frames;
mod requests;
mod streams;
mod tunnel;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::mutant::PerConnection;

use crate::peer::bounded;
use crate::target::{Target, Tier};
pub use tunnel::Tunnel;

/// A running proxy. It ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of the loopback interface, in front of `upstream` (`host:port`). Delays of
    /// faults are multiplied by `scale`, as the limits of checks are.
    pub async fn start(upstream: String, make: PerConnection, scale: f64) -> std::io::Result<Self> {
        let listener = bounded::listen("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, Arc::from(upstream), make, scale));
        Ok(Self { address, task })
    }

    /// A proxy in front of a tier of `target`, and the target behind it. A target without such a tier stays as it is.
    pub async fn before(
        target: &Target,
        tier: Tier,
        make: PerConnection,
        scale: f64,
    ) -> std::io::Result<(Target, Option<Self>)> {
        let Some(upstream) = target.address_of(tier) else { return Ok((target.clone(), None)) };
        let proxy = Self::start(upstream, make, scale).await?;
        let address = proxy.address().to_string();
        Ok((target.moved(tier, address), Some(proxy)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, upstream: Arc<str>, make: PerConnection, scale: f64) {
    // Dropping the set with this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (upstream, fault) = (Arc::clone(&upstream), make());
                connections.spawn(async move {
                    if let Some(tunnel) = fault.tunnel() {
                        // How it ends is the client's to judge.
                        let _ = tunnel.carry(client, &upstream).await;
                        return;
                    }
                    // Without a server the client sees its connection end: that is all there is to say.
                    let Ok(server) = bounded::connect(&upstream, None).await else { return };
                    let _ = client.set_nodelay(true);
                    let _ = server.set_nodelay(true);
                    requests::Exchange::new(client, server, fault, scale).run().await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
