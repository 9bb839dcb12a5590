//! The life of a generic session: it begins, plays its iterations, comes back after a loss, ends.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rand::Rng as _;
use tidegate_client::backoff::Backoff;
use tidegate_client::retry::Retry;
use tokio::time::Instant;

use super::hands::Hands;
use super::playbook::Playbook;
use super::trouble::Trouble;
use crate::client::LinkError;
use crate::measure::{Operation, Timing};
use crate::session::{Arrival, Schedule, Seat, Shared};

/// Further away than any run lasts.
const NEVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// What reaches a session from outside.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    leaving: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    arrivals: VecDeque<Arrival>,
    /// It can take an arrival.
    ready: bool,
    /// It stands among the free ones.
    offered: bool,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True when the session shall end.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Relaxed)
    }
}

/// A generic session in its seat.
pub(crate) struct Player {
    living: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    inbox: Arc<Inbox>,
    shared: Arc<Shared>,
    /// When it is ended, whatever it is doing.
    last: Option<Instant>,
}

impl Player {
    /// Session `number`, which begins when it is polled.
    pub(crate) fn new(shared: &Arc<Shared>, book: &Arc<Playbook>, number: u32, seat: &Arc<Seat>) -> Self {
        let inbox = Arc::new(Inbox::default());
        let life = Life {
            hands: Hands::new(shared, book, &inbox, number),
            shared: Arc::clone(shared),
            book: Arc::clone(book),
            seat: Arc::clone(seat),
            inbox: Arc::clone(&inbox),
            attempts: 0,
            iterations: 0,
            up_since: Instant::now(),
            gauges: Gauges::idle(shared),
        };
        Self { living: Some(Box::pin(life.live())), inbox, shared: Arc::clone(shared), last: None }
    }

    /// Goes on as far as it can; ready when the session is over.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.shared.is_abandoned() {
            self.living = None;
        }
        let Some(living) = &mut self.living else { return Poll::Ready(()) };
        let lived = living.as_mut().poll(context);
        if lived.is_ready() {
            self.living = None;
        }
        lived
    }

    /// Takes an arrival; one that can't be played is dropped, and counted.
    pub(crate) fn arrive(&self, arrival: Arrival) {
        let mut waiting = self.inbox.lock();
        waiting.offered = false;
        if waiting.ready {
            waiting.arrivals.push_back(arrival);
        } else {
            drop(waiting);
            self.shared.drop_arrival(arrival.due);
        }
    }

    /// It shall end; what it is doing may take a while still.
    pub(crate) fn leave(&mut self, grace: Duration) {
        self.inbox.leaving.store(true, Relaxed);
        self.last = Some(Instant::now() + grace);
    }

    /// When it wants to be looked at though nothing happened.
    pub(crate) fn last(&self) -> Option<Instant> {
        self.last
    }

    /// Ends it where it stands when its time is over.
    pub(crate) fn end_if_overdue(&mut self, now: Instant) {
        if self.last.is_some_and(|last| last <= now) && self.living.take().is_some() {
            let recorder = &self.shared.recorder;
            recorder.note("unfinished", "a session did not come to its end in time and was cut off");
        }
    }
}

/// The gauges that a session holds up; given back however it ends.
struct Gauges {
    shared: Arc<Shared>,
    /// It was up once and is not lost.
    alive: bool,
    /// It is up now.
    present: bool,
    /// The iteration that is going on.
    playing: Option<Instant>,
}

impl Gauges {
    fn idle(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), alive: false, present: false, playing: None }
    }

    fn up(&mut self) {
        let recorder = &self.shared.recorder;
        if !std::mem::replace(&mut self.alive, true) {
            let after = Instant::now().saturating_duration_since(recorder.phases().start);
            recorder.counters.session_up(after);
        }
        if !std::mem::replace(&mut self.present, true) {
            recorder.counters.sockets.fetch_add(1, Relaxed);
        }
    }

    fn down(&mut self) {
        if std::mem::replace(&mut self.present, false) {
            self.shared.recorder.counters.sockets.fetch_sub(1, Relaxed);
        }
    }

    fn begin(&mut self, now: Instant) {
        self.shared.recorder.counters.in_flight.fetch_add(1, Relaxed);
        self.playing = Some(now);
    }

    fn end(&mut self) {
        if let Some(begun) = self.playing.take() {
            self.shared.recorder.counters.in_flight.fetch_sub(1, Relaxed);
            self.shared.flow.query(begun, Instant::now());
        }
    }
}

