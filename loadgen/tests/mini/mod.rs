//! A small server for tests: speaks just enough of the protocol, and misbehaves on demand.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;

/// Deliberate faults.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    /// Every so many-th progress update is not delivered.
    pub(crate) lose: Option<u64>,
    /// Every so many-th event is delivered twice.
    pub(crate) repeat: Option<u64>,
    /// Every answer has a wrong row.
    pub(crate) wrong_rows: bool,
    /// Nothing is answered between these two moments after the start.
    pub(crate) freeze: Option<(Duration, Duration)>,
}

/// The events of one session and the sockets that listen.
#[derive(Default)]
struct Session {
    history: Vec<Value>,
    listeners: Vec<UnboundedSender<Value>>,
}

struct State {
    sessions: Mutex<HashMap<String, Session>>,
    next: AtomicU64,
    events: AtomicU64,
    faults: Faults,
    started: tokio::time::Instant,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// The server; it goes away when dropped, sockets and all.
pub(crate) struct Mini {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

impl Mini {
    pub(crate) async fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            sessions: Mutex::default(),
            next: AtomicU64::new(1),
            events: AtomicU64::new(1),
            faults,
            started: tokio::time::Instant::now(),
            tasks: Mutex::default(),
        });
        let accept = {
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let task = tokio::spawn(serve(Arc::clone(&state), stream));
                    state.tasks.lock().unwrap().push(task.abort_handle());
                }
            })
        };
        state.tasks.lock().unwrap().push(accept.abort_handle());
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Dies at once, like a killed process: no close frames.
    pub(crate) fn kill(&self) {
        for task in self.state.tasks.lock().unwrap().drain(..) {
            task.abort();
        }
        self.state.sessions.lock().unwrap().clear();
    }
}

impl Drop for Mini {
    fn drop(&mut self) {
        self.kill();
    }
}

impl State {
    /// Waits out a freeze.
    async fn thaw(&self) {
        if let Some((from, to)) = self.faults.freeze {
            let since = self.started.elapsed();
            if since >= from && since < to {
                tokio::time::sleep(to - since).await;
            }
        }
    }

    async fn publish(&self, id: &str, mut event: Value) {
        self.thaw().await;
        let number = self.events.fetch_add(1, Relaxed);
        let mut sessions = self.sessions.lock().unwrap();
        let Some(session) = sessions.get_mut(id) else { return };
        event["session_id"] = json!(id);
        event["epoch"] = json!("e1");
        event["offset"] = json!(session.history.len() + 1);
        session.history.push(event.clone());
        let hits = |every: Option<u64>| every.is_some_and(|every| number.is_multiple_of(every));
        if event["percent"] == json!(60) && hits(self.faults.lose) {
            return;
        }
        for _ in 0..1 + u32::from(hits(self.faults.repeat)) {
            session.listeners.retain(|listener| listener.send(event.clone()).is_ok());
        }
    }
}

async fn serve(state: Arc<State>, mut stream: TcpStream) {
    let mut head = [0_u8; 512];
    let Ok(read) = stream.peek(&mut head).await else { return };
    let text = String::from_utf8_lossy(&head[..read]).into_owned();
    let mut words = text.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
    if path.starts_with("/ws/") {
        socket(state, stream, &path).await;
        return;
    }
    let mut request = [0_u8; 2048];
    let _ = stream.read(&mut request).await;
    let (status, body) = match method {
        "POST" => {
            let id = format!("session_{}", state.next.fetch_add(1, Relaxed));
            state.sessions.lock().unwrap().insert(id.clone(), Session::default());
            ("201 Created", json!({"session_id": id, "epoch": "e1", "top": 0}).to_string())
        }
        "DELETE" => ("204 No Content", String::new()),
        _ => ("200 OK", json!({"status": "healthy"}).to_string()),
    };
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn parameter(path: &str, name: &str) -> Option<u64> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).and_then(|v| v.parse().ok())
}

