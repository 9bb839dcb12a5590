//! Accepting connections and serving HTTP/1.1 on them until shutdown.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Body;
use crate::config::Config;

/// Pause after an accept that failed for want of a resource (files, memory): trying at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Shortest time for the headers of the next request. It also runs while a kept connection idles: pools of
/// callers let go earlier than this, so that no request meets a connection that is being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// The limits of a listener.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    header_timeout: Duration,
    max_header_bytes: usize,
    drain: Duration,
}

impl Options {
    /// As configured.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            header_timeout: config.timers.header_timeout.max(KEEP_ALIVE),
            max_header_bytes: config.limits.max_header_bytes,
            drain: config.timers.drain_timeout,
        }
    }
}

/// Serves `service` on `listener` until `shutdown`, then lets running requests finish for the drain time.
///
/// # Errors
/// The listener itself broke; errors of single connections end only these.
pub(crate) async fn run<S, F>(
    listener: TcpListener,
    options: Options,
    shutdown: CancellationToken,
    service: S,
) -> io::Result<()>
where
    S: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let service = Arc::new(service);
    let connections = TaskTracker::new();
    let broken = loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(stream, options.clone(), shutdown.clone(), Arc::clone(&service));
                connections.spawn(connection);
            }
            Err(error) if passes(&error) => tokio::time::sleep(ACCEPT_PAUSE).await,
            Err(error) => break Some(error),
        }
    };
    drop(listener);
    connections.close();
    if tokio::time::timeout(options.drain, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "connections left open at the end of the drain time");
    }
    broken.map_or(Ok(()), Err)
}

/// Whether a later accept may work: a peer that left early, or files and buffers that may be freed.
fn passes(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, OutOfMemory, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | OutOfMemory | WouldBlock)
        || matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS))
}

async fn serve<S, F>(stream: TcpStream, options: Options, shutdown: CancellationToken, service: Arc<S>)
where
    S: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "can't set TCP_NODELAY");
    }
    let answer = service_fn(move |request| {
        let response = service(request);
        async move { Ok::<_, Infallible>(response.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        // hyper's smallest buffer is 8 KiB.
        .max_buf_size(options.max_header_bytes.max(8 * 1024))
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