impl Drop for Gauges {
    fn drop(&mut self) {
        self.end();
        self.down();
        if self.alive {
            self.shared.recorder.counters.session_down();
        }
    }
}

/// How the iterations came to an end.
enum Out {
    /// The session shall end.
    Left,
    /// It has to begin anew.
    Broken(Trouble),
}

struct Life {
    hands: Hands,
    shared: Arc<Shared>,
    book: Arc<Playbook>,
    seat: Arc<Seat>,
    inbox: Arc<Inbox>,
    /// Failures since the last thing that went well.
    attempts: u32,
    iterations: u64,
    up_since: Instant,
    gauges: Gauges,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.seat.leave();
        let waiting = std::mem::take(&mut *self.inbox.lock());
        for arrival in waiting.arrivals {
            self.shared.drop_arrival(arrival.due);
        }
    }
}

impl Life {
    async fn live(mut self) {
        let mut schedule: Option<Schedule> = None;
        loop {
            let begun = self.begin().await;
            let trouble = match begun {
                Ok(()) => {
                    self.gauges.up();
                    self.up_since = Instant::now();
                    let mut own = schedule.take().unwrap_or_else(|| self.first_schedule());
                    let out = self.iterate(&mut own).await;
                    schedule = Some(own);
                    match out {
                        Out::Left => break,
                        Out::Broken(trouble) => {
                            self.shared.breaks.fetch_add(1, Relaxed);
                            trouble
                        }
                    }
                }
                Err(Trouble::Cut) => return,
                Err(trouble) => trouble,
            };
            self.inbox.lock().ready = false;
            self.gauges.down();
            if !self.come_back(&trouble).await {
                return;
            }
        }
        self.end().await;
    }

    async fn begin(&mut self) -> Result<(), Trouble> {
        let book = Arc::clone(&self.book);
        self.hands.let_go();
        self.hands.play(&book.script.begin).await
    }

    /// Waits before the next attempt; false when there is none left, or the session shall end.
    async fn come_back(&mut self, trouble: &Trouble) -> bool {
        let error = match trouble {
            Trouble::Broken(error) => Some(error),
            _ => None,
        };
        if let Some(error) = error {
            self.shared.open_failed(error);
        }
        let for_good = self.iterations == 0 && error.is_some_and(|error| error.retry() == Retry::Never);
        self.attempts += 1;
        let chance = self.hands.values.rng().random_range(0.0..1.0);
        let pause = Backoff::default().before(self.attempts, chance).filter(|_| !for_good);
        let Some(pause) = pause else {
            if self.gauges.alive {
                self.shared.lost_sessions.fetch_add(1, Relaxed);
            }
            return false;
        };
        let pause = pause.max(error.map_or(Duration::ZERO, LinkError::no_earlier));
        // Nothing new is begun once the run ends.
        matches!(self.hands.rest(Instant::now() + pause).await, Ok(false))
            && self.shared.is_asking(Instant::now())
    }

    /// Sessions do not begin in step: the first iteration is due somewhere in the first cycle after the ramp.
    fn first_schedule(&mut self) -> Schedule {
        let pace = &self.shared.scenario.pace;
        let cycle = pace.every + pace.think.mean();
        let share = self.hands.values.rng().random_range(0.0..1.0);
        let first = Instant::now().max(self.shared.recorder.phases().ramped) + cycle.mul_f64(share);
        Schedule::new(first, pace.every)
    }

    async fn iterate(&mut self, schedule: &mut Schedule) -> Out {
        if self.shared.is_open() {
            self.iterate_as_they_arrive().await
        } else {
            self.iterate_at_pace(schedule).await
        }
    }

