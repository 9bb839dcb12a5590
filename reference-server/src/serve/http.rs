//! One listener: accepts, gives every connection a task, survives what goes wrong, and ends in order.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::hall::{Arrival, Hall, serve_requests};
use super::shutdown::Shutdown;
use super::tls::TlsAcceptor;
use crate::config::Config;
use crate::connection::engine::SocketOptions;
use crate::doors::{Door, Entrance, Opening, Service};
use crate::observe::Metrics;

/// Send buffer of an accepted socket. A stalled reader costs 4 MiB of kernel memory at the system's default and
/// 215 KiB at 16 KiB; 32 KiB holds the largest progress message and most results.
const SEND_BUFFER: usize = 32 * 1024;

/// Segments for one send buffer. Loopback's segments are as large as 64 KiB, and whoever receives acknowledges every second
/// one at once, a single one after 40 ms: a buffer of less than two of them sends 64 KiB each 40 ms.
const SEGMENTS: usize = 2;

/// Largest message of the echoing door, bytes.
const ECHO_MESSAGE: usize = 16 << 20;
/// Most fragments of one message on the echoing door: suites cut such a message into pieces of 64 bytes.
const ECHO_FRAGMENTS: usize = ECHO_MESSAGE / 64;

/// Shortest and longest pause after a failed accept.
const PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// What a listener needs to know.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Time for the headers of a request to arrive.
    pub header_timeout: Duration,
    /// Largest block of headers, bytes.
    pub max_header_bytes: usize,
    /// Largest body that is read away before an upgrade, bytes. Other bodies are the service's to limit.
    pub max_body_bytes: usize,
    /// Who may open a door, and who may say where they come from.
    pub entrance: Entrance,
    /// Limits and times of upgraded connections.
    pub socket: SocketOptions,
    /// Whether HTTP/2 is spoken.
    pub http2: bool,
    /// Interval of HTTP/2 pings, and the time their answer may take.
    pub ping_interval: Duration,
    /// See `ping_interval`.
    pub pong_timeout: Duration,
    /// TLS, where it is served.
    pub tls: Option<Arc<TlsAcceptor>>,
    /// Kernel send buffer of each connection; `None` leaves it to the system.
    pub send_buffer: Option<usize>,
    /// Time for all tasks to end after [`Shutdown::stop`]; what is left then is aborted and counted.
    pub stop_timeout: Duration,
    /// Where panics, requests and failed accepts are counted.
    pub metrics: Arc<Metrics>,
}

impl HttpOptions {
    /// As configured.
    pub fn new(config: &Config, metrics: Arc<Metrics>) -> Self {
        Self {
            header_timeout: config.timers.header_timeout,
            max_header_bytes: config.limits.max_header_bytes,
            max_body_bytes: config.limits.max_body_bytes,
            entrance: Entrance {
                origin: config.origin.clone(),
                proxy: config.proxy.clone(),
                deflate: config.wire.deflate,
                deflate_client_context: config.wire.deflate_client_context,
            },
            socket: SocketOptions::new(&config.limits, &config.timers),
            http2: config.http.http2,
            ping_interval: config.timers.ping_interval,
            pong_timeout: config.timers.pong_timeout,
            tls: None,
            send_buffer: Some(SEND_BUFFER),
            stop_timeout: config.timers.write_timeout + config.timers.close_timeout + Duration::from_secs(1),
            metrics,
        }
    }

    /// Limits and times of the connection behind one door.
    pub(super) fn socket_behind(&self, opening: &Opening) -> SocketOptions {
        let mut options = SocketOptions { deflate: opening.deflate, ..self.socket };
        if opening.door == Door::Echo {
            options.message.bytes = ECHO_MESSAGE;
            options.message.fragments = ECHO_FRAGMENTS;
        }
        options
    }
}

/// How a listener's life went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpSummary {
    /// TCP connections accepted.
    pub accepted: u64,
    /// Connections upgraded.
    pub upgraded: u64,
    /// Tasks that panicked. Each was contained and logged.
    pub panics: u64,
    /// Tasks that did not end in time and were aborted.
    pub abandoned: u64,
}

/// Sockets accepted from `listener` inherit it.
fn bound_send_buffer(listener: &TcpListener, bytes: usize) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(listener);
    #[cfg(unix)]
    socket.set_tcp_mss(u32::try_from(bytes / SEGMENTS).unwrap_or(u32::MAX))?;
    socket.set_send_buffer_size(bytes)
}

