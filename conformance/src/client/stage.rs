//! What a case is written with: a listener, the client's process, and waits that end with a reason.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::checks::{Context, Deadline, ReasonCode, Step, Stop, fail, millis};
use crate::mutants::Proxy;

use super::contract::{self, Introduction};
use super::link::ServerLink;
use super::listener::{Listener, Visit};
use super::program::{ClientProgram, Fate, Process, Told};

/// Time for a process to start and to say that it is ready: interpreters take long on a busy machine, and nobody
/// asks how long.
const START: Duration = Duration::from_secs(15);
/// Time for a client to come, to answer, to tell: its own work, in any language.
const SOON: Duration = Duration::from_millis(2_500);

/// Where a case is played.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) cx: Context,
    program: ClientProgram,
    listener: Listener,
    proxy: Option<Proxy>,
    process: Option<Process>,
    heard: VecDeque<Told>,
    state: tempfile::TempDir,
    /// The longest that the client took to answer a message which it answers at once.
    pub(crate) quickness: Duration,
}

impl Stage {
    /// A listener; the client is not started yet.
    pub(crate) async fn open(cx: Context) -> Step<Self> {
        let Some(program) = cx.target().client.clone() else {
            return Err(Stop::Harness("no client is under test".to_owned()));
        };
        let harness = |error: std::io::Error| Stop::Harness(format!("can't listen: {error}"));
        let listener = Listener::start(cx.transcript()).await.map_err(harness)?;
        let proxy = match program.faults() {
            None => None,
            Some(between) => {
                let upstream = listener.address().to_string();
                Some(Proxy::start(upstream, between(), cx.pace().scale).await.map_err(harness)?)
            }
        };
        let state = tempfile::tempdir().map_err(harness)?;
        Ok(Self {
            cx,
            program,
            listener,
            proxy,
            process: None,
            heard: VecDeque::new(),
            state,
            quickness: Duration::ZERO,
        })
    }

    /// `host:port` that the client is told.
    pub(crate) fn authority(&self) -> String {
        let address = self.proxy.as_ref().map_or_else(|| self.listener.address(), Proxy::address);
        address.to_string()
    }

    /// Factor on the client's own times, in this run.
    pub(crate) fn time_scale(&self) -> f64 {
        if self.cx.target().has("time_scale") { self.program.time_scale() } else { 1.0 }
    }

    /// A time of the client's own, scaled.
    pub(crate) fn scaled(&self, time: Duration) -> Duration {
        time.mul_f64(self.time_scale())
    }

    /// Plays the case at this scale at least, where the client can: what the machine adds to a wait counts for less
    /// then. Where time limits are multiplied, so is the scale.
    pub(crate) fn rescale(&mut self, least: f64) {
        let scale = (least * self.cx.pace().scale.max(1.0)).max(self.program.time_scale());
        self.program = self.program.clone().scaled(scale);
    }

    /// Starts the client with `TIDEGATE_URL` at `path`, and waits until it is ready.
    pub(crate) async fn start(&mut self, path: &str) -> Step<Introduction> {
        let url = format!("ws://{}{path}", self.authority());
        self.start_with(&[(contract::URL, url)]).await
    }

    /// Starts the client with `variables`, and waits until it is ready. A client that runs already is ended first.
    pub(crate) async fn start_with(&mut self, variables: &[(&str, String)]) -> Step<Introduction> {
        self.process = None;
        self.heard.clear();
        let started = self.program.start(self.cx.check(), variables, self.state.path(), self.cx.transcript());
        self.process = Some(started.map_err(|error| Stop::Harness(error.to_string()))?);
        let patience = Deadline::new(Instant::now(), self.cx.quiet(START), Duration::from_millis(500));
        let ready = self.event("ready", patience).await?;
        Introduction::read(&ready.value)
            .or_else(|expected| fail(ReasonCode::WrongValue, expected, ready.value.to_string()))
    }

    /// Tells the client what its user does.
    pub(crate) async fn tell(&mut self, action: Value) {
        if let Some(process) = &mut self.process {
            process.tell(&action).await;
        }
    }

    /// The client's user leaves: its standard input ends.
    pub(crate) fn leave(&mut self) {
        if let Some(process) = &mut self.process {
            process.leave();
        }
    }

    /// The limit for what a client does at once.
    pub(crate) fn soon(&self) -> Deadline {
        self.cx.within(SOON)
    }

