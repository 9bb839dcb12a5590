//! The loop of a session: do what is due, then wait for whatever comes first.

use std::future::poll_fn;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::asked::{Asked, Cut};
use super::life::{QUERY, Session, count};
use super::side::{Beat, Recovery, Socket};
use crate::client::{LinkError, Opened, heartbeat, query};
use crate::measure::{Operation, Timing};

/// What can come first.
enum Event {
    Due,
    Text(usize, Utf8Bytes),
    Broken(usize, LinkError),
    Opened(usize, Result<Box<Opened>, LinkError>),
}

impl Session {
    /// Lives until `end`. New questions are asked only when `asking`.
    pub(crate) async fn play_until(&mut self, end: Instant, asking: bool) {
        loop {
            let now = Instant::now();
            if now >= end {
                return;
            }
            if !self.alive {
                // Nothing is left to do; coming back early would only be called again at once.
                tokio::time::sleep_until(end).await;
                return;
            }
            self.do_due(now, asking).await;
            let wake = self.next_due(asking).min(end);
            self.step(wake).await;
        }
    }

    /// Waits for one thing to happen, until `wake` at the latest, and deals with it.
    pub(super) async fn step(&mut self, wake: Instant) {
        if self.timer.deadline() != wake {
            self.timer.as_mut().reset(wake);
        }
        match poll_fn(|context| self.poll_event(context)).await {
            Event::Due => {}
            Event::Text(side, text) => self.hear(side, &text),
            Event::Broken(side, error) => self.broken(side, &error, Instant::now()),
            Event::Opened(side, Ok(opened)) => self.opened(side, *opened).await,
            Event::Opened(side, Err(error)) => self.open_failed(side, &error),
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        self.turn = !self.turn;
        let first = usize::from(self.turn);
        for side in [first, 1 - first] {
            match &mut self.sides[side].socket {
                Socket::Up(link) => {
                    if let Poll::Ready(read) = link.poll_text(context) {
                        return Poll::Ready(match read {
                            Ok(text) => Event::Text(side, text),
                            Err(error) => Event::Broken(side, error),
                        });
                    }
                }
                Socket::Opening(opening) => {
                    if let Poll::Ready(result) = opening.as_mut().poll(context) {
                        return Poll::Ready(Event::Opened(side, result.map(Box::new)));
                    }
                }
                Socket::Down(_) | Socket::Gone => {}
            }
        }
        self.timer.as_mut().poll(context).map(|()| Event::Due)
    }

    /// Does everything that is due at `now`.
    pub(super) async fn do_due(&mut self, now: Instant, asking: bool) {
        for side in 0..self.sides.len() {
            if matches!(self.sides[side].socket, Socket::Down(until) if until <= now) {
                self.reopen(side, now);
            }
            self.expire_beats(side, now);
            if self.sides[side].beat_due <= now {
                self.beat(side).await;
            }
        }
        let limit = self.shared.scenario.questions.timeout;
        if self.asked.as_ref().is_some_and(|asked| asked.begun + limit <= now) {
            self.give_up_question(now, "query_timeout", "no terminal message in time");
        }
        if asking && self.may_ask() && self.schedule.due() <= now {
            self.ask().await;
        }
    }

    fn may_ask(&self) -> bool {
        self.asked.is_none() && self.sides[QUERY].is_up()
    }

    /// The next moment something is due.
    pub(super) fn next_due(&self, asking: bool) -> Instant {
        let scenario = &self.shared.scenario;
        let mut next = self.sides[QUERY].beat_due;
        for side in &self.sides {
            next = next.min(side.beat_due);
            if let Socket::Down(until) = side.socket {
                next = next.min(until);
            }
            if let Some(beat) = side.beats.front() {
                next = next.min(beat.begun + scenario.heartbeat.timeout);
            }
        }
        if let Some(asked) = &self.asked {
            next = next.min(asked.begun + scenario.questions.timeout);
        }
        if asking && self.may_ask() {
            next = next.min(self.schedule.due());
        }
        next
    }

    fn expire_beats(&mut self, side: usize, now: Instant) {
        let limit = self.shared.scenario.heartbeat.timeout;
        while let Some(beat) = self.sides[side].beats.front().filter(|beat| beat.begun + limit <= now) {
            let timing = Timing { due: beat.due, begun: beat.begun, done: now };
            self.shared.recorder.given_up(
                self.number,
                Operation::Heartbeat,
                timing,
                "heartbeat_timeout",
                "no heartbeat_response in time",
            );
            self.sides[side].beats.pop_front();
        }
    }

    /// Sends the heartbeat that is due. Where the socket is away it is skipped, but the schedule stays.
    pub(super) async fn beat(&mut self, side: usize) {
        let due = self.sides[side].beat_due;
        self.sides[side].beat_due = due + self.shared.scenario.heartbeat.interval;
        if !self.sides[side].is_up() {
            return;
        }
        self.last_beat += 1;
        let id = self.last_beat;
        let begun = Instant::now();
        self.lag(due.max(self.sides[side].up_since), begun);
        if self.send(side, heartbeat(id)).await {
            self.sides[side].beats.push_back(Beat { id, due, begun });
        }
    }

    /// Asks the next question.
    async fn ask(&mut self) {
        let plan = &self.shared.scenario.questions;
        let (think, stream_share) = (plan.think, plan.stream_share);
        let pause = think.draw(&mut self.rng);
        let due = self.schedule.take(pause);
        let question = self.shared.choice.draw(&mut self.rng);
        let stream = self.rng.random_bool(stream_share);
        let cut = self.draw_cut();
        self.questions += 1;
        let id = format!("q{}-{}", self.number, self.questions);
        let begun = Instant::now();
        self.lag(self.schedule.own_since(due).max(self.sides[QUERY].up_since), begun);
        self.asked = Some(Asked::new(&id, question, stream, due, begun, cut));
        self.shared.recorder.counters.in_flight.fetch_add(1, Relaxed);
        self.send_question().await;
    }

    /// Sends the question that is asked; again after a reconnect, with the same id: one execution.
    pub(super) async fn send_question(&mut self) {
        let Some(asked) = &self.asked else { return };
        let question = &self.shared.questions[asked.question];
        let text = query(asked.id(), &question.question, Some(&question.database), asked.stream, None);
        self.send(QUERY, text).await;
    }

    fn draw_cut(&mut self) -> Option<Cut> {
        let plan = &self.shared.scenario.reconnect;
        let (share, outage) = (plan.share, plan.outage);
        if !self.rng.random_bool(share) {
            return None;
        }
        let side = self.rng.random_range(0..self.sides.len());
        let after = self.rng.random_range(1..=3);
        Some(Cut { side, after, outage: self.drawn(outage) })
    }

    fn lag(&self, due: Instant, begun: Instant) {
        let timing = Timing { due, begun: due, done: begun };
        self.shared.recorder.success(self.number, Operation::SendLag, timing);
    }

    /// Sends `text`; false when the socket broke.
    pub(super) async fn send(&mut self, side: usize, text: String) -> bool {
        let Socket::Up(link) = &mut self.sides[side].socket else { return false };
        match link.send(text, self.shared.scenario.patience.request).await {
            Ok(()) => {
                self.shared.recorder.counters.sent.fetch_add(1, Relaxed);
                true
            }
            Err(error) => {
                self.broken(side, &error, Instant::now());
                false
            }
        }
    }

    /// Cuts a socket without a close handshake: TCP is dropped, the socket comes back after `outage`.
    pub(super) fn cut(&mut self, side: usize, outage: Duration, now: Instant) {
        if !self.sides[side].is_up() {
            return;
        }
        self.take_down(side, now + outage);
    }

    fn take_down(&mut self, side: usize, until: Instant) {
        let side = &mut self.sides[side];
        if side.is_up() {
            self.shared.recorder.counters.sockets.fetch_sub(1, Relaxed);
        }
        side.socket = Socket::Down(until);
        side.beats.clear();
        side.recovery.get_or_insert(Recovery { due: until, begun: None });
    }

    /// A socket broke by itself.
    pub(super) fn broken(&mut self, side: usize, error: &LinkError, now: Instant) {
        if self.shared.is_abandoned() {
            return self.give_up(side);
        }
        self.shared.recorder.note(&error.code(), &error.to_string());
        self.retry_or_give_up(side, error, now);
    }

    fn retry_or_give_up(&mut self, side: usize, error: &LinkError, now: Instant) {
        let jitter = Duration::from_secs(1).mul_f64(self.rng.random_range(0.0..1.0));
        match self.sides[side].next_pause(jitter).filter(|_| error.may_retry()) {
            Some(pause) => {
                self.take_down(side, now + pause);
                // From here the outage counts: a user is without progress from the moment of the break.
                if let Some(recovery) = &mut self.sides[side].recovery {
                    recovery.due = recovery.due.min(now);
                }
            }
            None => self.give_up(side),
        }
    }

    /// Without one of its sockets a session is over.
    pub(super) fn give_up(&mut self, side: usize) {
        let counters = &self.shared.recorder.counters;
        if self.sides[side].is_up() {
            counters.sockets.fetch_sub(1, Relaxed);
        }
        self.sides[side].socket = Socket::Gone;
        if self.alive {
            self.alive = false;
            counters.session_down();
            self.shared.lost_sessions.fetch_add(1, Relaxed);
            self.give_up_question(Instant::now(), "session_lost", "its session was given up");
        }
    }

    fn open_failed(&mut self, side: usize, error: &LinkError) {
        let now = Instant::now();
        if self.shared.is_abandoned() {
            return self.give_up(side);
        }
        self.shared.open_failed(error);
        let due = self.sides[side].recovery.map_or(now, |recovery| recovery.due);
        self.shared.recorder.failure(self.number, Operation::Resume, due, &error.code(), &error.to_string());
        self.retry_or_give_up(side, error, now);
    }

    async fn opened(&mut self, side: usize, opened: Opened) {
        count(&self.shared, &opened);
        self.shared.recorder.counters.sockets.fetch_add(1, Relaxed);
        self.sides[side].socket = Socket::Up(opened.link);
        self.sides[side].up_since = Instant::now();
        for text in opened.inbox {
            self.hear(side, &text);
        }
        // Not accepted before the break: nobody knows whether it arrived. The same id makes asking again safe.
        let unheard = self.asked.as_ref().is_some_and(|asked| asked.transaction.is_none());
        if side == QUERY && unheard {
            self.send_question().await;
        }
    }
}
