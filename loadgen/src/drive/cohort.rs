//! The sessions that one user of goose plays: one task, one timer, one schedule of absolute due times.
//!
//! Each session has a [`Seat`], which is the waker of its sockets: what is ready stands on the cohort's desk, so
//! that a message costs a look at its own session and at no other. What is due stands in a heap; the timer is set
//! to its top. How many sessions sit together changes what they cost, not what they do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, Sleep};

use crate::client::LinkError;
use crate::generic::Player;
use crate::session::{Arrival, Desk, Seat, Session, Shared};

/// Sessions of one user of goose.
pub(crate) struct Cohort {
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    slots: Vec<Slot>,
    /// When which slot wants to be looked at. An entry that its slot has forgotten means nothing.
    alarms: BinaryHeap<Reverse<(Instant, u32)>>,
    timer: Pin<Box<Sleep>>,
    /// Kept for their memory.
    ready: Vec<u32>,
    arrivals: Vec<(u32, Arrival)>,
}

struct Slot {
    seat: Arc<Seat>,
    waker: Waker,
    /// Its entry in the heap.
    alarm: Option<Instant>,
    number: u32,
    place: Place,
}

type Opening = Pin<Box<dyn Future<Output = Result<Box<Session>, LinkError>> + Send>>;

/// Where a session is in its life.
enum Place {
    /// Comes at that moment; so many attempts have failed.
    Coming(Instant, u32),
    Opening(Opening, u32),
    Live(Box<Session>),
    /// Ends at that moment.
    Leaving(Instant, Box<Session>),
    Ending(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// A session of another service; ends at that moment.
    Playing(Box<Player>, Option<Instant>),
    Gone,
}

impl Cohort {
    /// The sessions of this process from its `first` on, as far as its share of the scenario has them; each comes at
    /// its own moment of the ramp.
    pub(crate) fn new(shared: &Arc<Shared>, first: u64) -> Self {
        let plan = &shared.scenario.sessions;
        let share = shared.share;
        let last = first.saturating_add(u64::from(plan.cohort)).min(share.count(plan.count));
        let desk = Arc::new(Desk::default());
        shared.register(&desk);
        let start = shared.recorder.phases().start;
        let mut slots = Vec::new();
        for (index, number) in (0..).zip((first..last).map(|own| share.number(own))) {
            let seat = Seat::new(&desk, index);
            let comes = start + spread(plan.ramp, number, plan.count);
            slots.push(Slot {
                waker: Waker::from(Arc::clone(&seat)),
                seat,
                alarm: None,
                number: u32::try_from(number).unwrap_or(u32::MAX),
                place: Place::Coming(comes, 0),
            });
        }
        let mut cohort = Self {
            shared: Arc::clone(shared),
            desk,
            slots,
            alarms: BinaryHeap::new(),
            timer: Box::pin(tokio::time::sleep_until(start)),
            ready: Vec::new(),
            arrivals: Vec::new(),
        };
        for index in 0..cohort.slots.len() {
            cohort.set_alarm(index, true);
        }
        cohort
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Plays until `end`, or a little earlier: once something has happened after `enough`, or the run's mind
    /// changes about asking.
    pub(crate) async fn play(&mut self, enough: Instant, end: Instant) {
        let asking = self.shared.is_asking(Instant::now());
        let playing = poll_fn(|context| {
            let now = Instant::now();
            let happened = self.turn(context, now);
            let changed = self.shared.is_asking(now) != asking;
            if now >= end || changed || (happened && now >= enough) {
                return Poll::Ready(());
            }
            self.wait(context, end)
        });
        // Thousands of sockets are looked at in one turn: each would use up the task's budget of tokio.
        tokio::task::unconstrained(playing).await;
    }

    /// Ends every session, spread over the time that is theirs of the drain.
    pub(crate) async fn finish(mut self) {
        let hurried = self.shared.is_hurried() || self.shared.is_abandoned();
        let plan = &self.shared.scenario.sessions;
        let (drain, count) = (if hurried { Duration::ZERO } else { plan.drain }, plan.count);
        let now = Instant::now();
        for slot in &mut self.slots {
            slot.place = match std::mem::replace(&mut slot.place, Place::Gone) {
                Place::Live(session) => {
                    Place::Leaving(now + spread(drain, u64::from(slot.number), count), session)
                }
                Place::Playing(player, _) => {
                    Place::Playing(player, Some(now + spread(drain, u64::from(slot.number), count)))
                }
                Place::Leaving(..)
                | Place::Ending(_)
                | Place::Opening(..)
                | Place::Coming(..)
                | Place::Gone => Place::Gone,
            };
        }
        for index in 0..self.slots.len() {
            self.slots[index].alarm = None;
            self.set_alarm(index, false);
        }
        let ending = poll_fn(|context| {
            let now = Instant::now();
            self.turn(context, now);
            if self.slots.iter().all(|slot| matches!(slot.place, Place::Gone)) {
                return Poll::Ready(());
            }
            self.wait(context, now + Duration::from_secs(1))
        });
        tokio::task::unconstrained(ending).await;
    }

    /// Looks at every session that is ready, has an arrival, or is due; true when there was one.
    fn turn(&mut self, context: &Context<'_>, now: Instant) -> bool {
        let (mut ready, mut arrivals) = (std::mem::take(&mut self.ready), std::mem::take(&mut self.arrivals));
        self.desk.take(context, &mut ready, &mut arrivals);
        let mut happened = !ready.is_empty() || !arrivals.is_empty();
        let asking = self.shared.is_asking(now);
        for (index, arrival) in arrivals.drain(..) {
            self.look(index as usize, now, asking, Some(arrival));
        }
        for index in ready.drain(..) {
            self.slots[index as usize].seat.looked_at();
            self.look(index as usize, now, asking, None);
        }
        (self.ready, self.arrivals) = (ready, arrivals);
        while let Some(Reverse((due, index))) = self.alarms.peek().copied().filter(|next| next.0.0 <= now) {
            self.alarms.pop();
            let slot = &mut self.slots[index as usize];
            if slot.alarm != Some(due) {
                continue;
            }
            slot.alarm = None;
            happened = true;
            self.look(index as usize, now, asking, None);
        }
        happened
    }

    /// Sets the timer; pending until it rings or something else happens.
    fn wait(&mut self, context: &mut Context<'_>, end: Instant) -> Poll<()> {
        let wake = self.alarms.peek().map_or(end, |next| next.0.0.min(end));
        if self.timer.deadline() != wake {
            self.timer.as_mut().reset(wake);
        }
        if self.timer.as_mut().poll(context).is_ready() {
            // Due already. Other tasks, and the sockets, have their turn first.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Looks at one slot. A panic in it is counted, and ends only this session.
    fn look(&mut self, index: usize, now: Instant, asking: bool, arrival: Option<Arrival>) {
        let Self { shared, slots, .. } = self;
        let Some(slot) = slots.get_mut(index) else { return };
        let seen = catch_unwind(AssertUnwindSafe(|| slot.look(shared, now, asking, arrival)));
        if seen.is_err() {
            slot.place = Place::Gone;
            shared.recorder.note("generator_panic", "a session of the generator panicked, see stderr");
        }
        self.set_alarm(index, asking);
    }

    /// Puts the slot's next due time into the heap, unless an earlier one of it stands there.
    fn set_alarm(&mut self, index: usize, asking: bool) {
        let slot = &mut self.slots[index];
        let Some(due) = slot.next_due(asking) else { return };
        if slot.alarm.is_none_or(|alarm| due < alarm) {
            slot.alarm = Some(due);
            self.alarms.push(Reverse((due, u32::try_from(index).unwrap_or(u32::MAX))));
        }
    }
}

impl Slot {
    fn next_due(&self, asking: bool) -> Option<Instant> {
        match &self.place {
            Place::Coming(at, _) | Place::Leaving(at, _) => Some(*at),
            Place::Live(session) => Some(session.next_due(asking)),
            Place::Playing(player, leaves) => leaves.or(player.last()),
            Place::Opening(..) | Place::Ending(_) | Place::Gone => None,
        }
    }

    fn look(&mut self, shared: &Arc<Shared>, now: Instant, asking: bool, arrival: Option<Arrival>) {
        if let Some(arrival) = arrival {
            match &mut self.place {
                Place::Live(session) if asking => session.arrive(arrival),
                Place::Playing(player, None) if asking => player.arrive(arrival),
                _ => shared.drop_arrival(arrival.due),
            }
        }
        let mut context = Context::from_waker(&self.waker);
        // Each step may lead to the next one at once.
        loop {
            self.place = match std::mem::replace(&mut self.place, Place::Gone) {
                Place::Coming(at, attempt) if at <= now => {
                    if !asking {
                        return;
                    }
                    if let Some(book) = &shared.book {
                        let player = Player::new(shared, book, self.number, &self.seat);
                        self.place = Place::Playing(Box::new(player), None);
                        continue;
                    }
                    let opening = Session::open(Arc::clone(shared), self.number, Arc::clone(&self.seat));
                    Place::Opening(Box::pin(opening), attempt)
                }
                Place::Opening(mut opening, attempt) => match opening.as_mut().poll(&mut context) {
                    Poll::Pending => {
                        self.place = Place::Opening(opening, attempt);
                        return;
                    }
                    Poll::Ready(Ok(session)) => Place::Live(session),
                    Poll::Ready(Err(error)) => {
                        match error.pause(attempt + 1, chance(shared.seed, self.number, attempt)) {
                            Some(pause) => Place::Coming(now + pause, attempt + 1),
                            None => return,
                        }
                    }
                },
                Place::Leaving(at, session) if at <= now => Place::Ending(Box::pin(session.finish())),
                Place::Live(mut session) => {
                    play(&mut session, now, asking, &mut context);
                    self.place = Place::Live(session);
                    return;
                }
                Place::Leaving(at, mut session) => {
                    play(&mut session, now, false, &mut context);
                    self.place = Place::Leaving(at, session);
                    return;
                }
                Place::Ending(mut ending) => {
                    if ending.as_mut().poll(&mut context).is_pending() {
                        self.place = Place::Ending(ending);
                    }
                    return;
                }
                Place::Playing(mut player, leaves) => {
                    let leaves = leaves.filter(|leaves| {
                        *leaves > now || {
                            player.leave(grace(shared));
                            false
                        }
                    });
                    player.end_if_overdue(now);
                    if player.poll(&mut context).is_pending() {
                        self.place = Place::Playing(player, leaves);
                    }
                    return;
                }
                resting @ (Place::Coming(..) | Place::Gone) => {
                    self.place = resting;
                    return;
                }
            };
        }
    }
}

/// The jitter of an attempt to begin, from 0 to 1: the same in every run with the same seed.
fn chance(seed: u64, number: u32, attempt: u32) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(u64::from(number)));
    // Far from the streams that a session draws from, which are counted from 1.
    rng.set_stream(u64::MAX - u64::from(attempt));
    rng.random_range(0.0..1.0)
}

/// How long a session of another service may take to end.
fn grace(shared: &Shared) -> Duration {
    let close = shared.scenario.patience.close;
    match &shared.book {
        Some(book) if !shared.is_hurried() => book.grace(close),
        _ => close * 2,
    }
}

/// Does what is due, and listens as long as there is something to hear.
fn play(session: &mut Session, now: Instant, asking: bool, context: &mut Context<'_>) {
    let _ = session.poll(context);
    if session.next_due(asking) <= now {
        session.due(now, asking);
    }
    if session.wants_poll() {
        let _ = session.poll(context);
    }
}

/// When number `number` of `count` is due, evenly spread over `time`.
fn spread(time: Duration, number: u64, count: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "numbers of sessions are far below 2^53")]
    time.mul_f64(number as f64 / count.max(1) as f64)
}
