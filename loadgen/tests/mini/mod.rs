//! A small server for tests: speaks just enough of the protocol, and misbehaves on demand.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The work of one stage of four. It is what the server is there to take, not a wait for something: a run may see more
/// of it, never less.
pub(crate) const STAGE: Duration = Duration::from_millis(20);

/// Deliberate faults.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    /// Every so many-th progress update is not delivered.
    pub(crate) lose: Option<u64>,
    /// Every so many-th event is delivered twice.
    pub(crate) repeat: Option<u64>,
    /// Every answer has a wrong row.
    pub(crate) wrong_rows: bool,
    /// Every so many-th question resets its connection.
    pub(crate) reset: Option<u64>,
    /// Every so many-th upgrade is refused with 503.
    pub(crate) refuse_upgrades: Option<u64>,
    /// Every so many-th question is answered with what is no JSON before its answer.
    pub(crate) garbage: Option<u64>,
    /// Every so many-th question ends its connection with 1009.
    pub(crate) too_large: Option<u64>,
    /// From this question on every one ends its connection as a server does that leaves, for so many milliseconds.
    pub(crate) leave: Option<(u64, u64)>,
    /// Time that an answer takes beside its stages.
    pub(crate) slow: Duration,
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
    upgrades: AtomicU64,
    asked: AtomicU64,
    /// Ids of the questions that were too large, and of those that came again.
    large: Mutex<(HashSet<String>, u64)>,
    faults: Faults,
    /// Nothing is answered while it is true.
    frozen: watch::Sender<bool>,
    /// Which life of the process it is: no event survives it.
    life: AtomicU64,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// The server; it goes away when dropped, sockets and all.
pub(crate) struct Mini {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

impl Mini {
    pub(crate) fn start(faults: Faults) -> Self {
        let listener = listen("127.0.0.1:0".parse().unwrap());
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            sessions: Mutex::default(),
            next: AtomicU64::new(1),
            events: AtomicU64::new(1),
            upgrades: AtomicU64::new(1),
            asked: AtomicU64::new(1),
            large: Mutex::default(),
            faults,
            frozen: watch::Sender::new(false),
            life: AtomicU64::new(1),
            tasks: Mutex::default(),
        });
        accept(&state, listener);
        Self { address, state }
    }

    /// Dies at once and is there again at the same address, without what it knew.
    pub(crate) fn restart(&self) {
        self.kill();
        self.state.life.fetch_add(1, Relaxed);
        accept(&self.state, listen(self.address));
    }

    /// From now on, or no longer, nothing is answered.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.state.frozen.send_replace(frozen);
    }

    /// How many questions were too large, and how many of them came again.
    pub(crate) fn too_large(&self) -> (usize, u64) {
        let large = self.state.large.lock().unwrap();
        (large.0.len(), large.1)
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

/// A listener that another one may follow at the same address before it is quite gone.
fn listen(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket.listen(1_024).unwrap()
}

fn accept(state: &Arc<State>, listener: TcpListener) {
    let accepting = {
        let state = Arc::clone(state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let task = tokio::spawn(serve(Arc::clone(&state), stream));
                state.tasks.lock().unwrap().push(task.abort_handle());
            }
        })
    };
    state.tasks.lock().unwrap().push(accepting.abort_handle());
}

/// True for every so many-th.
fn hits(every: Option<u64>, number: u64) -> bool {
    every.is_some_and(|every| number.is_multiple_of(every))
}

impl Drop for Mini {
    fn drop(&mut self) {
        self.kill();
    }
}

impl State {
    /// Waits out a freeze.
    async fn thaw(&self) {
        let _ = self.frozen.subscribe().wait_for(|frozen| !frozen).await;
    }

    fn epoch(&self) -> String {
        format!("e{}", self.life.load(Relaxed))
    }

    /// True, and counted, when this question was too large before.
    fn asked_again(&self, query_id: &str) -> bool {
        let mut large = self.large.lock().unwrap();
        let again = large.0.contains(query_id);
        large.1 += u64::from(again);
        again
    }

