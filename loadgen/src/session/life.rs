//! The session itself: how it begins, and what it keeps.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::Method;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenarios::Span;
use serde::Deserialize;
use tidegate_client::resume::ResumePoint;
use tokio::time::Instant;

use super::asked::Asked;
use super::recent::Recent;
use super::seat::Seat;
use super::side::{Kind, Side, Socket};
use super::slow::SlowReader;
use super::spread::Spread;
use super::{Schedule, Shared};
use crate::client::{Door, Handshake, LinkError, Opened, open, request};
use crate::measure::{Operation, Timing};

/// Index of the query socket in [`Session::sides`].
pub(super) const QUERY: usize = 0;

/// Further away than any run lasts: what has no due time is due then.
pub(super) const NEVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// One session of a run. Thousands live at once: what is rarely there is boxed.
pub(crate) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) seat: Arc<Seat>,
    pub(super) id: Box<str>,
    pub(super) sides: Box<[Side]>,
    pub(super) asked: Option<Box<Asked>>,
    /// When the next question is due.
    pub(super) schedule: Schedule,
    pub(super) last_beat: u64,
    pub(super) spread: Spread,
    pub(super) recent: Recent,
    /// The question answered last, which the next one may follow.
    pub(super) last_question: Option<usize>,
    /// How it reads, when not at once.
    pub(super) slow: Option<Box<SlowReader>>,
    /// When the subscription was asked for that has no answer yet.
    pub(super) subscribed_at: Option<Instant>,
    /// Number in the run, from 0.
    pub(super) number: u32,
    pub(super) questions: u32,
    draws: u32,
    /// False once a socket was given up.
    pub(super) alive: bool,
}

#[derive(Deserialize)]
struct Created {
    session_id: String,
}

/// The user that session `number` belongs to.
fn user(number: u32) -> String {
    format!("load-{number}")
}

impl Session {
    /// Makes session `number`: REST where the scenario wants it, query socket, progress sockets, each timed.
    ///
    /// # Errors
    /// The first step that failed; it is recorded already.
    pub(crate) async fn open(
        shared: Arc<Shared>,
        number: u32,
        seat: Arc<Seat>,
    ) -> Result<Box<Self>, LinkError> {
        let plan = &shared.scenario.sessions;
        let mut id = match plan.rest {
            true => Some(create(&shared, number).await?),
            false => None,
        };
        let now = Instant::now();
        let mut rng = ChaCha8Rng::seed_from_u64(shared.seed.wrapping_add(u64::from(number)));
        let mut sides = Vec::with_capacity(1 + plan.watchers as usize);
        let mut inboxes = Vec::new();
        for kind in std::iter::once(Kind::Query).chain((0..plan.watchers).map(Kind::Progress)) {
            let mut opened = first_open(&shared, number, id.as_deref(), kind).await?;
            let first_beat = now + first_beat(&shared, &mut rng);
            let mut side = Side::new(kind, &opened, Instant::now(), first_beat);
            inboxes.push(std::mem::take(&mut opened.inbox));
            side.socket = Socket::Up(opened.link);
            sides.push(side);
            id.get_or_insert(opened.session_id);
        }
        // Counted only now: an opening that is given up midway leaves nothing behind.
        shared.recorder.counters.sockets.fetch_add(sides.len() as u64, Relaxed);
        let schedule = first_question(&shared, &mut rng, now);
        let phases = shared.recorder.phases();
        shared.recorder.counters.session_up(Instant::now().saturating_duration_since(phases.start));
        let pace = shared.scenario.slow_readers.pace_of(u64::from(number));
        let slow = SlowReader::new(pace, sides.len());
        let mut session = Box::new(Self {
            shared,
            seat,
            id: id.unwrap_or_default().into(),
            sides: sides.into(),
            asked: None,
            schedule,
            last_beat: 0,
            spread: Spread::default(),
            recent: Recent::default(),
            last_question: None,
            slow,
            subscribed_at: None,
            number,
            questions: 0,
            draws: 0,
            alive: true,
        });
        for (side, inbox) in inboxes.into_iter().enumerate() {
            for text in inbox {
                session.hear(side, &text);
            }
        }
        session.subscribe();
        if session.shared.is_open() {
            session.shared.pool.join(number as usize, &session.seat);
        }
        Ok(session)
    }

