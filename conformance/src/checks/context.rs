//! What a check is given: the target, connections with a transcript, fresh ids, fair deadlines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};

use crate::flow::Script;
use crate::loss::{Line, Loss};
use crate::peer::deflate::{InflateRules, judge_answer};
use crate::peer::{
    HttpFault, Link, LinkOptions, MAX_MESSAGE, Request, Response, Stream, Transcript, accept_value,
    random_key, read_response, upgrade_request,
};
use crate::target::{Door, OwnProcess, Target, Token};

use super::client::Peer;
use super::deadline::Deadline;
use super::event_stream::EventStream;
use super::raw::RawConnection;
use super::verdict::{ReasonCode, Step, Stop, fail};

/// Everything slower than this is late for an answer that needs no work (before scaling).
const SOON: Duration = Duration::from_millis(1_500);
/// Added to every limit: scheduling on a busy machine (before scaling).
const MARGIN: Duration = Duration::from_millis(150);
/// Round trips added to every limit.
const ROUND_TRIPS: u32 = 10;

/// Who checks are when it does not matter: the user of a handshake that names none.
pub const ANYBODY: &str = "anonymous";

/// Scopes that permit everything, where tokens have scopes.
const EVERYTHING: &str = "query command admin db:*";

/// How a run judges time.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Measured round trip to the target.
    pub round_trip: Duration,
    /// Factor on every limit, `--timing-scale`.
    pub scale: f64,
    /// Longest time of one check.
    pub limit: Duration,
}

/// What a check is given. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    check: &'static str,
    target: Target,
    pace: Pace,
    seed: u64,
    transcript: Transcript,
    connections: Arc<AtomicU64>,
    script: Option<Arc<Script>>,
    flow_steps: Option<u32>,
    process: Option<Arc<Mutex<OwnProcess>>>,
}

impl Inner {
    /// The same check with the same record at `target`.
    fn beside(&self, target: Target) -> Self {
        Self {
            check: self.check,
            target,
            pace: self.pace,
            seed: self.seed,
            transcript: self.transcript.clone(),
            connections: Arc::clone(&self.connections),
            script: self.script.clone(),
            flow_steps: self.flow_steps,
            process: self.process.clone(),
        }
    }
}

/// Makes session ids differ between all contexts of this process; a random part, between processes.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

impl Context {
    /// A context for one run of `check`.
    pub fn new(check: &'static str, target: Target, pace: Pace, seed: u64) -> Self {
        Self::with_process(check, target, pace, seed, None)
    }

    /// The same with a process that belongs to this check.
    pub fn with_process(
        check: &'static str,
        target: Target,
        pace: Pace,
        seed: u64,
        process: Option<OwnProcess>,
    ) -> Self {
        let process = process.map(|process| Arc::new(Mutex::new(process)));
        let transcript = Transcript::default();
        Self {
            inner: Arc::new(Inner {
                check,
                target,
                pace,
                seed,
                transcript,
                connections: Arc::default(),
                script: None,
                flow_steps: None,
                process,
            }),
        }
    }

