//! What a check is given: the target, connections with a transcript, fresh ids, fair deadlines.

mod openings;
mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};

use crate::between::{Post, Posts};
use crate::flow::Script;
use crate::loss::{Line, Loss};
use crate::peer::{Stream, Transcript};
use crate::target::{OwnProcess, Target, Token};

use super::deadline::Deadline;
use super::raw::RawConnection;
use super::verdict::{ReasonCode, Step, Stop, Violation};

pub(crate) use openings::judge_response;

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
    posts: Option<Arc<Posts>>,
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
            posts: self.posts.clone(),
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
                posts: None,
            }),
        }
    }

    /// The same with the posts at which the target finds its next tier.
    pub(crate) fn behind(self, posts: Option<Posts>) -> Self {
        let Some(posts) = posts else { return self };
        posts.record(self.transcript());
        let inner = self.inner.beside(self.inner.target.clone());
        Self { inner: Arc::new(Inner { posts: Some(Arc::new(posts)), ..inner }) }
    }

    /// The post on the way to the tier called `name`: `mcp`, or an agent.
    pub(crate) fn post(&self, name: &str) -> Step<&Post> {
        let post = self.inner.posts.as_ref().and_then(|posts| posts.get(name));
        post.ok_or_else(|| Stop::Harness(format!("there is no post on the way to {name}")))
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

    /// The same check, speaking to the agent called `name`.
    pub fn agent(&self, name: &str) -> Step<Self> {
        let Some(target) = self.inner.target.agent(name) else {
            return Err(Stop::Harness(format!(
                "where the agent {name} is, is not known: say {name} in [agents] of the target file, or features.agents = \
                 false"
            )));
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

    /// Why a check ends that met no `feature`: `seen` tells what it met instead. Not applicable only where the target
    /// itself says in its file that it has none: what was merely not seen may be a fault, so that the check is not
    /// carried out.
    pub(crate) fn unseen(&self, feature: &str, seen: impl std::fmt::Display) -> Stop {
        let target = &self.inner.target;
        if target.has(feature) {
            return Stop::Harness(format!("{seen}; if that is meant so, say features.{feature} = false"));
        }
        Stop::NotApplicable(target.absence(feature))
    }

    /// Why a check ends whose target declines `feature` in the words of its protocol, as `said` tells: not applicable,
    /// but missing where the target's file says that it has it.
    pub(crate) fn declined(&self, feature: &str, said: impl std::fmt::Display) -> Stop {
        if !self.inner.target.declares(feature) {
            return Stop::NotApplicable(said.to_string());
        }
        let expected = format!("{feature}, which the target's file says it has");
        Violation::new(ReasonCode::Missing, expected, said.to_string()).into()
    }

    /// A TCP connection, nothing sent yet.
    pub async fn raw(&self) -> Step<RawConnection> {
        let name = self.connection_name("raw");
        let stream = self.connect().await?;
        Ok(RawConnection::new(name, stream, self.inner.transcript.clone()))
    }

    /// A connection for HTTP/2, nothing sent yet: by prior knowledge, or by ALPN where the target speaks TLS.
    pub(crate) async fn raw_for_http2(&self) -> Step<RawConnection> {
        let Some(tls) = self.inner.target.tls() else { return self.raw().await };
        let offer: &[&[u8]] = &[b"h2", b"http/1.1"];
        let tls = tls.offering(offer).map_err(|error| Stop::Harness(error.to_string()))?;
        let name = self.connection_name("raw");
        let stream = self.connect_to(&self.inner.target.secured(tls)).await?;
        if stream.alpn() != Some(b"h2") {
            let chosen = String::from_utf8_lossy(stream.alpn().unwrap_or(b"no protocol")).into_owned();
            return Err(self.declined("h2", format!("of h2 and http/1.1 the target's TLS chooses {chosen}")));
        }
        Ok(RawConnection::new(name, stream, self.inner.transcript.clone()))
    }

    /// A good token of `user`, where the target wants tokens.
    pub fn token_of(&self, user: &str) -> Option<String> {
        let auth = &self.inner.target.auth;
        let key = auth.key().filter(|_| auth.required)?;
        Some(Token::of(auth, user).claim("scope", EVERYTHING).signed(key))
    }

    /// A connection to the target.
    async fn connect(&self) -> Step<Stream> {
        self.connect_to(&self.inner.target).await
    }

    async fn connect_to(&self, target: &Target) -> Step<Stream> {
        let address = target.address();
        let limit = Duration::from_secs(5);
        match timeout(limit, target.connect()).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Stop::Harness(format!("can't connect to {address}: {error}"))),
            Err(_) => Err(Stop::Harness(format!("can't connect to {address} within {limit:?}"))),
        }
    }

    /// A name for the next connection in the transcript.
    fn connection_name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.inner.connections.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The current instant as the protocol writes it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
