//! The life of a session between its beginning and its end: what is due is done, what comes is heard.

use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use rand::Rng;
use tidegate_client::retry::may_send_again;
use tokio::time::Instant;

use super::asked::{Asked, Cut};
use super::life::{NEVER, QUERY, Session, count};
use super::seat::Arrival;
use super::side::{Beat, Recovery, Socket};
use crate::client::{LinkError, Opened, Reading, chat, heartbeat, query, subscribe};
use crate::measure::{Operation, Timing};

/// Looks at one socket before another one has its turn.
const LOOKS: usize = 16;

impl Session {
    /// Listens to every socket. Ready once something happened; pending when nothing did, and then whoever polls is
    /// woken by the next thing.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut happened = false;
        for side in 0..self.sides.len() {
            let mut looks = 0;
            while self.poll_side(side, context) {
                happened = true;
                looks += 1;
                if looks == LOOKS {
                    context.waker().wake_by_ref();
                    break;
                }
            }
        }
        if happened { Poll::Ready(()) } else { Poll::Pending }
    }

    /// True when something happened, so that there may be more.
    fn poll_side(&mut self, side: usize, context: &mut Context<'_>) -> bool {
        match self.leaves_alone(side, context) {
            Ok(true) if self.sides[side].is_up() => return false,
            Ok(_) => {}
            Err(error) => {
                self.broken(side, &error, Instant::now());
                return true;
            }
        }
        match &mut self.sides[side].socket {
            Socket::Up(link) => match link.poll_reading(context) {
                Poll::Pending => return false,
                Poll::Ready(Ok(mut reading)) => {
                    self.has_read(side);
                    self.read(side, &mut reading);
                }
                Poll::Ready(Err(error)) => self.broken(side, &error, Instant::now()),
            },
            Socket::Opening(opening) => match opening.as_mut().poll(context) {
                Poll::Pending => return false,
                Poll::Ready(Ok(opened)) => self.opened(side, opened),
                Poll::Ready(Err(error)) => self.open_failed(side, &error),
            },
            Socket::Down(_) | Socket::Gone => return false,
        }
        true
    }

    /// Hears every message that has come.
    fn read(&mut self, side: usize, reading: &mut Reading) {
        // A message may be the cue for a cut: then the rest of what has come is lost with the socket.
        while let Socket::Up(link) = &mut self.sides[side].socket {
            match reading.next(link) {
                None => return,
                Some(Ok(text)) => self.hear(side, text),
                Some(Err(error)) => return self.broken(side, &error, Instant::now()),
            }
        }
    }

    /// Does everything that is due at `now`; new questions only when `asking`. The sockets are to be polled
    /// afterwards.
    pub(crate) fn due(&mut self, now: Instant, asking: bool) {
        if !self.alive {
            return;
        }
        let patience = self.shared.scenario.patience.request;
        for side in 0..self.sides.len() {
            match &self.sides[side].socket {
                Socket::Down(until) if *until <= now => self.reopen(side, now),
                Socket::Up(link) if link.waiting_since().is_some_and(|since| since + patience <= now) => {
                    self.broken(side, &LinkError::Timeout { what: "room to send", patience }, now);
                }
                _ => {}
            }
            self.expire_beats(side, now);
            let due = self.sides[side].beat_due;
            if due <= now {
                self.sides[side].beat_due = due + self.shared.scenario.heartbeat.interval;
                self.beat(side, due);
            }
        }
        let limit = self.question_timeout();
        if self.asked.as_ref().is_some_and(|asked| asked.begun + limit <= now) {
            self.give_up_question(now, "query_timeout", "no terminal message in time");
        }
        if asking && self.may_ask() && self.schedule.due() <= now {
            let think = self.shared.scenario.questions.think;
            let pause = think.draw(&mut self.rng());
            let due = self.schedule.take(pause);
            let own = self.schedule.own_since(due).max(self.sides[QUERY].up_since);
            self.ask(due, own, None);
        }
    }

    /// Takes an arrival. What can't be sent is dropped, and counted by the schedule that meant it.
    pub(crate) fn arrive(&mut self, arrival: Arrival) {
        let Arrival { due, question } = arrival;
        if !self.shared.scenario.questions.enabled {
            if self.alive && self.sides[QUERY].is_up() {
                self.beat(QUERY, due);
            } else {
                self.shared.drop_arrival(due);
            }
        } else if self.alive && self.may_ask() {
            self.ask(due, due, question);
        } else {
            self.shared.drop_arrival(due);
            if self.alive && self.asked.is_none() {
                self.shared.pool.free(&self.seat);
            }
        }
    }

    fn may_ask(&self) -> bool {
        self.asked.is_none() && self.sides[QUERY].is_up()
    }

    /// True when a socket must be polled although nothing has come: bytes wait to be taken, or it is opening.
    pub(crate) fn wants_poll(&self) -> bool {
        self.sides.iter().any(|side| match &side.socket {
            Socket::Up(link) => link.is_waiting(),
            Socket::Opening(_) => true,
            Socket::Down(_) | Socket::Gone => false,
        })
    }

    /// The next moment something is due.
    pub(crate) fn next_due(&self, asking: bool) -> Instant {
        let scenario = &self.shared.scenario;
        let mut next = self.sides[QUERY].beat_due;
        if !self.alive {
            return next + NEVER;
        }
        for side in &*self.sides {
            next = next.min(side.beat_due);
            match &side.socket {
                Socket::Down(until) => next = next.min(*until),
                Socket::Up(link) => {
                    if let Some(since) = link.waiting_since() {
                        next = next.min(since + scenario.patience.request);
                    }
                }
                Socket::Opening(_) | Socket::Gone => {}
            }
            if let Some(beat) = side.beats.front() {
                next = next.min(beat.begun + scenario.heartbeat.timeout);
            }
        }
        if let Some(asked) = &self.asked {
            next = next.min(asked.begun + self.question_timeout());
        }
        if let Some(again) = self.reads_again() {
            next = next.min(again);
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
            let example = "no heartbeat_response in time";
            self.gave_up(Operation::Heartbeat, timing, "heartbeat_timeout", example);
            if self.slow.is_none() {
                self.witness("heartbeat_timeout");
            }
            self.sides[side].beats.pop_front();
        }
    }

    /// Sends the heartbeat that was due. Where the socket is away it is skipped.
    pub(super) fn beat(&mut self, side: usize, due: Instant) {
        if !self.sides[side].is_up() {
            return;
        }
        self.last_beat += 1;
        let id = self.last_beat;
        let text = heartbeat(id, self.shared.scenario.heartbeat.bytes as usize);
        let begun = Instant::now();
        self.lag(due.max(self.sides[side].up_since), begun);
        if self.send(side, "heartbeat", &text) {
            let busy = self.asked.is_some();
            self.sides[side].beats.push_back(Beat { id, due, begun, busy });
        }
    }

    /// Subscribes where the scenario wants it.
    pub(super) fn subscribe(&mut self) {
        let events = &self.shared.scenario.sessions.subscribe;
        if events.is_empty() {
            return;
        }
        let text = subscribe(events);
        self.subscribed_at = Some(Instant::now());
        self.send(QUERY, "subscribe", &text);
    }

    /// Asks a question that was meant at `due`; from `own` on the generator alone is to blame for lateness.
    fn ask(&mut self, due: Instant, own: Instant, question: Option<usize>) {
        let stream_share = self.shared.scenario.questions.stream_share;
        let mut rng = self.rng();
        let question = question.unwrap_or_else(|| self.shared.choice.draw(self.last_question, &mut rng));
        let stream = rng.random_bool(stream_share);
        let cut = self.draw_cut();
        self.questions += 1;
        let id = format!("q{}-{}", self.number, self.questions);
        let begun = Instant::now();
        self.lag(own, begun);
        self.asked = Some(Box::new(Asked::new(&id, question, stream, due, begun, cut)));
        self.shared.recorder.counters.in_flight.fetch_add(1, Relaxed);
        self.send_question();
    }

    /// Sends the question that is asked; again after a reconnect, with the same id: one execution.
    fn send_question(&mut self) {
        let Some(asked) = &self.asked else { return };
        let question = &self.shared.questions[asked.question];
        let (id, words, database) = (asked.id(), &question.question, Some(question.database.as_str()));
        let (name, text) = if self.shared.scenario.questions.chat {
            ("chat_message", chat(id, words, database, asked.stream, None))
        } else {
            ("query", query(id, words, database, asked.stream, None))
        };
        self.send(QUERY, name, &text);
    }

    fn draw_cut(&mut self) -> Option<Cut> {
        let plan = &self.shared.scenario.reconnect;
        let (share, outage) = (plan.share, plan.outage);
        let mut rng = self.rng();
        if !rng.random_bool(share) {
            return None;
        }
        let side = rng.random_range(0..self.sides.len());
        let after = rng.random_range(1..=3);
        Some(Cut { side, after, outage: self.drawn(outage) })
    }

    fn lag(&self, due: Instant, begun: Instant) {
        self.shared.recorder.success(Operation::SendLag, Timing::unscheduled(due, begun));
    }

    /// Sends `text`, a message called `name`; false when the socket broke.
    fn send(&mut self, side: usize, name: &str, text: &str) -> bool {
        let Socket::Up(link) = &mut self.sides[side].socket else { return false };
        match link.send(text) {
            Ok(()) => {
                if name != "heartbeat" {
                    self.saw(name, side, Instant::now());
                }
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
        if self.sides[side].is_up() {
            self.saw("cut on purpose", side, now);
            self.take_down(side, now, now + outage);
        }
    }

    /// The first attempt to come back is due at `until`.
    fn take_down(&mut self, side: usize, now: Instant, until: Instant) {
        let side = &mut self.sides[side];
        if side.is_up() {
            self.shared.recorder.counters.sockets.fetch_sub(1, Relaxed);
            self.shared.breaks.fetch_add(1, Relaxed);
            self.spread.lost_socket();
        }
        side.socket = Socket::Down(until);
        side.beats.clear();
        side.recovery.get_or_insert_with(|| Box::new(Recovery { broken: now, due: until, begun: None }));
    }

    /// A socket broke by itself.
    pub(super) fn broken(&mut self, side: usize, error: &LinkError, now: Instant) {
        if self.shared.is_abandoned() {
            return self.give_up(side);
        }
        self.saw("socket broken", side, now);
        if !self.is_own_doing(error) {
            self.shared.recorder.note(&error.code(), &error.to_string());
            self.witness(&error.code());
        }
        if let LinkError::Closed { code, .. } = error
            && side == QUERY
            && !may_send_again(*code)
        {
            self.drop_unaccepted(&error.code(), &error.to_string(), now);
        }
        self.retry_or_give_up(side, error, now);
    }

    fn retry_or_give_up(&mut self, side: usize, error: &LinkError, now: Instant) {
        let chance = self.rng().random_range(0.0..1.0);
        let away = Duration::from_millis(std::mem::take(&mut self.sides[side].away_ms).into());
        self.sides[side].attempts += 1;
        match error.pause(self.sides[side].attempts, chance) {
            Some(pause) => {
                self.take_down(side, now, now + pause.max(away));
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
            self.shared.breaks.fetch_add(1, Relaxed);
        }
        self.sides[side].socket = Socket::Gone;
        if self.alive {
            self.alive = false;
            self.seat.leave();
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
        let due = self.sides[side].recovery.as_ref().map_or(now, |recovery| recovery.due);
        self.shared.recorder.failure(Operation::Resume, due, &error.code(), &error.to_string());
        self.witness(&error.code());
        self.retry_or_give_up(side, error, now);
    }

    fn opened(&mut self, side: usize, opened: Opened) {
        count(&self.shared, &opened);
        self.shared.recorder.counters.sockets.fetch_add(1, Relaxed);
        self.sides[side].socket = Socket::Up(opened.link);
        let now = Instant::now();
        self.sides[side].up_since = now;
        self.spread.found_socket();
        self.saw("socket open again", side, now);
        if self.slow.is_some() {
            // It is closed again and again, and its heartbeats may never be answered.
            self.sides[side].attempts = 0;
        }
        for text in opened.inbox {
            self.hear(side, &text);
        }
        if side == QUERY {
            self.subscribe();
            // Not accepted before the break: nobody knows whether it arrived. The same id makes asking again safe.
            if self.asked.as_ref().is_some_and(|asked| asked.transaction.is_none()) {
                self.send_question();
            }
        }
    }
}