    /// The process that belongs to this check alone.
    pub async fn process(&self) -> Step<MutexGuard<'_, OwnProcess>> {
        match &self.inner.process {
            Some(process) => Ok(process.lock().await),
            None => Err(Stop::Harness("there is no process that may be stopped".to_owned())),
        }
    }

    /// The same check, speaking to the target's MCP server.
    pub fn mcp(&self) -> Step<Self> {
        let Some(target) = self.inner.target.mcp_server() else {
            return Err(Stop::Harness(
                "where the target's MCP server is, is not known: say url in [mcp] of the target file, or \
                 features.mcp = false"
                    .to_owned(),
            ));
        };
        Ok(self.at(target))
    }

    /// The same with a script to be played instead of made ones, and a number of steps to be made.
    pub(crate) fn scripted(self, script: Option<Arc<Script>>, flow_steps: Option<u32>) -> Self {
        let Self { inner } = &self;
        Self { inner: Arc::new(Inner { script, flow_steps, ..inner.beside(inner.target.clone()) }) }
    }

    /// The same check at another target, such as behind a bad line.
    pub(crate) fn at(&self, target: Target) -> Self {
        Self { inner: Arc::new(self.inner.beside(target)) }
    }

    /// The same check with a record of its own, for one of several attempts.
    pub(crate) fn apart(&self) -> Self {
        let inner = self.inner.beside(self.inner.target.clone());
        Self { inner: Arc::new(Inner { transcript: Transcript::default(), ..inner }) }
    }

    /// The same behind a bad line.
    pub async fn through(&self, loss: Loss) -> Step<Line> {
        Line::open(self, loss).await
    }

    /// The script to be played, when an old run is played again.
    pub(crate) fn script(&self) -> Option<&Script> {
        self.inner.script.as_deref()
    }

    /// Steps that a check of made scripts is to make, when more than usual are asked for.
    pub(crate) fn flow_steps(&self) -> Option<u32> {
        self.inner.flow_steps
    }

    /// Id of the check.
    pub fn check(&self) -> &'static str {
        self.inner.check
    }

    /// The target.
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// The name of the check in its area: what stands behind the dot of its id.
    pub(crate) fn slug(&self) -> &'static str {
        self.inner.check.split_once('.').map_or(self.inner.check, |(_, slug)| slug)
    }

    /// The record of this check.
    pub fn transcript(&self) -> &Transcript {
        &self.inner.transcript
    }

    /// Writes a remark into the transcript.
    pub fn note(&self, text: &str) {
        self.inner.transcript.note("check", text);
    }

    /// How this run judges time.
    pub fn pace(&self) -> Pace {
        self.inner.pace
    }

    /// A generator that gives the same numbers for the same seed and check.
    pub fn rng(&self) -> ChaCha8Rng {
        let hash = self
            .inner
            .check
            .bytes()
            .fold(self.inner.seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        ChaCha8Rng::seed_from_u64(hash)
    }

    /// A session id nobody has used.
    pub fn fresh_session(&self) -> String {
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        format!("check_{:012x}_{number}", rand::random::<u64>() & 0xffff_ffff_ffff)
    }

    /// A limit of `time` from now: scaled, plus what the way and a busy machine take.
    pub fn within(&self, time: Duration) -> Deadline {
        let pace = &self.inner.pace;
        let limit = (time + MARGIN).mul_f64(pace.scale) + pace.round_trip * ROUND_TRIPS;
        Deadline::new(Instant::now(), limit, limit.max(Duration::from_millis(500)))
    }

    /// The limit for an answer that needs no work of the target.
    pub fn soon(&self) -> Deadline {
        self.within(SOON)
    }

    /// A length of time to wait for something that must not come: scaled only.
    pub fn quiet(&self, time: Duration) -> Duration {
        time.mul_f64(self.inner.pace.scale)
    }

    /// Ends the check as "not run" when `time` does not fit into a check's longest time: a target with
    /// long timers has to be started with scaled ones.
    pub fn affordable(&self, time: Duration) -> Step {
        let limit = self.inner.pace.limit;
        if time < limit {
            return Ok(());
        }
        Err(Stop::Harness(format!(
            "this takes {time:?} with the timers the target announces, a check may take {limit:?}: start the target with shorter timers"
        )))
    }

    /// A TCP connection, nothing sent yet.
    pub async fn raw(&self) -> Step<RawConnection> {
        let name = self.connection_name("raw");
        let stream = self.connect().await?;
        Ok(RawConnection::new(name, stream, self.inner.transcript.clone()))
    }

    /// The same as [`Context::http`] for a request that needs `time` of the target's work.
    pub async fn http_within(&self, request: Request, time: Duration) -> Step<Response> {
        self.http_by(request, self.within(time)).await
    }

    /// Sends a request on a connection of its own. `Host` and `Connection: close` are added unless
    /// the request has them.
    pub async fn http(&self, request: Request) -> Step<Response> {
        self.http_by(request, self.soon()).await
    }

    /// The same as `user`, where the target wants tokens.
    pub async fn http_of(&self, request: Request, user: &str) -> Step<Response> {
        let request = match self.token_of(user) {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        };
        self.http(request).await
    }

    /// The same without any token.
    pub async fn http_bare(&self, request: Request) -> Step<Response> {
        let request = request.header("Host", &self.inner.target.host()).header("Connection", "close");
        self.exchange("http", &request).await
    }

    async fn http_by(&self, request: Request, deadline: Deadline) -> Step<Response> {
        let mut request = request;
        for (name, value) in [("Host", self.inner.target.host()), ("Connection", "close".to_owned())] {
            if request.field(name).is_none() {
                request = request.header(name, &value);
            }
        }
        if let Some(token) = self.token_of(ANYBODY).filter(|_| request.field("Authorization").is_none()) {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        self.exchange_by("http", &request, deadline).await
    }

    /// Sends a request exactly as it is on a connection of its own.
    pub async fn exchange(&self, name: &str, request: &Request) -> Step<Response> {
        self.exchange_by(name, request, self.soon()).await
    }

    async fn exchange_by(&self, name: &str, request: &Request, deadline: Deadline) -> Step<Response> {
        let name = self.connection_name(name);
        let stream = self.connect().await?;
        let mut raw = RawConnection::new(name, stream, self.inner.transcript.clone());
        raw.send(&request.encode()).await;
        raw.response(deadline, request.method == "HEAD").await
    }

    /// Sends a request that must be answered with an event stream. `Host` is added unless it has it.
    pub async fn stream(&self, request: Request) -> Step<EventStream> {
        match self.stream_or_answer(request).await? {
            Ok(stream) => Ok(stream),
            Err(response) => {
                let actual = format!("{} {}: {}", response.status, response.reason, response.text());
                let code =
                    if response.status == 200 { ReasonCode::WrongValue } else { ReasonCode::WrongStatus };
                fail(code, "200 with an event stream", actual)
            }
        }
    }

    /// The same where another answer may come.
    pub async fn stream_or_answer(&self, request: Request) -> Step<Result<EventStream, Response>> {
        let mut request = request;
        if request.field("Host").is_none() {
            request = request.header("Host", &self.inner.target.host());
        }
        let name = self.connection_name("events");
        let mut raw = RawConnection::new(name, self.connect().await?, self.inner.transcript.clone());
        raw.send(&request.encode()).await;
        raw.stream(self.soon()).await
    }

    /// A correct upgrade request for `door`, to be spoilt; with a token of nobody in particular where the
    /// target wants tokens.
    pub fn upgrade_request(&self, door: &Door) -> Request {
        self.upgrade_request_of(door, ANYBODY)
    }

    /// The same with a token of `user`.
    pub fn upgrade_request_of(&self, door: &Door, user: &str) -> Request {
        let request = self.bare_upgrade_request(door);
        match self.token_of(user) {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }

    /// The same without any token.
    pub fn bare_upgrade_request(&self, door: &Door) -> Request {
        upgrade_request(&self.inner.target.path(door), &self.inner.target.host(), &random_key())
    }

    /// A good token of `user`, where the target wants tokens.
    pub fn token_of(&self, user: &str) -> Option<String> {
        let auth = &self.inner.target.auth;
        let key = auth.key().filter(|_| auth.required)?;
        Some(Token::of(auth, user).claim("scope", EVERYTHING).signed(key))
    }

    /// Sends an upgrade request that must be accepted with 101 and the right `Sec-WebSocket-Accept`.
    pub async fn upgrade(&self, request: &Request) -> Step<Peer> {
        self.upgrade_with(request, &[], LinkOptions::default()).await
    }

    /// The same with bytes sent right behind the request, in the same packet.
    pub async fn upgrade_with(&self, request: &Request, behind: &[u8], options: LinkOptions) -> Step<Peer> {
        let path = request.target.split('?').next().unwrap_or_default();
        let name = self.connection_name(path.rsplit('/').next().unwrap_or("peer"));
        let mut bytes = request.encode();
        let transcript = &self.inner.transcript;
        transcript.add(&name, crate::peer::Direction::Sent, "http", &String::from_utf8_lossy(&bytes), None);
        bytes.extend_from_slice(behind);
        let mut stream = self.connect().await?;
        let deadline = self.soon();
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
            return fail(ReasonCode::Closed, "101 Switching Protocols", "the end of the connection");
        }
        let mut rest = Vec::new();
        let found = read_response(&mut stream, &mut rest, deadline.end(), false).await;
        let response = judge_response(found, "101 Switching Protocols")?;
        let head = String::from_utf8_lossy(&response.encode()).into_owned();
        transcript.add(&name, crate::peer::Direction::Received, "http", &head, None);
        if response.status != 101 {
            let actual = format!("{} {}", response.status, response.reason);
            return fail(ReasonCode::WrongStatus, "101 Switching Protocols", actual);
        }
        if deadline.is_late(Instant::now()) {
            return fail(ReasonCode::Late, "101 Switching Protocols", deadline.elapsed(Instant::now()));
        }
        let expected = accept_value(request.field("Sec-WebSocket-Key").unwrap_or_default());
        match response.field("Sec-WebSocket-Accept") {
            Some(accept) if accept == expected => {}
            accept => {
                let expected = format!("Sec-WebSocket-Accept {expected:?}");
                return fail(ReasonCode::WrongValue, expected, format!("{accept:?}"));
            }
        }
        let options = LinkOptions { inflate: agreed(request, &response), ..options };
        Ok(Peer::new(Link::new(&name, stream, &rest, transcript.clone(), options), response))
    }

    /// Whether the upgrade opens: its first message is `connection_established`, anything else a refusal.
    pub async fn opens(&self, request: &Request) -> Step {
        let mut peer = self.upgrade(request).await?;
        let first = peer.next_json("connection_established", self.soon()).await?.value;
        super::verdict::ensure(
            super::field::name(&first) == "connection_established",
            ReasonCode::Refused,
            "connection_established",
            first,
        )
    }

    /// Opens `door` and takes the `connection_established` that must come first.
    pub async fn open(&self, door: Door) -> Step<Peer> {
        self.open_of(door, ANYBODY).await
    }

    /// The same as `user`, where the target wants tokens: a handshake that follows may name that user.
    pub async fn open_of(&self, door: Door, user: &str) -> Step<Peer> {
        self.open_by(&self.upgrade_request_of(&door, user)).await
    }

    /// The same with a request of one's own.
    pub async fn open_by(&self, request: &Request) -> Step<Peer> {
        let mut peer = self.upgrade(request).await?;
        let first = peer.next_json("connection_established", self.soon()).await?;
        super::field::equals(&first.value, "type", "connection_established")?;
        peer.greet(first.value);
        Ok(peer)
    }

    /// Opens `door` and joins `session` by handshake; gives the `connection_acknowledged` too.
    pub async fn join(&self, door: Door, session: &str) -> Step<(Peer, Value)> {
        self.join_with(door, session, json!({})).await
    }

    /// The same with further fields of the handshake, such as `agent_id` or `resume`.
    pub async fn join_with(&self, door: Door, session: &str, more: Value) -> Step<(Peer, Value)> {
        let typed = door.is_typed();
        let user = more.get("user_id").and_then(Value::as_str).unwrap_or(ANYBODY);
        let mut peer = self.open_of(door, user).await?;
        let mut handshake = json!({
            "type": "connection_handshake", "agent_id": "suite", "agent_type": "frontend",
            "session_id": session, "capabilities": ["query_processing", "real_time_updates", "heartbeat"],
        });
        if let (Some(handshake), Value::Object(more)) = (handshake.as_object_mut(), more) {
            handshake.extend(more);
            if typed {
                handshake.insert("timestamp".to_owned(), Value::from(now()));
            }
        }
        peer.send(&handshake).await;
        let answer = peer.expect_type("connection_acknowledged", self.soon()).await?;
        Ok((peer, answer.value))
    }

    async fn connect(&self) -> Step<Stream> {
        let address = self.inner.target.address();
        let limit = Duration::from_secs(5);
        match timeout(limit, self.inner.target.connect()).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Stop::Harness(format!("can't connect to {address}: {error}"))),
            Err(_) => Err(Stop::Harness(format!("can't connect to {address} within {limit:?}"))),
        }
    }

    fn connection_name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.inner.connections.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The current instant as the protocol writes it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// What was agreed about compressed messages of the target. An answer that does not fit the offer is for the
/// checks of the answer to judge.
fn agreed(request: &Request, response: &Response) -> Option<InflateRules> {
    let field = "Sec-WebSocket-Extensions";
    let agreement = judge_answer(request.values(field), response.values(field)).ok().flatten()?;
    Some(agreement.inflate_rules(MAX_MESSAGE as usize))
}

/// Turns what happened instead of a response into a violation.
pub(crate) fn judge_response(found: Result<Response, HttpFault>, expected: &str) -> Step<Response> {
    let fault = match found {
        Ok(response) => return Ok(response),
        Err(fault) => fault,
    };
    let code = match fault {
        HttpFault::Silent(_) => ReasonCode::Missing,
        HttpFault::Ended(_) => ReasonCode::Closed,
        HttpFault::HeadTooLarge(_) | HttpFault::BodyTooLarge(_) | HttpFault::Malformed(_) => {
            ReasonCode::Malformed
        }
    };
    fail(code, expected, fault.to_string())
}
