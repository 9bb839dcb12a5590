//! The session itself: how it begins, and what it keeps.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::Method;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenarios::Span;
use serde::Deserialize;
use tokio::time::{Instant, Sleep};

use super::asked::Asked;
use super::side::{Kind, Side, Socket};
use super::{Schedule, Shared};
use crate::client::{Door, Handshake, LinkError, Opened, ResumePoint, open, request};
use crate::measure::{Operation, Timing};

/// Index of the query socket in [`Session::sides`].
pub(super) const QUERY: usize = 0;

/// One session of a run.
pub(crate) struct Session {
    pub(super) shared: Arc<Shared>,
    /// Number in the run, from 0.
    pub(super) number: usize,
    pub(super) id: Box<str>,
    pub(super) sides: [Side; 2],
    pub(super) asked: Option<Asked>,
    /// When the next question is due.
    pub(super) schedule: Schedule,
    pub(super) questions: u32,
    pub(super) last_beat: u64,
    pub(super) rng: ChaCha8Rng,
    pub(super) timer: Pin<Box<Sleep>>,
    /// Which socket is polled first: they take turns.
    pub(super) turn: bool,
    /// False once a socket was given up.
    pub(super) alive: bool,
}

#[derive(Deserialize)]
struct Created {
    session_id: String,
}

/// The user that session `number` belongs to.
fn user(number: usize) -> String {
    format!("load-{number}")
}

impl Session {
    /// Makes session `number`: REST, query socket, progress socket, each timed.
    ///
    /// # Errors
    /// The first step that failed; it is recorded already.
    pub(crate) async fn open(shared: Arc<Shared>, number: usize) -> Result<Box<Self>, LinkError> {
        let id = create(&shared, number).await?;
        let now = Instant::now();
        let mut rng = ChaCha8Rng::seed_from_u64(shared.seed.wrapping_add(number as u64));
        let mut sides = Vec::with_capacity(2);
        let mut inboxes = Vec::new();
        for kind in [Kind::Query, Kind::Progress] {
            let mut opened = first_open(&shared, number, &id, kind).await?;
            let phase = rng.random_range(0.0..1.0);
            let first_beat = now + shared.scenario.heartbeat.interval.mul_f64(phase);
            let mut side = Side::new(kind, &opened, Instant::now(), first_beat);
            inboxes.push(std::mem::take(&mut opened.inbox));
            shared.recorder.counters.sockets.fetch_add(1, Relaxed);
            side.socket = Socket::Up(opened.link);
            sides.push(side);
        }
        let Ok(sides) = <[Side; 2]>::try_from(sides) else { unreachable!("two kinds make two sides") };
        // The first question comes somewhere in the first cycle after the ramp, so that sessions do not ask in
        // step, and what a connection costs by itself can be read off at the end of the ramp.
        let questions = &shared.scenario.questions;
        let cycle = questions.answer_budget + questions.think.mean();
        let first = now.max(shared.recorder.phases().ramped) + cycle.mul_f64(rng.random_range(0.0..1.0));
        let schedule = Schedule::new(first, questions.answer_budget);
        shared.recorder.counters.session_up();
        let mut session = Box::new(Self {
            shared,
            number,
            id: id.into(),
            sides,
            asked: None,
            schedule,
            questions: 0,
            last_beat: 0,
            rng,
            timer: Box::pin(tokio::time::sleep_until(now)),
            turn: false,
            alive: true,
        });
        for (side, inbox) in inboxes.into_iter().enumerate() {
            for text in inbox {
                session.hear(side, &text);
            }
        }
        Ok(session)
    }

    /// What it shares with the others.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub(super) fn drawn(&mut self, span: Span) -> Duration {
        let share = self.rng.random_range(0.0..=1.0);
        span.min + (span.max - span.min).mul_f64(share)
    }

    /// Begins to open `side` again, with resume, beside everything else.
    pub(super) fn reopen(&mut self, side: usize, now: Instant) {
        let shared = Arc::clone(&self.shared);
        let side = &mut self.sides[side];
        let resume = ResumePoint { epoch: side.ledger.epoch().to_owned(), offset: side.ledger.last_seen() };
        let door = door(side.kind, self.number, &self.id, Some(resume));
        if let Some(recovery) = &mut side.recovery {
            recovery.begun.get_or_insert(now);
        }
        let patience = shared.scenario.patience.connect;
        side.socket = Socket::Opening(Box::pin(async move { open(&shared.target, &door, patience).await }));
    }
}

