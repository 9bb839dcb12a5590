//! The agents over WebSocket: `/{agent}/ws`, many executions on one connection.
//!
//! `{"type":"request","id",…}` with the fields of an execution begins one; each of its lines comes as
//! `{"type":"line","id","line":{…}}`, the last one has a `status`. `{"type":"cancel","id"}` ends one early,
//! `{"type":"more","id","lines":N}` allows N more lines: a reader that is behind holds up its own execution only.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::server::State;
use super::stage::{self, Outcome};
use super::{Agent, Job};
use crate::listener::{LinkTimers, TierError, write_queue};

/// Messages waiting to be written to one connection.
const OUTGOING: usize = 32;
/// Executions of one connection at one time.
const MAX_RUNNING: usize = 16_384;
/// Lines an execution may send before its reader asks for more.
pub(crate) const FIRST_LINES: usize = 64;
/// Lines a reader may ask for ahead.
const MAX_LINES: usize = 1_024;
/// Read buffer: tungstenite fills all of it with zeros at every read.
const READ_BUFFER: usize = 4_096;

type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// What a message says besides the fields of an execution.
#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u64>,
    #[serde(default)]
    lines: usize,
}

/// One execution under way.
struct Running {
    abort: AbortHandle,
    credit: Arc<Semaphore>,
}

struct Connection {
    state: Arc<State>,
    agent: Arc<dyn Agent>,
    outgoing: mpsc::Sender<Message>,
    tasks: JoinSet<u64>,
    running: HashMap<u64, Running>,
}

/// The writer is gone, or the peer left.
struct Ended;

/// Serves one connection to its end.
pub(super) async fn serve(state: Arc<State>, agent: Arc<dyn Agent>, upgraded: Upgraded) {
    let limit = state.job_limit();
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let (sink, source) = stream.split();
    let (outgoing, queue) = mpsc::channel(OUTGOING);
    let timers = &state.config.timers;
    let writer =
        tokio::spawn(write_queue(sink, queue, timers.write_timeout, LinkTimers::new(timers).ping_interval));
    let (tasks, running) = (JoinSet::new(), HashMap::new());
    let mut connection = Connection { state, agent, outgoing, tasks, running };
    // Ended is the only way out; it says nothing that is not known.
    let _ = connection.live(source).await;
    // Dropping the connection aborts what still runs.
    drop(connection);
    if let Err(error) = writer.await {
        tracing::error!(%error, "writer of an agent's socket ended badly");
    }
}

impl Connection {
    async fn live(&mut self, mut source: SplitStream<Stream>) -> Result<(), Ended> {
        let silence = LinkTimers::new(&self.state.config.timers).silence;
        let shutdown = self.state.shutdown.clone();
        let mut draining = false;
        loop {
            if draining && self.tasks.is_empty() {
                return self.close(CloseCode::Away, "Server shutting down").await;
            }
            tokio::select! {
                () = shutdown.cancelled(), if !draining => draining = true,
                Some(joined) = self.tasks.join_next() => {
                    if let Ok(id) = joined {
                        self.running.remove(&id);
                    }
                }
                frame = tokio::time::timeout(silence, source.next()) => match frame {
                    Err(_) => return self.close(CloseCode::Error, "Heartbeat timeout").await,
                    Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return Err(Ended),
                    Ok(Some(Ok(Message::Text(text)))) => self.take(&text, draining).await?,
                    Ok(Some(Ok(Message::Binary(_)))) => {
                        return self.close(CloseCode::Unsupported, "binary is not spoken here").await;
                    }
                    Ok(Some(Ok(_))) => {}
                },
            }
        }
    }

    async fn close(&self, code: CloseCode, reason: &'static str) -> Result<(), Ended> {
        let frame = CloseFrame { code, reason: reason.into() };
        self.outgoing.send(Message::Close(Some(frame))).await.map_err(|_| Ended)
    }

