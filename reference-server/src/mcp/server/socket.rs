//! One WebSocket of an agent: requests by id, answered in the order they finish.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, broadcast, mpsc};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use super::State;
use super::changes::{EVENTS, SchemaChange};
use crate::listener::{TierError, now, write_queue};
use crate::mcp::LinkTimers;
use crate::mcp::message::{
    AgentConnected, ClientMessage, Request, RequestId, Unusable, event, read, read_request, response,
    rows_event,
};
use crate::mcp::tools::NAMES;

/// Messages waiting to be written to one connection.
const OUTGOING: usize = 32;
/// Requests of one connection that may run or wait at one time.
const MAX_RUNNING: usize = 4_096;
/// Requests of one batch.
const MAX_BATCH: usize = 256;
/// Pieces a stream may send before its reader asks for more.
const FIRST_PIECES: usize = 8;
/// Most pieces a reader may ask for ahead.
const MAX_PIECES: usize = 1_024;
/// Read buffer: tungstenite fills all of it with zeros at every read.
const READ_BUFFER: usize = 4_096;

type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// One request that runs.
struct Running {
    abort: AbortHandle,
    credit: Arc<Semaphore>,
}

/// One connection.
struct Connection {
    state: Arc<State>,
    outgoing: mpsc::Sender<Message>,
    tasks: JoinSet<Result<Value, TierError>>,
    running: HashMap<RequestId, Running>,
    ids: HashMap<Id, RequestId>,
    subscribed: BTreeSet<String>,
    agent: Option<AgentConnected>,
}

/// The writer is gone, or the peer left.
struct Ended;

pub(super) async fn serve(state: Arc<State>, upgraded: Upgraded) {
    let limit = state.server.config.limits.max_message_bytes;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let (sink, source) = stream.split();
    let (outgoing, queue) = mpsc::channel(OUTGOING);
    let timers = &state.server.config.timers;
    let ping_interval = LinkTimers::new(timers).ping_interval;
    let writer = tokio::spawn(write_queue(sink, queue, timers.write_timeout, ping_interval));
    let mut connection = Connection {
        state,
        outgoing,
        tasks: JoinSet::new(),
        running: HashMap::new(),
        ids: HashMap::new(),
        subscribed: BTreeSet::new(),
        agent: None,
    };
    // Ended is the only way out; it says nothing that is not known.
    let _ = connection.live(source).await;
    // Dropping the connection aborts what still runs, which stops the statements.
    drop(connection);
    if let Err(error) = writer.await {
        tracing::error!(%error, "MCP writer ended badly");
    }
}

impl Connection {
    async fn live(&mut self, mut source: SplitStream<Stream>) -> Result<(), Ended> {
        let mut changes = self.state.server.changes.listen();
        let silence = LinkTimers::new(&self.state.server.config.timers).silence;
        let shutdown = self.state.shutdown.clone();
        let mut draining = false;
        loop {
            if draining && self.running.is_empty() {
                return self.close(CloseCode::Away, "Server shutting down").await;
            }
            tokio::select! {
                () = shutdown.cancelled(), if !draining => draining = true,
                Some(joined) = self.tasks.join_next_with_id() => self.finished(joined).await?,
                change = changes.recv() => self.announce(change).await?,
                frame = tokio::time::timeout(silence, source.next()) => match frame {
                    Err(_) => return self.close(CloseCode::Error, "Heartbeat timeout").await,
                    Ok(None | Some(Ok(Message::Close(_)))) => return Err(Ended),
                    Ok(Some(Err(error))) => return self.give_up(&error).await,
                    Ok(Some(Ok(Message::Text(text)))) => self.take(&text, draining).await?,
                    Ok(Some(Ok(Message::Binary(_)))) => {
                        return self.close(CloseCode::Unsupported, "binary is not spoken here").await;
                    }
                    Ok(Some(Ok(_))) => {}
                },
            }
        }
    }

    async fn send(&self, value: &Value) -> Result<(), Ended> {
        self.outgoing.send(Message::text(value.to_string())).await.map_err(|_| Ended)
    }

    async fn close(&self, code: CloseCode, reason: &'static str) -> Result<(), Ended> {
        let frame = CloseFrame { code, reason: reason.into() };
        self.outgoing.send(Message::Close(Some(frame))).await.map_err(|_| Ended)
    }