    /// The limit for the first connection: a program loads what it connects with when it is needed.
    pub(crate) fn first(&self) -> Deadline {
        self.cx.within(START)
    }

    /// The next event called `name`; others stay for later.
    pub(crate) async fn event(&mut self, name: &str, deadline: Deadline) -> Step<Told> {
        self.event_with(&format!("the event {name}"), deadline, |value| is(value, name)).await
    }

    /// The next event that `wanted` likes; others stay for later.
    pub(crate) async fn event_with(
        &mut self,
        what: &str,
        deadline: Deadline,
        wanted: impl Fn(&Value) -> bool,
    ) -> Step<Told> {
        let expected = || format!("{what} within {}", millis(deadline.limit()));
        if let Some(at) = self.heard.iter().position(|told| wanted(&told.value))
            && let Some(told) = self.heard.remove(at)
        {
            return Ok(told);
        }
        loop {
            let Some(process) = &mut self.process else {
                return Err(Stop::Harness("the client was not started".to_owned()));
            };
            let mut fate = process.fate.clone();
            let next = async {
                tokio::select! {
                    biased;
                    told = process.events.recv() => told,
                    _ = gone(&mut fate) => None,
                }
            };
            match timeout_at(deadline.end(), next).await {
                Err(_) => return fail(ReasonCode::Missing, expected(), "nothing of the kind"),
                Ok(None) => return self.fate(&expected()).await,
                Ok(Some(told)) if !wanted(&told.value) => self.heard.push_back(told),
                Ok(Some(told)) if deadline.is_late(told.at) => {
                    return fail(ReasonCode::Late, expected(), deadline.elapsed(told.at));
                }
                Ok(Some(told)) => return Ok(told),
            }
        }
    }

    /// What the client told so far and nobody took, `name` only.
    pub(crate) fn told(&mut self, name: &str) -> Vec<Value> {
        self.gather();
        self.heard.iter().filter(|told| is(&told.value, name)).map(|told| told.value.clone()).collect()
    }

    /// Takes what the client has told since.
    fn gather(&mut self) {
        if let Some(process) = &mut self.process {
            while let Ok(told) = process.events.try_recv() {
                self.heard.push_back(told);
            }
        }
    }

    /// Whether the client has told something that `wanted` likes and nobody took.
    pub(crate) fn has_told(&mut self, wanted: impl Fn(&Value) -> bool) -> bool {
        self.gather();
        self.heard.iter().any(|told| wanted(&told.value))
    }

    /// The next connection that says something.
    pub(crate) async fn visit(&mut self, what: &str, deadline: Deadline) -> Step<Visit> {
        self.visit_with(what, deadline, |_| true).await
    }

    /// The next request that asks for no WebSocket; attempts to have one are cut.
    pub(crate) async fn request(&mut self, what: &str, deadline: Deadline) -> Step<Visit> {
        self.visit_with(what, deadline, |visit| !visit.is_upgrade()).await
    }

    async fn visit_with(
        &mut self,
        what: &str,
        deadline: Deadline,
        wanted: impl Fn(&Visit) -> bool,
    ) -> Step<Visit> {
        let expected = format!("{what} within {}", millis(deadline.limit()));
        loop {
            match self.visitor(&expected, deadline.end()).await? {
                None => return fail(ReasonCode::Missing, expected, "no connection"),
                Some(visit) if !wanted(&visit) => {
                    visit.cut();
                }
                Some(visit) if deadline.is_late(visit.at) => {
                    return fail(ReasonCode::Late, expected, deadline.elapsed(visit.at));
                }
                Some(visit) => return Ok(visit),
            }
        }
    }

    /// The next connection until `end`; `None` when nobody came. A client that is gone has not stayed away.
    pub(crate) async fn visitor(&mut self, expected: &str, end: Instant) -> Step<Option<Visit>> {
        let mut fate = match &self.process {
            Some(process) => process.fate.clone(),
            None => return Err(Stop::Harness("the client was not started".to_owned())),
        };
        let visits = &mut self.listener.visits;
        let next = async {
            tokio::select! {
                biased;
                visit = visits.recv() => visit,
                () = gone(&mut fate) => None,
            }
        };
        match timeout_at(end, next).await {
            Err(_) => Ok(None),
            Ok(Some(visit)) => Ok(Some(visit)),
            Ok(None) => self.fate(expected).await,
        }
    }

    /// The next connection, which must ask for a WebSocket.
    pub(crate) async fn upgrade(&mut self) -> Step<Visit> {
        self.upgrade_by(self.soon()).await
    }

