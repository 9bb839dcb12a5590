//! The connections of the proxy: bytes pass, and are looked at on the way.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::exchange::Exchange;
use super::seen::Log;
use crate::stop::Stop;
use crate::target::Target;

/// Bytes that pass at once.
const CHUNK: usize = 16 * 1024;

/// Serves until `stop` is thrown. Connections that are open then are dropped.
pub(super) async fn serve(
    listener: TcpListener,
    target: &Target,
    log: &Arc<Log>,
    stop: &Stop,
) -> io::Result<()> {
    let mut lines = JoinSet::new();
    let mut next = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted?;
                let exchange = Exchange::new(next, target.authority(), Arc::clone(log));
                lines.spawn(pass(client, target.clone(), exchange));
                next += 1;
            }
            Some(_) = lines.join_next() => {}
            () = stop.stopped() => return Ok(()),
        }
    }
}

/// Passes one connection on. An end of either side reaches the other.
async fn pass(client: TcpStream, target: Target, exchange: Exchange) {
    let _ = client.set_nodelay(true);
    let Ok(server) = target.dial().await else {
        // The client sees what it would have seen of a target that is not there, but for the moment.
        tracing::warn!(target = target.name(), "the target can't be reached");
        return;
    };
    let exchange = Mutex::new(exchange);
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(server);
    let upwards = copy(from_client, to_server, |bytes| {
        let mut exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
        exchange.client_says(&bytes)
    });
    let downwards = async {
        let copied = copy(from_server, to_client, |bytes| {
            let mut exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
            exchange.server_says(&bytes);
            bytes
        });
        let copied = copied.await;
        exchange.lock().unwrap_or_else(PoisonError::into_inner).server_ended();
        copied
    };
    let _ = tokio::join!(upwards, downwards);
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    look: impl Fn(Vec<u8>) -> Vec<u8>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let copied = loop {
        match from.read(&mut buffer).await {
            Ok(0) => break Ok(()),
            Ok(count) => {
                let passed = look(buffer[..count].to_vec());
                if let Err(error) = write(&mut to, &passed).await {
                    break Err(error);
                }
            }
            Err(error) => break Err(error),
        }
    };
    // The other side hears that nothing more comes.
    let _ = to.shutdown().await;
    copied
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}