    async fn iterate_at_pace(&mut self, schedule: &mut Schedule) -> Out {
        let most = self.shared.scenario.pace.iterations;
        let drain = self.shared.recorder.phases().drain;
        loop {
            let through = most > 0 && self.iterations >= most;
            let due =
                if through || schedule.due() >= drain { Instant::now() + NEVER } else { schedule.due() };
            match self.hands.rest(due).await {
                Ok(false) => {}
                Ok(true) | Err(_) => return Out::Left,
            }
            if !self.shared.is_asking(Instant::now()) {
                return self.wait_to_leave().await;
            }
            let think = self.shared.scenario.pace.think;
            let due = schedule.take(think.draw(self.hands.values.rng()));
            let own = schedule.own_since(due).max(self.up_since);
            let played = self.iteration(due, own).await;
            schedule.freed(Instant::now());
            if let Some(out) = played {
                return out;
            }
        }
    }

    async fn iterate_as_they_arrive(&mut self) -> Out {
        self.inbox.lock().ready = true;
        loop {
            self.offer();
            let inbox = Arc::clone(&self.inbox);
            let next =
                self.hands.until(Instant::now() + NEVER, move |hands| match hands.inbox.is_leaving() {
                    true => Some(None),
                    false => inbox.lock().arrivals.pop_front().map(Some),
                });
            let Ok(Some(Some(arrival))) = next.await else { return Out::Left };
            if !self.shared.is_asking(Instant::now()) {
                self.shared.drop_arrival(arrival.due);
                return self.wait_to_leave().await;
            }
            if let Some(out) = self.iteration(arrival.due, arrival.due).await {
                return out;
            }
        }
    }

    /// Says that the next arrival may come here, unless that was said already.
    fn offer(&self) {
        let mut waiting = self.inbox.lock();
        if !std::mem::replace(&mut waiting.offered, true) {
            drop(waiting);
            self.shared.pool.free(&self.seat);
        }
    }

    async fn wait_to_leave(&mut self) -> Out {
        // Its connections stay open until its turn to go.
        let _ = self.hands.rest(Instant::now() + NEVER).await;
        Out::Left
    }

    /// Plays one iteration that was due at `due`; from `own` on the generator alone is to blame for lateness.
    async fn iteration(&mut self, due: Instant, own: Instant) -> Option<Out> {
        let begun = Instant::now();
        self.shared.recorder.success(Operation::SendLag, Timing::unscheduled(own, begun));
        self.hands.started = begun;
        self.hands.lateness = begun.saturating_duration_since(due);
        self.hands.values.iteration = self.iterations;
        if self.iterations > 0 {
            self.hands.values.pick_rows();
        }
        self.iterations += 1;
        self.gauges.begin(begun);
        let book = Arc::clone(&self.book);
        let played = self.hands.play(&book.script.steps).await;
        self.gauges.end();
        self.hands.lateness = Duration::ZERO;
        match played {
            Ok(()) => {
                self.attempts = 0;
                self.shared.recorder.counters.queries.fetch_add(1, Relaxed);
                None
            }
            Err(Trouble::Cut) => Some(Out::Left),
            Err(trouble @ Trouble::Broken(_)) => {
                self.shared.recorder.counters.queries.fetch_add(1, Relaxed);
                Some(Out::Broken(trouble))
            }
            Err(Trouble::Late(_) | Trouble::Wrong { .. }) => {
                self.shared.recorder.counters.queries.fetch_add(1, Relaxed);
                self.hands.forget_messages();
                None
            }
        }
    }

    /// The steps of the end, then every socket is closed in good order.
    async fn end(&mut self) {
        if self.shared.is_abandoned() {
            return;
        }
        let book = Arc::clone(&self.book);
        self.hands.started = Instant::now();
        if !self.shared.is_hurried() && self.hands.play(&book.script.end).await == Err(Trouble::Cut) {
            return;
        }
        let patience = self.shared.scenario.patience.close;
        for on in 0..self.hands.channels.len() {
            if let Err(trouble) = self.hands.close_quietly(on, patience).await {
                let code = format!("close_{}", trouble.code());
                self.shared.recorder.note(&code, &trouble.text());
            }
        }
    }
}