    async fn take(&mut self, text: &str, draining: bool) -> Result<(), Ended> {
        let envelope: Envelope = match serde_json::from_str(text) {
            Ok(envelope) => envelope,
            Err(error) => return self.refuse(None, "INVALID_JSON", &error.to_string()).await,
        };
        let Some(id) = envelope.id else {
            return self.refuse(None, "INVALID_MESSAGE", "id must be a whole number").await;
        };
        match envelope.kind.as_str() {
            "request" => self.start(id, text, draining).await,
            "cancel" => {
                // Not running: it has ended already, which is all a cancel wants.
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                Ok(())
            }
            "more" => {
                if let Some(running) = self.running.get(&id) {
                    let room = MAX_LINES.saturating_sub(running.credit.available_permits());
                    running.credit.add_permits(envelope.lines.min(room));
                }
                Ok(())
            }
            unknown => {
                let shown: String = unknown.chars().take(64).collect();
                self.refuse(Some(id), "UNKNOWN_TYPE", &format!("unknown message type {shown:?}")).await
            }
        }
    }

    async fn refuse(&self, id: Option<u64>, code: &str, message: &str) -> Result<(), Ended> {
        let error = json!({ "type": "error", "id": id, "code": code, "message": message });
        self.outgoing.send(Message::text(error.to_string())).await.map_err(|_| Ended)
    }

    async fn start(&mut self, id: u64, text: &str, draining: bool) -> Result<(), Ended> {
        if self.running.contains_key(&id) {
            return self.refuse(Some(id), "INVALID_MESSAGE", "an execution with this id is running").await;
        }
        let job = serde_json::from_str::<Job>(text)
            .map_err(|error| TierError::new("INVALID_MESSAGE", error.to_string()))
            .and_then(|job| if job.is_named() { Ok(job) } else { Err(Job::unnamed()) });
        let refusal = match &job {
            Err(error) => Some(error.clone()),
            Ok(_) if draining => Some(
                TierError::new("QUERY_REJECTED", "server is draining")
                    .with_details(json!({ "reason": "draining" })),
            ),
            Ok(_) if self.running.len() >= MAX_RUNNING => {
                Some(TierError::new("SERVER_FULL", "too many executions on this connection"))
            }
            Ok(_) => None,
        };
        let (Ok(job), None) = (job, &refusal) else {
            let line = refusal.map_or(Value::Null, |error| json!({ "status": "failed", "error": error }));
            return self.outgoing.send(line_of(id, &line)).await.map_err(|_| Ended);
        };
        let credit = Arc::new(Semaphore::new(FIRST_LINES));
        let work = run(
            Arc::clone(&self.state),
            Arc::clone(&self.agent),
            job,
            Link { id, outgoing: self.outgoing.clone(), credit: Arc::clone(&credit) },
        );
        let abort = self.tasks.spawn(work);
        self.running.insert(id, Running { abort, credit });
        Ok(())
    }
}

/// Where the lines of one execution go.
struct Link {
    id: u64,
    outgoing: mpsc::Sender<Message>,
    credit: Arc<Semaphore>,
}

impl Link {
    async fn send(&self, line: &impl serde::Serialize) -> bool {
        let Ok(permit) = self.credit.acquire().await else { return false };
        permit.forget();
        self.outgoing.send(line_of(self.id, line)).await.is_ok()
    }
}

/// Runs one execution; aborting it stops the work.
async fn run(state: Arc<State>, agent: Arc<dyn Agent>, job: Job, link: Link) -> u64 {
    let (mut received, work) = state.begin(agent, job);
    while let Some(line) = received.recv().await {
        if !link.send(&line).await {
            return link.id;
        }
    }
    let outcome: Outcome = stage::ended(work, &state.agents).await;
    link.send(&outcome.object()).await;
    link.id
}

fn line_of(id: u64, line: &impl serde::Serialize) -> Message {
    // Lines are made of JSON values and texts, which is all that could fail.
    let line = serde_json::to_string(line).unwrap_or_else(|_| "{}".to_owned());
    Message::text(format!(r#"{{"type":"line","id":{id},"line":{line}}}"#))
}