    /// Ends a connection that can't be read any further, with the code that says why.
    async fn give_up(&self, error: &tungstenite::Error) -> Result<(), Ended> {
        match error {
            tungstenite::Error::Capacity(_) => self.close(CloseCode::Size, "message is too large").await,
            tungstenite::Error::Utf8(_) => self.close(CloseCode::Invalid, "text is not UTF-8").await,
            tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Err(Ended),
            tungstenite::Error::Protocol(_) => self.close(CloseCode::Protocol, "not a WebSocket frame").await,
            _ => Err(Ended),
        }
    }

    async fn refuse(&self, unusable: &Unusable) -> Result<(), Ended> {
        let error = &unusable.error;
        let mut value = json!({ "type": "error", "code": error.code, "message": error.message });
        if let Some(details) = &error.details {
            value["details"] = details.clone();
        }
        if let Some(id) = &unusable.id {
            value["id"] = json!(id);
        }
        value["timestamp"] = Value::String(now());
        self.send(&value).await
    }

    async fn take(&mut self, text: &str, draining: bool) -> Result<(), Ended> {
        match read(text) {
            Err(unusable) => self.refuse(&unusable).await,
            Ok(ClientMessage::Connected(agent)) => self.acknowledge(agent).await,
            Ok(ClientMessage::Request(request)) => self.start(request, draining).await,
            Ok(ClientMessage::Batch(requests)) => self.start_batch(requests, draining).await,
            Ok(ClientMessage::Subscription { subscribe, events }) => self.subscribe(subscribe, events).await,
            Ok(ClientMessage::Cancel(id)) => self.cancel(id).await,
            Ok(ClientMessage::More { id, chunks }) => {
                if let Some(running) = self.running.get(&id) {
                    let room = MAX_PIECES.saturating_sub(running.credit.available_permits());
                    running.credit.add_permits(room.min(usize::try_from(chunks).unwrap_or(room)));
                }
                Ok(())
            }
            Ok(ClientMessage::Heartbeat { correlation_id }) => {
                let status = if draining { "draining" } else { "healthy" };
                let uptime = self.state.began.elapsed();
                self.send(&json!({
                    "type": "heartbeat_response",
                    "correlation_id": correlation_id,
                    "server_status": status,
                    "server_agent_id": "tidb-mcp-server-http",
                    "metrics": {
                        "uptime_seconds": uptime.as_secs(),
                        "active_connections": self.state.sockets.len(),
                        "running_requests": self.running.len(),
                    },
                    "timestamp": now(),
                }))
                .await
            }
            Ok(ClientMessage::Ping { id }) => {
                let mut pong = json!({ "type": "pong", "timestamp": now() });
                if let Some(id) = id {
                    pong["id"] = id;
                }
                self.send(&pong).await
            }
        }
    }

    async fn acknowledge(&mut self, agent: AgentConnected) -> Result<(), Ended> {
        if self.agent.is_some() {
            let error = TierError::new("ALREADY_ESTABLISHED", "this connection has introduced itself");
            return self.refuse(&Unusable { error: Box::new(error), id: None }).await;
        }
        tracing::debug!(agent_id = %agent.agent_id, agent_type = %agent.agent_type, "agent connected");
        let payload = json!({
            "agent_id": agent.agent_id,
            "server_agent_id": "tidb-mcp-server-http",
            "server_capabilities":
                ["tools", "batch_requests", "event_subscriptions", "schema_caching", "streaming", "cancel"],
            "tools": NAMES,
            "events": EVENTS,
        });
        self.agent = Some(agent);
        self.send(&event("connection_acknowledged", payload)).await
    }

    async fn start_batch(&mut self, requests: Vec<Value>, draining: bool) -> Result<(), Ended> {
        if requests.is_empty() || requests.len() > MAX_BATCH {
            let message = format!("{} requests in a batch, expected 1 to {MAX_BATCH}", requests.len());
            let error = TierError::new("INVALID_MESSAGE", message);
            return self.refuse(&Unusable { error: Box::new(error), id: None }).await;
        }
        for value in requests {
            match read_request(value) {
                Ok(request) => self.start(request, draining).await?,
                Err(unusable) => self.refuse(&unusable).await?,
            }
        }
        Ok(())
    }

