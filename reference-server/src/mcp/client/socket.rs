//! One WebSocket to the MCP server, shared by all calls.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Rows;
use super::error::Trouble;
use super::reply::{Reply, ServerMessage};
use super::schemas::Follower;
use crate::listener::TierError;
use crate::mcp::Endpoint;
use crate::mcp::message::{AgentConnected, Call, Request, RequestId, event};

/// Read buffer: tungstenite fills all of it with zeros at every read.
const READ_BUFFER: usize = 4_096;
/// Largest message of the server: a whole result and its frame around it.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

type Stream = WebSocketStream<TcpStream>;

/// An open connection.
#[derive(Debug)]
pub(super) struct Socket {
    outgoing: UnboundedSender<Message>,
    pending: Arc<Pending>,
    lost: CancellationToken,
    next_id: AtomicI64,
    /// Both end with the socket.
    _tasks: [AbortOnDropHandle<()>; 2],
}

/// Calls that wait for replies; `None` once the connection is lost.
#[derive(Debug)]
struct Pending(Mutex<Option<HashMap<i64, UnboundedSender<Reply>>>>);

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<i64, UnboundedSender<Reply>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the connection for lost when the task that holds it ends, however it does.
struct LostOnDrop {
    pending: Arc<Pending>,
    follower: Arc<Follower>,
    lost: CancellationToken,
}

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        *self.pending.lock() = None;
        self.follower.moved();
        self.lost.cancel();
    }
}

/// One call under way; dropped before its end it is cancelled at the server.
struct Waiting<'a> {
    socket: &'a Socket,
    id: i64,
    done: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(calls) = self.socket.pending.lock().as_mut() {
            calls.remove(&self.id);
        }
        if !self.done {
            // An error only says that the connection is gone, and the statement with it.
            let _ = self.socket.send(&json!({ "type": "cancel", "id": self.id }));
        }
    }
}

fn lost(cause: impl std::fmt::Display) -> Trouble {
    Trouble::Lost(cause.to_string())
}

