//! A listener whose connections go on to a target, treated by a plan.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::peer::bounded;

use super::plan::{Ending, Loss, Way};
use super::pump::Directions;

/// What is done to one connection while it lives.
#[derive(Debug)]
pub(super) struct Gate {
    /// True while nothing goes on to the target.
    pub(super) up: watch::Sender<bool>,
    /// True while nothing goes on to the suite.
    pub(super) down: watch::Sender<bool>,
    /// Set once the connection is cut.
    pub(super) cut: watch::Sender<Option<Ending>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { up: watch::Sender::new(false), down: watch::Sender::new(false), cut: watch::Sender::new(None) }
    }
}

/// A running relay. It ends with this value, and so do its connections.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    gates: Arc<Mutex<Vec<Arc<Gate>>>>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Listens on a free port of the loopback interface, in front of `upstream` (`host:port`).
    pub async fn start(upstream: &str, loss: Loss) -> std::io::Result<Self> {
        let listener = bounded::listen("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let gates = Arc::default();
        let task = tokio::spawn(accept(listener, Arc::from(upstream), loss, Arc::clone(&gates)));
        Ok(Self { address, gates, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nothing more through in this direction of the connections there are; nobody is told.
    pub fn hold(&self, way: Way) {
        self.each(|gate| match way {
            Way::Up => gate.up.send_replace(true),
            Way::Down => gate.down.send_replace(true),
        });
    }

    /// Lets through what was held, and what follows.
    pub fn release(&self, way: Way) {
        self.each(|gate| match way {
            Way::Up => gate.up.send_replace(false),
            Way::Down => gate.down.send_replace(false),
        });
    }

    /// Cuts the connections there are.
    pub fn cut(&self, ending: Ending) {
        self.each(|gate| gate.cut.send_replace(Some(ending)));
    }

    fn each<T>(&self, act: impl Fn(&Gate) -> T) {
        for gate in self.gates.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            act(gate);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, upstream: Arc<str>, loss: Loss, gates: Arc<Mutex<Vec<Arc<Gate>>>>) {
    // Dropping the set with this task ends the connections too.
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (up, down) = (loss.treatment(number, Way::Up), loss.treatment(number, Way::Down));
                number += 1;
                let (gate, buffer) = (Arc::new(Gate::default()), loss.receive_buffer());
                let mut known = gates.lock().unwrap_or_else(PoisonError::into_inner);
                // Those whose connection is over are held by nobody else.
                known.retain(|gate| Arc::strong_count(gate) > 1);
                known.push(Arc::clone(&gate));
                drop(known);
                let upstream = Arc::clone(&upstream);
                connections.spawn(async move {
                    // Without a target the suite sees its connection end: that is all there is to say.
                    let Ok(server) = bounded::connect(&upstream, buffer).await else { return };
                    let _ = client.set_nodelay(true);
                    let _ = server.set_nodelay(true);
                    let (client, server) = (client.into_split(), server.into_split());
                    Directions { client, server, up, down, gate }.run().await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// More than all buffers on the way hold.
    const MUCH: usize = 16 << 20;

    #[tokio::test]
    async fn what_was_said_before_a_connection_broke_arrives_over_a_long_way() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 1]).await.unwrap();
            stream.write_all(b"too much").await.unwrap();
            // It goes with bytes unread, which the system answers with a reset.
        });
        let relay = Relay::start(&upstream, Loss::Delay(Duration::from_millis(20))).await.unwrap();
        let (mut read, mut write) = TcpStream::connect(relay.address()).await.unwrap().into_split();
        let writing = tokio::spawn(async move {
            let _ = write.write_all(&vec![7; MUCH]).await;
        });
        let mut said = Vec::new();
        while said.len() < 8 && read.read_buf(&mut said).await.unwrap_or(0) > 0 {}
        assert_eq!(said, b"too much");
        // That it is over is told too: nothing is written into the void.
        writing.await.unwrap();
        server.await.unwrap();
    }
}