/// Serves until [`Shutdown::stop`], then waits for all tasks. While draining the port stays open: it is for the
/// service to refuse.
pub async fn serve_http<S: Service>(
    listener: TcpListener,
    service: Arc<S>,
    options: HttpOptions,
    shutdown: Shutdown,
) -> HttpSummary {
    if let Some(bytes) = options.send_buffer
        && let Err(error) = bound_send_buffer(&listener, bytes)
    {
        tracing::warn!(%error, bytes, "send buffer size was not taken");
    }
    let stop_timeout = options.stop_timeout;
    let (sender, arrivals) = unbounded_channel();
    let mut floor = Floor {
        hall: Hall { service, options: Arc::new(options) },
        shutdown: shutdown.clone(),
        tasks: JoinSet::new(),
        sender,
        arrivals,
        summary: HttpSummary::default(),
    };
    floor.accept(&listener).await;
    drop(listener);
    floor.finish(Instant::now() + stop_timeout).await;
    floor.summary
}

/// All tasks of one listener.
struct Floor<S> {
    hall: Hall<S>,
    shutdown: Shutdown,
    tasks: JoinSet<()>,
    sender: UnboundedSender<Arrival>,
    arrivals: UnboundedReceiver<Arrival>,
    summary: HttpSummary,
}

impl<S: Service> Floor<S> {
    async fn accept(&mut self, listener: &TcpListener) {
        let mut pause = PAUSE.0;
        let mut resume_at: Option<Instant> = None;
        loop {
            tokio::select! {
                () = self.shutdown.stopping() => return,
                Some(arrival) = self.arrivals.recv() => self.settle(arrival),
                Some(ended) = self.tasks.join_next() => self.note(ended),
                () = wait(resume_at), if resume_at.is_some() => resume_at = None,
                accepted = listener.accept(), if resume_at.is_none() => match accepted {
                    Ok((stream, peer)) => {
                        pause = PAUSE.0;
                        self.summary.accepted += 1;
                        // a connection that is gone already shows it at its first read
                        let _ = stream.set_nodelay(true);
                        let (hall, shutdown) = (self.hall.clone(), self.shutdown.clone());
                        self.tasks.spawn(serve_requests(stream, peer, hall, shutdown, self.sender.clone()));
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        // no file descriptors left, or no memory: ends of connections make room
                        tracing::warn!(%error, ?pause, "accept failed");
                        self.hall.options.metrics.accept_failures.increment();
                        resume_at = Some(Instant::now() + pause);
                        pause = (pause * 2).min(PAUSE.1);
                    }
                },
            }
        }
    }

    /// Gives an upgraded connection its own task.
    fn settle(&mut self, Arrival { opening, socket }: Arrival) {
        self.summary.upgraded += 1;
        self.tasks.spawn(Arc::clone(&self.hall.service).connection(opening, socket));
    }

    fn note(&mut self, ended: Result<(), JoinError>) {
        let Err(error) = ended else { return };
        if error.is_panic() {
            self.summary.panics += 1;
            self.hall.options.metrics.panics.increment();
            let incident_id = crate::wire::identity::random_text(12);
            tracing::error!(%incident_id, %error, "panic in the task of a connection, contained");
        } else {
            self.summary.abandoned += 1;
        }
    }

    /// Waits for all tasks; those that don't end by `deadline` are aborted.
    async fn finish(&mut self, deadline: Instant) {
        loop {
            while let Ok(arrival) = self.arrivals.try_recv() {
                self.settle(arrival);
            }
            match timeout_at(deadline, self.tasks.join_next()).await {
                Ok(Some(ended)) => self.note(ended),
                Ok(None) => return,
                Err(_) => break,
            }
        }
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next().await {
            self.note(ended);
        }
    }
}

/// Waits until `instant`; for ever without one.
async fn wait(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

/// Whether an accept failed for the connection that came, which says nothing about the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_send_buffer_holds_two_segments() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        bound_send_buffer(&listener, SEND_BUFFER).unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
        let (_client, accepted) = (client.unwrap(), accepted.unwrap().0);
        let segment = socket2::SockRef::from(&accepted).tcp_mss().unwrap();
        assert!(usize::try_from(segment).unwrap() * SEGMENTS <= SEND_BUFFER, "segments of {segment} octets");
    }
}