    /// The next connection until `deadline`, which must ask for a WebSocket.
    pub(crate) async fn upgrade_by(&mut self, deadline: Deadline) -> Step<Visit> {
        let visit = self.visit("a WebSocket upgrade", deadline).await?;
        if visit.is_upgrade() {
            return Ok(visit);
        }
        let request = &visit.request;
        let came = match request.method.as_str() {
            "" => format!("{} octets that are no request of HTTP", visit.behind.len()),
            method => format!("{method} {} without Upgrade: websocket", request.target),
        };
        fail(ReasonCode::Unexpected, "a WebSocket upgrade", came)
    }

    /// No connection that asks for a WebSocket comes for `time`, from a client that runs; other requests are
    /// answered with 404.
    pub(crate) async fn no_upgrade(&mut self, why: &str, time: Duration) -> Step {
        let end = Instant::now() + self.cx.quiet(time);
        while let Some(visit) = self.visitor(why, end).await? {
            if visit.is_upgrade() {
                return fail(ReasonCode::Unexpected, why, "another WebSocket upgrade");
            }
            visit.answer_json(404, &json!({"type": "error", "code": "NOT_FOUND", "message": "none"})).await;
        }
        Ok(())
    }

    /// Waits for something on `link` as long as the client lives.
    pub(crate) async fn while_alive<T>(&mut self, doing: impl Future<Output = Step<T>>) -> Step<T> {
        let fate = self.process.as_ref().map(|process| process.fate.clone());
        let Some(mut fate) = fate else { return doing.await };
        tokio::pin!(doing);
        tokio::select! {
            biased;
            done = &mut doing => done,
            () = gone(&mut fate) => {
                // What it sent before its end is still on its way.
                match tokio::time::timeout(Duration::from_millis(500), doing).await {
                    Ok(done @ Ok(_)) => done,
                    _ => self.fate("a client that runs").await,
                }
            }
        }
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(&mut self, deadline: Deadline) -> Step<String> {
        let expected = format!("the end of the program within {}", millis(deadline.limit()));
        let Some(process) = &mut self.process else { return Ok(String::new()) };
        match timeout_at(deadline.end(), gone(&mut process.fate)).await {
            Err(_) => fail(ReasonCode::Missing, expected, "a program that still runs"),
            Ok(()) => Ok(match &*process.fate.borrow() {
                Fate::Ended(how) | Fate::Floods(how) => how.clone(),
                Fate::Running => String::new(),
            }),
        }
    }

    /// The violation of a client that is gone.
    async fn fate<T>(&mut self, expected: &str) -> Step<T> {
        if let Some(process) = &mut self.process {
            // Its output ends a moment before its end is known.
            let _ = tokio::time::timeout(Duration::from_secs(1), gone(&mut process.fate)).await;
            let fate = process.fate.borrow().clone();
            match fate {
                Fate::Floods(how) => return fail(ReasonCode::Unexpected, expected, how),
                Fate::Ended(how) => {
                    return fail(ReasonCode::Closed, expected, format!("the client ended ({how})"));
                }
                Fate::Running => {}
            }
        }
        fail(ReasonCode::Closed, expected, "the client closed its standard output")
    }

    /// Starts the client, has it echo, and accepts its connection.
    pub(crate) async fn echo(&mut self) -> Step<ServerLink> {
        let visit = self.echo_visit().await?;
        Ok(visit.accept().await)
    }

    /// Starts the client, has it echo, and waits for its request.
    pub(crate) async fn echo_visit(&mut self) -> Step<Visit> {
        self.visit_of(json!({"do": "echo"})).await
    }

    /// The same of a client that is to offer permessage-deflate with these parameters.
    pub(crate) async fn echo_visit_offering(&mut self, parameters: &str) -> Step<Visit> {
        self.visit_of(json!({"do": "echo", "offer": parameters})).await
    }

    async fn visit_of(&mut self, action: Value) -> Step<Visit> {
        self.start("/ws/echo").await?;
        self.tell(action).await;
        self.upgrade_by(self.first()).await
    }
}

/// Returns when the process no longer runs, or floods.
async fn gone(fate: &mut watch::Receiver<Fate>) {
    // Without a sender its task is gone, and so is the process.
    let _ = fate.wait_for(|fate| *fate != Fate::Running).await;
}

fn is(value: &Value, name: &str) -> bool {
    value.get("event").and_then(Value::as_str) == Some(name)
}