impl Socket {
    /// Connects and introduces the agent.
    pub(super) async fn open(
        endpoint: &Endpoint,
        agent: &AgentConnected,
        silence: Duration,
        follower: Arc<Follower>,
    ) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(endpoint.authority()).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let (mut stream, _) =
            client_async_with_config(endpoint.websocket(), stream, Some(config)).await.map_err(lost)?;
        let hello = event("agent_connected", json!(agent)).to_string();
        stream.send(Message::text(hello)).await.map_err(lost)?;
        acknowledged(&mut stream).await?;
        let subscribe = json!({ "type": "subscribe", "events": ["schema_changed", "table_changed"] });
        stream.send(Message::text(subscribe.to_string())).await.map_err(lost)?;
        let (sink, source) = stream.split();
        let (outgoing, queue) = mpsc::unbounded_channel();
        let pending = Arc::new(Pending(Mutex::new(Some(HashMap::new()))));
        let ended = CancellationToken::new();
        let guard = || LostOnDrop {
            pending: Arc::clone(&pending),
            follower: Arc::clone(&follower),
            lost: ended.clone(),
        };
        let reader = tokio::spawn(read(source, guard(), silence));
        let writer = tokio::spawn(write(sink, queue, guard()));
        let tasks = [AbortOnDropHandle::new(reader), AbortOnDropHandle::new(writer)];
        Ok(Self { outgoing, pending, lost: ended, next_id: AtomicI64::new(1), _tasks: tasks })
    }

    /// Whether calls can be made.
    pub(super) fn is_open(&self) -> bool {
        self.pending.lock().is_some()
    }

    /// Cancelled once the connection is lost.
    pub(super) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    fn send(&self, value: &Value) -> Result<(), Trouble> {
        self.outgoing.send(Message::text(value.to_string())).map_err(|_| lost("connection is closed"))
    }

    /// A place for the replies to one call.
    fn wait(&self) -> Result<(Waiting<'_>, UnboundedReceiver<Reply>), Trouble> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, replies) = mpsc::unbounded_channel();
        match self.pending.lock().as_mut() {
            Some(calls) => calls.insert(id, sender),
            None => return Err(lost("connection is closed")),
        };
        Ok((Waiting { socket: self, id, done: false }, replies))
    }

    /// Makes several calls by one message; their answers, in the order of the calls.
    pub(super) async fn call_all(&self, calls: &[Call]) -> Result<Vec<Result<Value, TierError>>, Trouble> {
        let mut waiting = calls.iter().map(|_| self.wait()).collect::<Result<Vec<_>, _>>()?;
        let requests: Vec<Value> =
            calls.iter().zip(&waiting).map(|(call, (waiting, _))| request(waiting.id, call)).collect();
        self.send(&json!({ "type": "batch", "requests": requests }))?;
        let mut outcomes = Vec::with_capacity(calls.len());
        for (waiting, replies) in &mut waiting {
            let outcome = loop {
                match replies.recv().await {
                    Some(Reply::Done(outcome)) => break outcome,
                    // Nothing in a batch is streamed.
                    Some(Reply::Rows(_)) => {}
                    None => return Err(lost("connection was lost")),
                }
            };
            waiting.done = true;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Makes one call; rows of a streamed result go to `rows`.
    pub(super) async fn call(&self, call: &Call, rows: Option<mpsc::Sender<Rows>>) -> Result<Value, Trouble> {
        let (mut waiting, mut replies) = self.wait()?;
        let id = waiting.id;
        let mut message = json!({ "type": "request" });
        if let (Value::Object(message), Value::Object(fields)) = (&mut message, request(id, call)) {
            message.extend(fields);
        }
        self.send(&message)?;
        let mut handed_on = false;
        while let Some(reply) = replies.recv().await {
            match reply {
                Reply::Done(outcome) => {
                    waiting.done = true;
                    return outcome.map_err(Trouble::Tool);
                }
                Reply::Rows(piece) => {
                    let Some(rows) = &rows else { continue };
                    handed_on = true;
                    if rows.send(piece).await.is_err() {
                        return Err(Trouble::Abandoned);
                    }
                    self.send(&json!({ "type": "more", "id": id, "chunks": 1 }))?;
                }
            }
        }
        let cause = "connection was lost".to_owned();
        Err(if handed_on { Trouble::LostInside(cause) } else { Trouble::Lost(cause) })
    }
}

/// A request object.
fn request(id: i64, call: &Call) -> Value {
    json!(Request { id: RequestId::Number(id), method: "tools/call".to_owned(), params: call.clone() })
}

/// Waits for the answer to the introduction.
async fn acknowledged(stream: &mut Stream) -> Result<(), Trouble> {
    while let Some(message) = stream.next().await {
        let Message::Text(text) = message.map_err(lost)? else { continue };
        let message: ServerMessage = serde_json::from_str(&text).map_err(lost)?;
        if message.event_name.as_deref() == Some("connection_acknowledged") {
            return Ok(());
        }
        if message.kind == "error" {
            return Err(lost(message.message.unwrap_or_default()));
        }
    }
    Err(lost("closed in the handshake"))
}

async fn read(mut source: SplitStream<Stream>, lost: LostOnDrop, silence: Duration) {
    // The server pings: silence is a dead connection.
    while let Ok(Some(Ok(message))) = tokio::time::timeout(silence, source.next()).await {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return,
            _ => continue,
        };
        let message: ServerMessage = match serde_json::from_str(&text) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "MCP server sent what can't be read");
                return;
            }
        };
        if let ("event", Some(name)) = (message.kind.as_str(), &message.event_name) {
            lost.follower.heard(name, &message.payload);
        }
        let Some((id, reply)) = message.reply() else { continue };
        if let Some(call) = lost.pending.lock().as_ref().and_then(|calls| calls.get(&id)) {
            // An error only says that the caller has left.
            let _ = call.send(reply);
        }
    }
}

async fn write(
    mut sink: SplitSink<Stream, Message>,
    mut queue: UnboundedReceiver<Message>,
    _lost: LostOnDrop,
) {
    while let Some(message) = queue.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
}