    /// A random number generator for one decision. Its state is not kept: it would be a tenth of the session.
    pub(super) fn rng(&mut self) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.shared.seed.wrapping_add(u64::from(self.number)));
        self.draws += 1;
        rng.set_stream(u64::from(self.draws));
        rng
    }

    pub(super) fn drawn(&mut self, span: Span) -> Duration {
        let share = self.rng().random_range(0.0..=1.0);
        span.min + (span.max - span.min).mul_f64(share)
    }

    /// Begins to open `side` again, with resume, beside everything else.
    pub(super) fn reopen(&mut self, side: usize, now: Instant) {
        let shared = Arc::clone(&self.shared);
        let side = &mut self.sides[side];
        let resume = ResumePoint { epoch: side.ledger.epoch().to_owned(), offset: side.ledger.last_seen() };
        let door = door(side.kind, self.number, Some(&self.id), Some(resume));
        if let Some(recovery) = &mut side.recovery {
            recovery.begun.get_or_insert(now);
        }
        let patience = shared.scenario.patience.connect;
        side.socket = Socket::Opening(Box::pin(async move { open(&shared.target, &door, patience).await }));
    }
}

/// Sessions do not beat in step: each begins somewhere in its interval.
fn first_beat(shared: &Shared, rng: &mut ChaCha8Rng) -> Duration {
    let phase = rng.random_range(0.0..1.0);
    let plan = &shared.scenario.heartbeat;
    // In the open model heartbeats arrive where no questions do.
    let arrive = shared.is_open() && !shared.scenario.questions.enabled;
    if plan.enabled && !arrive { plan.interval.mul_f64(phase) } else { NEVER }
}

/// The first question comes somewhere in the first cycle after the ramp, so that sessions do not ask in step, and
/// what a connection costs by itself can be read off at the end of the ramp.
fn first_question(shared: &Shared, rng: &mut ChaCha8Rng, now: Instant) -> Schedule {
    let questions = &shared.scenario.questions;
    let cycle = questions.answer_budget + questions.think.mean();
    let first = now.max(shared.recorder.phases().ramped) + cycle.mul_f64(rng.random_range(0.0..1.0));
    let scheduled = questions.enabled && !shared.is_open();
    Schedule::new(if scheduled { first } else { now + NEVER }, questions.answer_budget)
}

impl Drop for Session {
    /// Gauges stay right, however a session ends.
    fn drop(&mut self) {
        self.seat.leave();
        let counters = &self.shared.recorder.counters;
        if self.alive {
            counters.session_down();
        }
        for side in &*self.sides {
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
async fn create(shared: &Shared, number: u32) -> Result<String, LinkError> {
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
    let timing = Timing::unscheduled(begun, Instant::now());
    match made {
        Ok(created) => {
            shared.recorder.success(Operation::SessionCreate, timing);
            Ok(created.session_id)
        }
        Err(error) => Err(failed(shared, Operation::SessionCreate, timing, error)),
    }
}

/// Opens one socket of a new session.
async fn first_open(shared: &Shared, number: u32, id: Option<&str>, kind: Kind) -> Result<Opened, LinkError> {
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
                    recorder.success(operation, Timing::unscheduled(from, from + length));
                    from += length;
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
            Err(failed(shared, operation, Timing::unscheduled(begun, Instant::now()), error))
        }
    }
}

/// Counts the messages of an opening; those of the inbox are counted when they are heard.
pub(super) fn count(shared: &Shared, opened: &Opened) {
    shared.recorder.counters.sent.fetch_add(opened.sent, Relaxed);
    shared.recorder.counters.received.fetch_add(opened.received, Relaxed);
}

fn failed(shared: &Shared, operation: Operation, timing: Timing, error: LinkError) -> LinkError {
    shared.open_failed(&error);
    let (code, text) = (error.code(), error.to_string());
    if matches!(error, LinkError::Timeout { .. }) {
        shared.recorder.given_up(operation, timing, &code, &text);
    } else {
        shared.recorder.failure(operation, timing.due, &code, &text);
    }
    error
}

/// The way in of one socket; without an `id` the handshake makes the session.
fn door(kind: Kind, number: u32, id: Option<&str>, resume: Option<ResumePoint>) -> Door {
    let user = user(number);
    let agent = format!("frontend_{user}");
    match kind {
        Kind::Query => Door::Query(Handshake {
            session_id: id.map(str::to_owned),
            user_id: Some(user),
            agent_id: Some(agent),
            resume,
        }),
        Kind::Progress(watcher) => {
            let watcher = if watcher == 0 { String::new() } else { watcher.to_string() };
            Door::Progress {
                session_id: id.unwrap_or_default().to_owned(),
                agent_id: Some(format!("{agent}_progress{watcher}")),
                resume,
            }
        }
    }
}
