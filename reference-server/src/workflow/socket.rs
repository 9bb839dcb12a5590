//! One WebSocket to an agent, shared by all its calls; opened at the first call, and again after it was lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::task::AbortOnDropHandle;

use crate::listener::LinkTimers;

/// Read buffer: tungstenite fills all of it with zeros at every read.
const READ_BUFFER: usize = 4_096;
/// Lines that are read before more are asked for; half of what an agent may send unasked.
const LINES: usize = crate::agents::FIRST_LINES / 2;

type Stream = WebSocketStream<TcpStream>;

/// Why a call could not be made, for the log.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The sockets to all agents, by address.
#[derive(Debug)]
pub(super) struct AgentSockets {
    timers: LinkTimers,
    max_line: usize,
    sockets: Lock<HashMap<String, Place>>,
}

/// The place of the connection to one agent.
type Place = Arc<Mutex<Option<Arc<Socket>>>>;

/// An open connection.
#[derive(Debug)]
struct Socket {
    outgoing: UnboundedSender<Message>,
    calls: Arc<Calls>,
    next_id: AtomicU64,
    /// Both end with the socket.
    _tasks: [AbortOnDropHandle<()>; 2],
}

type Line = Box<RawValue>;

/// Calls that wait for lines; `None` once the connection is lost.
#[derive(Debug)]
struct Calls(Lock<Option<HashMap<u64, UnboundedSender<Line>>>>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, UnboundedSender<Line>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the connection for lost when the task that holds it ends, however it does.
struct LostOnDrop(Arc<Calls>);

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

/// The lines of one call. Dropped before its last line it is cancelled at the agent.
#[derive(Debug)]
pub(super) struct SocketLines {
    socket: Arc<Socket>,
    id: u64,
    lines: UnboundedReceiver<Line>,
    read: usize,
    done: bool,
}

/// A message of an agent.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u64>,
    line: Option<Line>,
    message: Option<String>,
}

impl AgentSockets {
    /// No connection yet; lines have at most `max_line` bytes.
    pub(super) fn new(timers: LinkTimers, max_line: usize) -> Self {
        Self { timers, max_line, sockets: Lock::default() }
    }

    /// Makes a call: `body` is a JSON object.
    ///
    /// # Errors
    /// The agent can't be reached.
    pub(super) async fn call(&self, url: &str, body: &Bytes) -> Result<SocketLines, Cause> {
        let socket = self.socket(url).await?;
        match socket.call(body) {
            Ok(lines) => Ok(lines),
            // Lost just now, and nothing was sent.
            Err(_) => self.socket(url).await?.call(body),
        }
    }

    /// The connection; opened if there is none that lives. Who comes meanwhile waits for the same one.
    async fn socket(&self, url: &str) -> Result<Arc<Socket>, Cause> {
        let place = {
            let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sockets.entry(url.to_owned()).or_default())
        };
        let mut held = place.lock().await;
        if let Some(socket) = held.as_ref().filter(|socket| socket.calls.lock().is_some()) {
            return Ok(Arc::clone(socket));
        }
        let opened = tokio::time::timeout(self.timers.open, Socket::open(url, self)).await;
        let socket = Arc::new(opened.map_err(|_| "no connection in time")??);
        *held = Some(Arc::clone(&socket));
        Ok(socket)
    }
}

impl Socket {
    async fn open(url: &str, rules: &AgentSockets) -> Result<Self, Cause> {
        let uri: Uri = url.parse()?;
        let host = uri.host().ok_or("no host in the address")?;
        let stream =
            TcpStream::connect((host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80))).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(rules.max_line))
            .max_frame_size(Some(rules.max_line));
        let (stream, _) = client_async_with_config(url, stream, Some(config)).await?;
        let (sink, source) = stream.split();
        let (outgoing, queue) = mpsc::unbounded_channel();
        let calls = Arc::new(Calls(Lock::new(Some(HashMap::new()))));
        let reader = tokio::spawn(read(source, Arc::clone(&calls), rules.timers.silence));
        let writer = tokio::spawn(write(sink, queue, Arc::clone(&calls)));
        let tasks = [AbortOnDropHandle::new(reader), AbortOnDropHandle::new(writer)];
        Ok(Self { outgoing, calls, next_id: AtomicU64::new(1), _tasks: tasks })
    }

    fn call(self: &Arc<Self>, body: &Bytes) -> Result<SocketLines, Cause> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let fields = std::str::from_utf8(body)?.strip_prefix('{').ok_or("the body is no object")?;
        let comma = if fields.starts_with('}') { "" } else { "," };
        let message = format!(r#"{{"type":"request","id":{id}{comma}{fields}"#);
        let (sender, lines) = mpsc::unbounded_channel();
        self.calls.lock().as_mut().ok_or("the connection is lost")?.insert(id, sender);
        let lines = SocketLines { socket: Arc::clone(self), id, lines, read: 0, done: false };
        self.outgoing.send(Message::text(message)).map_err(|_| "the connection is lost")?;
        Ok(lines)
    }
}

impl SocketLines {
    /// The next line; `None` once the connection is lost. Safe to drop while it waits.
    pub(super) async fn next(&mut self) -> Option<Line> {
        let line = self.lines.recv().await?;
        self.read += 1;
        if self.read.is_multiple_of(LINES) {
            self.send(&format!(r#"{{"type":"more","id":{},"lines":{LINES}}}"#, self.id));
        }
        Some(line)
    }

    /// That was the last line.
    pub(super) const fn ended(&mut self) {
        self.done = true;
    }

    fn send(&self, text: &str) {
        // An error only says that the connection is gone, and the work with it.
        let _ = self.socket.outgoing.send(Message::text(text));
    }
}

impl Drop for SocketLines {
    fn drop(&mut self) {
        if let Some(calls) = self.socket.calls.lock().as_mut() {
            calls.remove(&self.id);
        }
        if !self.done {
            self.send(&format!(r#"{{"type":"cancel","id":{}}}"#, self.id));
        }
    }
}

async fn read(mut source: SplitStream<Stream>, calls: Arc<Calls>, silence: Duration) {
    let lost = LostOnDrop(calls);
    // The agent pings: silence is a dead connection.
    while let Ok(Some(Ok(message))) = tokio::time::timeout(silence, source.next()).await {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return,
            _ => continue,
        };
        let incoming: Incoming = match serde_json::from_str(&text) {
            Ok(incoming) => incoming,
            Err(error) => {
                tracing::warn!(%error, "an agent sent what can't be read");
                return;
            }
        };
        let (Some(id), Some(line)) = (incoming.id, incoming.line) else {
            let message = incoming.message.unwrap_or_default();
            tracing::warn!(kind = incoming.kind, message, "an agent sent no line");
            continue;
        };
        if let Some(call) = lost.0.lock().as_ref().and_then(|calls| calls.get(&id)) {
            // An error only says that the caller has left.
            let _ = call.send(line);
        }
    }
}

async fn write(
    mut sink: SplitSink<Stream, Message>,
    mut queue: UnboundedReceiver<Message>,
    calls: Arc<Calls>,
) {
    let _lost = LostOnDrop(calls);
    while let Some(message) = queue.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
}
