//! HTTP/2 on one stream: bounded in every direction, and ended when it is idle.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::rt::{Read, Write};
use hyper::server::conn::http2;
use hyper_util::rt::TokioTimer;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hall::{Arrival, Attendant, Hall};
use super::shutdown::Shutdown;
use super::tunnel::Tunnels;
use crate::doors::Service;

/// Requests of one connection at one time.
const MAX_STREAMS: u32 = 100;

/// Streams that were reset before anybody looked at them; one more ends the connection (CVE-2023-44487).
const MAX_RESET_STREAMS: usize = 20;

/// Resets that the server itself was made to send; one more ends the connection.
const MAX_ERROR_RESETS: usize = 100;

/// Bytes of answers that wait for one stream's reader.
const SEND_BUFFER: usize = 64 * 1024;

/// What streams of one connection are doing, so that an idle one can be ended.
#[derive(Debug, Default)]
pub(super) struct Activity {
    running: AtomicUsize,
    changed: Notify,
}

/// One running request.
pub(super) struct Running(Arc<Activity>);

impl Activity {
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
        Running(Arc::clone(self))
    }

    /// Waits until nothing has run for `patience`.
    async fn idle(&self, patience: Duration) {
        loop {
            let changed = self.changed.notified();
            if self.running.load(Ordering::Acquire) > 0 {
                changed.await;
            } else if tokio::time::timeout(patience, changed).await.is_err()
                && self.running.load(Ordering::Acquire) == 0
            {
                return;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

/// Tasks of one connection's streams; they end with it.
#[derive(Clone)]
pub(super) struct Streams {
    tasks: TaskTracker,
    over: CancellationToken,
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        let over = self.over.clone();
        self.tasks.spawn(async move {
            let _ = over.run_until_cancelled(future).await;
        });
    }
}

/// Serves requests until the peer or the server has had enough.
pub(super) async fn serve<S: Service, I>(
    stream: I,
    peer: SocketAddr,
    hall: Hall<S>,
    shutdown: Shutdown,
    arrivals: UnboundedSender<Arrival>,
) where
    I: Read + Write + Unpin + Send + 'static,
{
    let options = Arc::clone(&hall.options);
    let activity = Arc::new(Activity::default());
    let streams = Streams { tasks: TaskTracker::new(), over: CancellationToken::new() };
    let tunnels = Tunnels { arrivals, streams: streams.clone(), activity: Arc::clone(&activity) };
    let attendant = Attendant::of_streams(hall, peer, tunnels);
    let limit = u32::try_from(options.max_header_bytes).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(streams.clone())
        .enable_connect_protocol()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS)
        .max_header_list_size(limit)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(options.ping_interval)
        .keep_alive_timeout(options.pong_timeout)
        .serve_connection(stream, attendant);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = shutdown.stopping() => None,
        // As for the headers of HTTP/1.1: dribbled ones are no request either.
        () = activity.idle(options.header_timeout) => None,
    };
    let ended = match ended {
        Some(ended) => ended.map_err(io::Error::other),
        None => {
            connection.as_mut().graceful_shutdown();
            let left = tokio::time::timeout(options.socket.close_timeout, connection).await;
            left.map_or(Ok(()), |ended| ended.map_err(io::Error::other))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
    streams.over.cancel();
    streams.tasks.close();
    streams.tasks.wait().await;
}