    async fn publish(&self, id: &str, mut event: Value) {
        self.thaw().await;
        let number = self.events.fetch_add(1, Relaxed);
        let mut sessions = self.sessions.lock().unwrap();
        let Some(session) = sessions.get_mut(id) else { return };
        event["session_id"] = json!(id);
        event["epoch"] = json!(self.epoch());
        event["offset"] = json!(session.history.len() + 1);
        session.history.push(event.clone());
        if event["percent"] == json!(60) && hits(self.faults.lose, number) {
            return;
        }
        for _ in 0..1 + u32::from(hits(self.faults.repeat, number)) {
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
    let upgrade = path.starts_with("/ws/");
    if upgrade && !hits(state.faults.refuse_upgrades, state.upgrades.fetch_add(1, Relaxed)) {
        socket(state, stream, &path).await;
        return;
    }
    let mut request = [0_u8; 2048];
    let _ = stream.read(&mut request).await;
    let (status, body) = match method {
        _ if upgrade => (
            "503 Service Unavailable",
            json!({"type": "error", "code": "SERVER_FULL", "message": "no"}).to_string(),
        ),
        "POST" => {
            let id = format!("session_{}", state.next.fetch_add(1, Relaxed));
            state.sessions.lock().unwrap().insert(id.clone(), Session::default());
            ("201 Created", json!({"session_id": id, "epoch": state.epoch(), "top": 0}).to_string())
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
        let epoch = path.split_once("epoch=").map(|(_, rest)| rest.split('&').next().unwrap_or_default());
        let resume = parameter(path, "offset").map(|offset| (epoch.unwrap_or_default().to_owned(), offset));
        join(&state, &id, &events, resume, &mut greeting, &mut replay);
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
                        let resume = message["resume"]["offset"].as_u64();
                        let epoch = message["resume"]["epoch"].as_str().unwrap_or_default().to_owned();
                        let resume = resume.map(|offset| (epoch, offset));
                        join(&state, &id, &events, resume, &mut answer, &mut replay);
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
                        let number = state.asked.fetch_add(1, Relaxed);
                        if hits(state.faults.reset, number) {
                            socket.get_ref().set_zero_linger().unwrap();
                            return;
                        }
                        if ends(&state, &mut socket, &message, number).await {
                            return;
                        }
                        if hits(state.faults.garbage, number) {
                            let _ = socket.send(Message::text("{\"type\":")).await;
                        }
                        let task = tokio::spawn(answer(Arc::clone(&state), id.clone(), message));
                        state.tasks.lock().unwrap().push(task.abort_handle());
                    }
                    _ => {}
                }
            }
        }
    }
}

/// True when this question, the `number`-th, ends its connection.
async fn ends(state: &State, socket: &mut WebSocketStream<TcpStream>, question: &Value, number: u64) -> bool {
    let query_id = question["query_id"].as_str().unwrap().to_owned();
    if state.asked_again(&query_id) || hits(state.faults.too_large, number) {
        state.large.lock().unwrap().0.insert(query_id);
        leave(socket, 1009, "too large").await;
        return true;
    }
    let Some((_, away)) = state.faults.leave.filter(|(first, _)| *first <= number) else { return false };
    let notice = json!({"type": "server_shutting_down", "drain_ms": 0, "reconnect_after_ms": away});
    let _ = socket.send(Message::text(notice.to_string())).await;
    leave(socket, 1001, "Server shutting down").await;
    true
}

/// Closes a connection, and waits until the other side has done so too.
async fn leave(socket: &mut WebSocketStream<TcpStream>, code: u16, reason: &'static str) {
    let _ = socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() })).await;
    while let Some(Ok(_)) = socket.next().await {}
}

/// Joins a session: its place for the greeting, what was missed for the replay, and from then on its events.
fn join(
    state: &State,
    id: &str,
    events: &UnboundedSender<Value>,
    resume: Option<(String, u64)>,
    greeting: &mut Value,
    replay: &mut Vec<Value>,
) {
    let mut sessions = state.sessions.lock().unwrap();
    let session = sessions.entry(id.to_owned()).or_default();
    let top = session.history.len() as u64;
    greeting["session_id"] = json!(id);
    let now = state.epoch();
    greeting["epoch"] = json!(now);
    greeting["top"] = json!(top);
    match resume {
        Some((epoch, offset)) if epoch == now => {
            let missed = top > offset;
            replay
                .push(json!({"type": "resumed", "recovered": true, "epoch": now, "top": top, "reason": "OK",
                "from": missed.then_some(offset + 1), "to": missed.then_some(top)}));
            replay.extend(session.history.iter().skip(usize::try_from(offset).unwrap()).cloned());
        }
        Some(_) => replay.push(json!({"type": "resumed", "recovered": false, "epoch": now, "top": top,
            "reason": "EPOCH_MISMATCH", "from": null, "to": null})),
        None => {}
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
    tokio::time::sleep(state.faults.slow).await;
    for percent in [5, 30, 60, 90] {
        state.publish(&id, stamp(json!({"type": "progress_update", "percent": percent}))).await;
        tokio::time::sleep(STAGE).await;
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
