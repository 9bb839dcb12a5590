//! A TCP proxy that cuts connections, refuses them, and comes back on the same port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The proxy. Dropping it cuts everything.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    target: SocketAddr,
    cut: CancellationToken,
    /// Bytes that the server may still send on each connection before it is cut.
    budget: Arc<AtomicU64>,
    /// Whether the server says nothing, its connections open.
    hangs: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn start(port: u16) -> Self {
        let target = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Self {
            address,
            target,
            cut: CancellationToken::new(),
            budget: Arc::new(AtomicU64::new(u64::MAX)),
            hangs: watch::Sender::new(false),
        };
        proxy.serve(listener, proxy.cut.clone());
        proxy
    }

    /// The server is gone: nobody listens, every connection breaks.
    pub(crate) fn stop(&mut self) {
        self.cut.cancel();
        self.cut = CancellationToken::new();
    }

    /// It is back on the same port.
    pub(crate) fn come_back(&self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.serve(socket.listen(64).unwrap(), self.cut.clone());
    }

    /// Connections break after this many more bytes from the server.
    pub(crate) fn cut_after(&self, bytes: u64) {
        self.budget.store(bytes, Ordering::SeqCst);
    }

    /// The server hangs, or goes on.
    pub(crate) fn hang(&self, hangs: bool) {
        self.hangs.send_replace(hangs);
    }

    fn serve(&self, listener: TcpListener, cut: CancellationToken) {
        let (target, budget, hangs) = (self.target, Arc::clone(&self.budget), self.hangs.subscribe());
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = cut.cancelled() => return,
                };
                let Ok((client, _)) = accepted else { return };
                let (cut, budget, hangs) = (cut.clone(), Arc::clone(&budget), hangs.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = relay(client, target, &budget, hangs) => {}
                        () = cut.cancelled() => {}
                    }
                });
            }
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut.cancel();
    }
}

async fn relay(
    mut client: TcpStream,
    target: SocketAddr,
    budget: &AtomicU64,
    mut hangs: watch::Receiver<bool>,
) {
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let there = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let back = async {
        let mut buffer = vec![0; 4_096];
        loop {
            let read = from_server.read(&mut buffer).await?;
            if read == 0 || budget.load(Ordering::SeqCst) == 0 {
                return Ok(());
            }
            let left = budget.load(Ordering::SeqCst);
            if left != u64::MAX {
                budget.store(left.saturating_sub(read as u64), Ordering::SeqCst);
            }
            if hangs.wait_for(|hangs| !hangs).await.is_err() {
                return Ok(());
            }
            to_client.write_all(&buffer[..read]).await?;
        }
    };
    let _: std::io::Result<()> = tokio::select! { ended = there => ended, ended = back => ended };
}
