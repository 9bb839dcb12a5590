//! Calling an agent: pooled HTTP connections or, in a topology of sockets, one WebSocket; a breaker for each
//! agent; the answer read line by line.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::line::AgentLine;
use super::socket::{AgentSockets, SocketLines};
use crate::breaker::{Breaker, BreakerState, Permit};
use crate::config::{self, Config, Topology, Upstream};
use crate::listener::LinkTimers;
use crate::wire::error::{Code, Failure};

/// Longest line an agent may send: a full result that is not streamed, and room.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Pauses before a connection is tried again.
const CONNECT_PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(150)];

/// Where the agents are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAddresses {
    base: String,
    by_name: BTreeMap<String, String>,
}

impl AgentAddresses {
    /// As configured; `local` is used for what runs in this process.
    #[must_use]
    pub fn new(upstream: &Upstream, local: &str) -> Self {
        Self {
            base: upstream.agents.clone().unwrap_or_else(|| local.to_owned()),
            by_name: upstream.agents_by_name.clone(),
        }
    }

    fn execute(&self, agent: &str) -> String {
        format!("{}/{agent}/execute", self.of(agent).trim_end_matches('/'))
    }

    fn socket(&self, agent: &str) -> String {
        let base = self.of(agent).trim_end_matches('/');
        format!("ws://{}/{agent}/ws", base.strip_prefix("http://").unwrap_or(base))
    }

    /// Where to ask how the agents are: each base URL once, and of the shared one only if some agent is there that
    /// every deployment has.
    #[must_use]
    pub fn bases(&self) -> Vec<&str> {
        let always = ["nlp", "data", "viz"].map(|agent| self.of(agent));
        let mut bases: Vec<&str> = self.by_name.values().map(String::as_str).chain(always).collect();
        bases.sort_unstable();
        bases.dedup();
        bases
    }

    /// Base URL of one agent.
    #[must_use]
    pub fn of(&self, agent: &str) -> &str {
        self.by_name.get(agent).unwrap_or(&self.base)
    }
}

/// Calls agents. Cheap to share.
#[derive(Debug)]
pub struct AgentClient {
    http: Client<HttpConnector, Full<Bytes>>,
    /// In a topology of sockets.
    sockets: Option<AgentSockets>,
    addresses: AgentAddresses,
    breaker: config::Breaker,
    gates: Mutex<HashMap<String, Gate>>,
    /// Counts changes of breakers.
    changes: watch::Sender<u64>,
    /// Counts calls that begin or end.
    load: watch::Sender<u64>,
}

/// The way to one agent.
#[derive(Debug, Clone)]
struct Gate {
    breaker: Breaker,
    in_flight: Arc<AtomicUsize>,
}

/// How the way to one agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateState {
    /// What its breaker lets through.
    pub breaker: BreakerState,
    /// Calls under way.
    pub in_flight: usize,
    /// When an open breaker lets its next probe through.
    pub probes_at: Option<Instant>,
}

/// One call under way, told when it ends.
#[derive(Debug)]
struct InFlight {
    count: Arc<AtomicUsize>,
    load: watch::Sender<u64>,
}

impl InFlight {
    fn new(count: &Arc<AtomicUsize>, load: &watch::Sender<u64>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        load.send_modify(|count| *count += 1);
        Self { count: Arc::clone(count), load: load.clone() }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.load.send_modify(|count| *count += 1);
    }
}