impl Drop for Session {
    /// Gauges stay right, however a session ends.
    fn drop(&mut self) {
        let counters = &self.shared.recorder.counters;
        if self.alive {
            counters.session_down();
        }
        for side in &self.sides {
            if side.is_up() {
                counters.sockets.fetch_sub(1, Relaxed);
            }
        }
        if let Some(asked) = &self.asked {
            counters.in_flight.fetch_sub(1, Relaxed);
            self.shared.flow.query(asked.begun, Instant::now());
        }
    }
}

/// `POST /api/sessions`.
async fn create(shared: &Shared, number: usize) -> Result<String, LinkError> {
    let begun = Instant::now();
    let body = format!(r#"{{"user_id":"{}"}}"#, user(number));
    let patience = shared.scenario.patience.request;
    let made = request(&shared.target, Method::POST, "/api/sessions", Some(body), patience).await.and_then(
        |answer| match answer.status {
            200 | 201 => serde_json::from_slice::<Created>(&answer.body)
                .map_err(|error| LinkError::Unreadable(format!("POST /api/sessions: {error}"))),
            _ => Err(answer.into_error()),
        },
    );
    let timing = Timing { due: begun, begun, done: Instant::now() };
    match made {
        Ok(created) => {
            shared.recorder.success(number, Operation::SessionCreate, timing);
            Ok(created.session_id)
        }
        Err(error) => Err(failed(shared, number, Operation::SessionCreate, timing, error)),
    }
}

/// Opens one socket of a new session.
async fn first_open(shared: &Shared, number: usize, id: &str, kind: Kind) -> Result<Opened, LinkError> {
    let begun = Instant::now();
    let door = door(kind, number, id, None);
    match open(&shared.target, &door, shared.scenario.patience.connect).await {
        Ok(opened) => {
            let recorder = &shared.recorder;
            let times = opened.times;
            let mut from = begun;
            let steps = [
                (Operation::Connect, Some(times.connect)),
                (Operation::Upgrade, Some(times.upgrade)),
                (Operation::Handshake, times.handshake),
            ];
            for (operation, length) in steps {
                if let Some(length) = length {
                    let timing = Timing { due: from, begun: from, done: from + length };
                    recorder.success(number, operation, timing);
                    from = timing.done;
                }
            }
            count(shared, &opened);
            Ok(opened)
        }
        Err(error) => {
            let operation = match error {
                LinkError::Connect { .. } => Operation::Connect,
                _ => Operation::Upgrade,
            };
            let timing = Timing { due: begun, begun, done: Instant::now() };
            Err(failed(shared, number, operation, timing, error))
        }
    }
}

/// Counts the messages of an opening; those of the inbox are counted when they are heard.
pub(super) fn count(shared: &Shared, opened: &Opened) {
    shared.recorder.counters.sent.fetch_add(opened.sent, Relaxed);
    shared.recorder.counters.received.fetch_add(opened.received, Relaxed);
}

fn failed(
    shared: &Shared,
    number: usize,
    operation: Operation,
    timing: Timing,
    error: LinkError,
) -> LinkError {
    shared.open_failed(&error);
    let (code, text) = (error.code(), error.to_string());
    if matches!(error, LinkError::Timeout { .. }) {
        shared.recorder.given_up(number, operation, timing, &code, &text);
    } else {
        shared.recorder.failure(number, operation, timing.due, &code, &text);
    }
    error
}

fn door(kind: Kind, number: usize, id: &str, resume: Option<ResumePoint>) -> Door {
    let user = user(number);
    let agent = format!("frontend_{user}_{id}");
    match kind {
        Kind::Query => Door::Query(Handshake {
            session_id: Some(id.to_owned()),
            user_id: Some(user),
            agent_id: Some(agent),
            resume,
        }),
        Kind::Progress => {
            Door::Progress { session_id: id.to_owned(), agent_id: Some(format!("{agent}_progress")), resume }
        }
    }
}