    async fn start(&mut self, request: Request, draining: bool) -> Result<(), Ended> {
        if self.running.contains_key(&request.id) {
            // Not a response: that one is still to come.
            let error = TierError::new("INVALID_MESSAGE", "a request with this id is running");
            return self.refuse(&Unusable { error: Box::new(error), id: Some(request.id) }).await;
        }
        let refusal = if draining {
            let error = TierError::new("QUERY_REJECTED", "server is draining");
            Some(error.with_details(json!({ "reason": "draining" })))
        } else if self.running.len() >= MAX_RUNNING {
            let message = format!("{MAX_RUNNING} requests are running on this connection");
            Some(TierError::new("SERVER_FULL", message))
        } else {
            None
        };
        if let Some(error) = refusal {
            return self.send(&response(&request.id, &Err(error))).await;
        }
        let id = request.id.clone();
        let credit = Arc::new(Semaphore::new(FIRST_PIECES));
        let work = run(Arc::clone(&self.state), request, self.outgoing.clone(), Arc::clone(&credit));
        let abort = self.tasks.spawn(work);
        self.ids.insert(abort.id(), id.clone());
        self.running.insert(id, Running { abort, credit });
        Ok(())
    }

    async fn cancel(&mut self, id: RequestId) -> Result<(), Ended> {
        // Not running: it has been answered already, which is all a cancel wants.
        let Some(running) = self.running.remove(&id) else { return Ok(()) };
        self.ids.remove(&running.abort.id());
        running.abort.abort();
        let error =
            TierError::new("QUERY_FAILED", "cancelled").with_details(json!({ "reason": "cancelled" }));
        self.send(&response(&id, &Err(error))).await
    }

    async fn finished(
        &mut self,
        joined: Result<(Id, Result<Value, TierError>), JoinError>,
    ) -> Result<(), Ended> {
        let (task, outcome) = match joined {
            Ok((task, outcome)) => (task, outcome),
            Err(error) if error.is_panic() => (error.id(), Err(TierError::internal(&error))),
            Err(error) => (error.id(), Err(TierError::new("QUERY_FAILED", "cancelled"))),
        };
        // Without an id it was cancelled and has its answer.
        let Some(id) = self.ids.remove(&task) else { return Ok(()) };
        self.running.remove(&id);
        self.send(&response(&id, &outcome)).await
    }

    async fn subscribe(&mut self, subscribe: bool, events: Vec<String>) -> Result<(), Ended> {
        let (known, rejected): (Vec<String>, Vec<String>) =
            events.into_iter().partition(|name| EVENTS.contains(&name.as_str()));
        for name in &known {
            if subscribe {
                self.subscribed.insert(name.clone());
            } else {
                self.subscribed.remove(name);
            }
        }
        let kind = if subscribe { "subscribed" } else { "unsubscribed" };
        self.send(&json!({
            "type": kind, "events": known, "rejected": rejected, "active": self.subscribed, "timestamp": now(),
        }))
        .await
    }

    async fn announce(
        &mut self,
        change: Result<SchemaChange, broadcast::error::RecvError>,
    ) -> Result<(), Ended> {
        match change {
            Ok(change) if self.subscribed.contains(change.event_name()) => {
                self.send(&event(change.event_name(), change.payload())).await
            }
            Ok(_) => Ok(()),
            // Some were missed: the client must take every schema for changed.
            Err(_) if self.subscribed.is_empty() => Ok(()),
            Err(_) => self.send(&event("schema_changed", json!({ "database": null, "missed": true }))).await,
        }
    }
}

/// Runs one request; pieces of a streamed result go out before its answer, as far as the reader has room.
async fn run(
    state: Arc<State>,
    request: Request,
    outgoing: mpsc::Sender<Message>,
    credit: Arc<Semaphore>,
) -> Result<Value, TierError> {
    let (pieces, mut received) = mpsc::channel(2);
    let Request { id, params, .. } = request;
    let call = state.server.tools.call(params, pieces);
    let forward = async {
        while let Some(piece) = received.recv().await {
            let Ok(permit) = credit.acquire().await else { return };
            permit.forget();
            let text = rows_event(&id, piece.columns.as_deref(), &piece.rows);
            if outgoing.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    };
    let limit = state.server.config.timers.request_timeout;
    let both = async { tokio::join!(call, forward).0 };
    tokio::time::timeout(limit, both).await.unwrap_or_else(|_| {
        Err(TierError::new("QUERY_TIMEOUT", format!("the request took longer than {limit:?}")))
    })
}