impl AgentClient {
    /// A client without connections yet.
    #[must_use]
    pub fn new(config: &Config, addresses: AgentAddresses) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(config.timers.header_timeout));
        // An agent ends a connection that is silent for the header timeout. One that is reused just then would
        // fail a query, so it is given up well before.
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.timers.header_timeout / 2)
            .build(connector);
        let (changes, load) = (watch::Sender::new(0), watch::Sender::new(0));
        let link = LinkTimers::new(&config.timers);
        let sockets = (config.topology == Topology::Pure).then(|| AgentSockets::new(link, MAX_LINE_BYTES));
        let (breaker, gates) = (config.breaker.clone(), Mutex::default());
        Self { http, sockets, addresses, breaker, gates, changes, load }
    }

    /// Changes whenever a breaker does.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Changes whenever a call begins or ends.
    #[must_use]
    pub fn load(&self) -> watch::Receiver<u64> {
        self.load.subscribe()
    }

    /// How the way to an agent is.
    #[must_use]
    pub fn state(&self, agent: &str) -> GateState {
        let gate = self.gate(agent);
        GateState {
            breaker: gate.breaker.state(),
            in_flight: gate.in_flight.load(Ordering::Relaxed),
            probes_at: gate.breaker.probes_at(),
        }
    }

    /// State of each breaker that was used.
    #[must_use]
    pub fn breakers(&self) -> Vec<(String, BreakerState)> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.iter().map(|(agent, gate)| (agent.clone(), gate.breaker.state())).collect()
    }

    fn gate(&self, agent: &str) -> Gate {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(agent) {
            return gate.clone();
        }
        let breaker = Breaker::told(self.breaker.clone(), self.changes.clone());
        gates.entry(agent.to_owned()).or_insert(Gate { breaker, in_flight: Arc::default() }).clone()
    }

    /// Sends `body` to an agent; its answer is read from the call. Dropping the call ends the work.
    ///
    /// # Errors
    /// `CIRCUIT_OPEN`, `AGENT_UNAVAILABLE`, `QUERY_TIMEOUT` when no answer begins before `deadline`, or `INTERNAL` when the agent does not accept what we send.
    pub async fn call(&self, agent: &str, body: Bytes, deadline: Instant) -> Result<AgentCall, Failure> {
        let gate = self.gate(agent);
        let permit = gate.breaker.admit().map_err(|open| {
            let seconds = open.retry_after.as_secs_f64().ceil().max(1.0);
            Failure::new(Code::CircuitOpen, format!("the {agent} agent is not being called for now"))
                .with(json!({ "agent": agent, "retry_after": seconds as u64 }))
        })?;
        let in_flight = InFlight::new(&gate.in_flight, &self.load);
        if let Some(sockets) = &self.sockets {
            let url = self.addresses.socket(agent);
            return match timeout_at(deadline, sockets.call(&url, &body)).await {
                Ok(Ok(lines)) => Ok(AgentCall::new(agent, Source::Socket(lines), permit, in_flight)),
                Ok(Err(cause)) => {
                    permit.failure();
                    Err(unavailable(agent, &cause))
                }
                Err(_) => {
                    permit.failure();
                    Err(timeout(agent))
                }
            };
        }
        let response = match timeout_at(deadline, self.connected(agent, body)).await {
            Ok(Ok(response)) => response,
            Err(_) => {
                permit.failure();
                return Err(timeout(agent));
            }
            Ok(Err(failure)) => {
                permit.failure();
                return Err(failure);
            }
        };
        match response.status() {
            StatusCode::OK => {
                let source = Source::Http(Lines::new(response.into_body()));
                Ok(AgentCall::new(agent, source, permit, in_flight))
            }
            status if status.is_server_error() => {
                permit.failure();
                Err(unavailable(agent, &format_args!("it answered {status}")))
            }
            status => {
                permit.success();
                Err(Failure::internal(&format_args!("the {agent} agent answered {status}")))
            }
        }
    }

    /// Sends the request. Where no connection could be made nothing was sent, so that can be tried again; anything
    /// later can't, for the agent may have begun.
    async fn connected(&self, agent: &str, body: Bytes) -> Result<Response<Incoming>, Failure> {
        let mut pauses = CONNECT_PAUSES.iter();
        loop {
            let error = match self.http.request(self.request(agent, body.clone())?).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(pause) = pauses.next().filter(|_| error.is_connect()) else {
                return Err(unavailable(agent, &error));
            };
            tracing::debug!(agent, %error, "no connection, trying again");
            tokio::time::sleep(*pause).await;
        }
    }

    fn request(&self, agent: &str, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let uri: Uri = self.addresses.execute(agent).parse().map_err(|error| Failure::internal(&error))?;
        Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/x-ndjson")
            .body(Full::new(body))
            .map_err(|error| Failure::internal(&error))
    }
}