async fn socket(state: Arc<State>, stream: TcpStream, path: &str) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (events, mut inbox) = unbounded_channel();
    let mut id = String::new();
    let mut greeting = json!({"type": "connection_established", "client_id": "c", "epoch": "e0", "top": 0,
                              "session_id": "provisional"});
    let mut replay = Vec::new();
    if let Some(rest) = path.strip_prefix("/ws/progress/") {
        id = rest.split('?').next().unwrap_or_default().to_owned();
        join(&state, &id, &events, parameter(path, "offset"), &mut greeting, &mut replay);
    }
    let _ = socket.send(Message::text(greeting.to_string())).await;
    for event in replay.drain(..) {
        let _ = socket.send(Message::text(event.to_string())).await;
    }
    loop {
        tokio::select! {
            event = inbox.recv() => {
                let Some(event) = event else { return };
                if socket.send(Message::text(event.to_string())).await.is_err() {
                    return;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                if message.is_close() {
                    // The answer is queued; an event that comes now must not get before it.
                    let _ = socket.flush().await;
                    return;
                }
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).unwrap();
                state.thaw().await;
                match message["type"].as_str().unwrap() {
                    "connection_handshake" => {
                        id = message["session_id"].as_str().map_or_else(
                            || format!("session_{}", state.next.fetch_add(1, Relaxed)),
                            str::to_owned,
                        );
                        let mut answer = json!({"type": "connection_acknowledged", "session_id": id});
                        let offset = message["resume"]["offset"].as_u64();
                        join(&state, &id, &events, offset, &mut answer, &mut replay);
                        let _ = socket.send(Message::text(answer.to_string())).await;
                        for event in replay.drain(..) {
                            let _ = socket.send(Message::text(event.to_string())).await;
                        }
                    }
                    "heartbeat" => {
                        let top = state.sessions.lock().unwrap().get(&id).map_or(0, |s| s.history.len());
                        let answer = json!({"type": "heartbeat_response", "top": top,
                                            "correlation_id": message["correlation_id"]});
                        // Through the queue of the events: the top must not overtake them.
                        let _ = events.send(answer);
                    }
                    "query" => {
                        let task = tokio::spawn(answer(Arc::clone(&state), id.clone(), message));
                        state.tasks.lock().unwrap().push(task.abort_handle());
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Joins a session: its place for the greeting, what was missed for the replay, and from then on its events.
fn join(
    state: &State,
    id: &str,
    events: &UnboundedSender<Value>,
    offset: Option<u64>,
    greeting: &mut Value,
    replay: &mut Vec<Value>,
) {
    let mut sessions = state.sessions.lock().unwrap();
    let session = sessions.entry(id.to_owned()).or_default();
    let top = session.history.len() as u64;
    greeting["session_id"] = json!(id);
    greeting["epoch"] = json!("e1");
    greeting["top"] = json!(top);
    if let Some(offset) = offset {
        let missed = top > offset;
        replay.push(json!({"type": "resumed", "recovered": true, "epoch": "e1", "top": top, "reason": "OK",
            "from": missed.then_some(offset + 1), "to": missed.then_some(top)}));
        replay.extend(session.history.iter().skip(usize::try_from(offset).unwrap()).cloned());
    }
    session.listeners.push(events.clone());
}

async fn answer(state: Arc<State>, id: String, query: Value) {
    let transaction = format!("t-{}", query["query_id"].as_str().unwrap());
    let stamp = |mut event: Value| {
        event["transaction_id"] = json!(transaction);
        event["query_id"] = query["query_id"].clone();
        event
    };
    state.publish(&id, stamp(json!({"type": "query_accepted"}))).await;
    for percent in [5, 30, 60, 90] {
        state.publish(&id, stamp(json!({"type": "progress_update", "percent": percent}))).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let rows =
        if state.faults.wrong_rows { json!([[1, "a"], [2, "x"]]) } else { json!([[1, "a"], [2, "b"]]) };
    let columns = json!([{"name": "n", "type": "integer"}, {"name": "t", "type": "text"}]);
    if query["preferences"]["stream"] == json!(true) {
        let first = json!({"type": "partial_result", "sequence": 0, "columns": columns, "rows": [rows[0]]});
        state.publish(&id, stamp(first)).await;
        let second = json!({"type": "partial_result", "sequence": 1, "rows": [rows[1]]});
        state.publish(&id, stamp(second)).await;
        state.publish(&id, stamp(json!({"type": "query_result", "columns": columns, "rows": []}))).await;
    } else {
        state.publish(&id, stamp(json!({"type": "query_result", "columns": columns, "rows": rows}))).await;
    }
}

/// Questions this server can answer.
pub(crate) fn questions() -> String {
    json!({"seed": 42, "questions": [{"id": "pair", "question": "show pairs", "database": "financial_db",
        "ordered": false, "expected": {"columns": ["n", "t"], "rows": [[2, "b"], [1, "a"]]}}]})
    .to_string()
}