/// Says that an agent can't be had; the cause goes to the log.
fn unavailable(agent: &str, cause: &dyn std::fmt::Display) -> Failure {
    tracing::warn!(agent, %cause, "agent unavailable");
    Failure::new(Code::AgentUnavailable, format!("the {agent} agent can't be reached"))
        .with(json!({ "agent": agent }))
}

/// The answer of an agent while it comes.
#[derive(Debug)]
pub struct AgentCall {
    agent: String,
    source: Source,
    /// Settled at the last line.
    permit: Option<Permit>,
    _in_flight: InFlight,
}

/// Where the lines come from.
#[derive(Debug)]
enum Source {
    /// The body of an answer.
    Http(Lines),
    /// Messages of a WebSocket.
    Socket(SocketLines),
}

/// Why there is no further line.
enum Broken {
    TooLong,
    NoEnd,
    Lost(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong => formatter.write_str("line too long"),
            Self::NoEnd => formatter.write_str("the answer has no end"),
            Self::Lost(cause) => formatter.write_str(cause),
        }
    }
}

/// The lines of a body.
#[derive(Debug)]
struct Lines {
    body: Incoming,
    buffer: BytesMut,
    /// How far the buffer is known to have no line's end.
    scanned: usize,
}

impl Lines {
    fn new(body: Incoming) -> Self {
        Self { body, buffer: BytesMut::new(), scanned: 0 }
    }

    /// The next line that is not blank. Safe to drop while it waits: what was read stays in the buffer.
    async fn next(&mut self) -> Result<BytesMut, Broken> {
        loop {
            let end = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n');
            if let Some(end) = end {
                let line = self.buffer.split_to(self.scanned + end + 1);
                self.scanned = 0;
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return Ok(line);
            }
            self.scanned = self.buffer.len();
            if self.buffer.len() > MAX_LINE_BYTES {
                return Err(Broken::TooLong);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Err(Broken::Lost(error.to_string())),
                None if self.buffer.trim_ascii().is_empty() => return Err(Broken::NoEnd),
                None => return Ok(self.buffer.split()),
            }
        }
    }
}

impl AgentCall {
    fn new(agent: &str, source: Source, permit: Permit, in_flight: InFlight) -> Self {
        Self { agent: agent.to_owned(), source, permit: Some(permit), _in_flight: in_flight }
    }

    /// The next line. Safe to drop while it waits.
    ///
    /// # Errors
    /// `AGENT_UNAVAILABLE` when the answer breaks off or can't be read.
    pub async fn next(&mut self) -> Result<AgentLine, Failure> {
        match &mut self.source {
            Source::Http(lines) => match lines.next().await {
                Ok(line) => self.read(&line),
                Err(broken) => Err(self.broken(&broken)),
            },
            Source::Socket(lines) => match lines.next().await {
                Some(line) => self.read(line.get().as_bytes()),
                None => Err(self.broken(&"the connection was lost")),
            },
        }
    }

    fn read(&mut self, line: &[u8]) -> Result<AgentLine, Failure> {
        let line = AgentLine::read(line).map_err(|error| self.broken(&error))?;
        let last = matches!(line, AgentLine::Completed(_) | AgentLine::Failed(_));
        if let Some(permit) = self.permit.take_if(|_| last) {
            permit.success();
        }
        if let (Source::Socket(lines), true) = (&mut self.source, last) {
            lines.ended();
        }
        Ok(line)
    }

    fn broken(&mut self, cause: &dyn std::fmt::Display) -> Failure {
        if let Some(permit) = self.permit.take() {
            permit.failure();
        }
        unavailable(&self.agent, cause)
    }

    /// It took too long.
    pub fn timed_out(mut self) -> Failure {
        if let Some(permit) = self.permit.take() {
            permit.failure();
        }
        timeout(&self.agent)
    }
}

/// The failure of a call that took too long.
fn timeout(agent: &str) -> Failure {
    Failure::new(Code::QueryTimeout, format!("the {agent} agent took too long"))
        .with(json!({ "agent": agent }))
}
