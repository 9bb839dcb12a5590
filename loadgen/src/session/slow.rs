//! Sessions that read slowly or not at all.
//!
//! Their sockets are left alone between two looks, so that what the server sends piles up on its side. How late such a
//! session hears is its own doing: its times are recorded nowhere, and that it is closed for it is no error. What it
//! loses is: the books of its sockets are closed like everybody else's, once it has read up. A deaf session has no books
//! and hears of nothing, so it forgets a question when the next one is due.

use std::sync::atomic::Ordering::Relaxed;
use std::task::Context;
use std::time::Duration;

use scenarios::ReadingPace;
use tokio::time::Instant;

use super::life::Session;
use super::side::Socket;
use crate::client::LinkError;
use crate::measure::{Operation, Timing};

/// How a slow session reads.
#[derive(Debug)]
pub(super) struct SlowReader {
    /// `None` for a deaf one.
    pause: Option<Duration>,
    /// Until when each of its sockets is left alone; `None` where something may be read.
    rests: Box<[Option<Instant>]>,
}

impl SlowReader {
    /// The reader of a session with so many `sockets`; `None` for a prompt one.
    pub(super) fn new(pace: ReadingPace, sockets: usize) -> Option<Box<Self>> {
        let pause = match pace {
            ReadingPace::Prompt => return None,
            ReadingPace::Slow(pause) => Some(pause),
            ReadingPace::Deaf => None,
        };
        Some(Box::new(Self { pause, rests: vec![None; sockets].into() }))
    }

    fn is_deaf(&self) -> bool {
        self.pause.is_none()
    }

    /// True while the socket is left alone.
    fn rests(&mut self, side: usize, now: Instant) -> bool {
        if self.is_deaf() {
            return true;
        }
        let resting = self.rests[side].is_some_and(|until| now < until);
        if !resting {
            self.rests[side] = None;
        }
        resting
    }

    /// Something was read.
    fn has_read(&mut self, side: usize, now: Instant) {
        self.rests[side] = self.pause.filter(|pause| !pause.is_zero()).map(|pause| now + pause);
    }

    /// From now on it reads as fast as it can, unless it is deaf. Its times stay its own doing.
    fn read_up(&mut self) {
        self.pause = self.pause.map(|_| Duration::ZERO);
        self.rests.fill(None);
    }

    /// When the next socket may be read again.
    fn next(&self) -> Option<Instant> {
        self.rests.iter().flatten().min().copied()
    }
}

impl Session {
    /// True when the socket is to be left alone; what waits to be sent goes out nevertheless.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) fn leaves_alone(&mut self, side: usize, context: &mut Context<'_>) -> Result<bool, LinkError> {
        let Some(slow) = &mut self.slow else { return Ok(false) };
        if !slow.rests(side, Instant::now()) {
            return Ok(false);
        }
        match &mut self.sides[side].socket {
            Socket::Up(link) => link.poll_output(context).map(|()| true),
            Socket::Opening(_) | Socket::Down(_) | Socket::Gone => Ok(true),
        }
    }

    /// Something was read from the socket.
    pub(super) fn has_read(&mut self, side: usize) {
        if let Some(slow) = &mut self.slow {
            slow.has_read(side, Instant::now());
        }
    }

    /// When a socket that was left alone may be read again.
    pub(super) fn reads_again(&self) -> Option<Instant> {
        self.slow.as_ref()?.next()
    }

    /// From now on it reads as fast as it can, unless it is deaf.
    pub(super) fn read_up(&mut self) {
        if let Some(slow) = &mut self.slow {
            slow.read_up();
        }
    }

    pub(super) fn is_deaf(&self) -> bool {
        self.slow.as_ref().is_some_and(|slow| slow.is_deaf())
    }

    /// True when the loss of a socket is what a server owes to somebody who does not read.
    pub(super) fn is_own_doing(&self, error: &LinkError) -> bool {
        let closed = matches!(error, LinkError::Closed { code: 1008 | 1011, .. } | LinkError::Lost(_));
        self.slow.is_some() && (closed || self.is_deaf())
    }

    /// Longest time a question is waited for. A deaf session hears no answer: it goes on when the next is due.
    pub(super) fn question_timeout(&self) -> Duration {
        let questions = &self.shared.scenario.questions;
        match self.is_deaf() {
            true => questions.answer_budget.max(Duration::from_millis(100)).min(questions.timeout),
            false => questions.timeout,
        }
    }

    /// An operation succeeded, at a time that a prompt reader knows.
    pub(super) fn timed(&self, operation: Operation, timing: Timing) {
        if self.slow.is_none() {
            self.shared.recorder.success(operation, timing);
        }
    }

    /// An update came so long after the one before it, at which `percent` were done.
    pub(super) fn timed_cadence(&self, percent: Option<f64>, timing: Timing) {
        if self.slow.is_none() {
            self.shared.recorder.cadence(percent, timing);
        }
    }

    /// An operation failed. That it did is the target's also where a slow reader says it.
    pub(super) fn failed(&self, operation: Operation, due: Instant, code: &str, example: &str) {
        match self.slow {
            None => self.shared.recorder.failure(operation, due, code, example),
            Some(_) => self.shared.recorder.note(code, example),
        }
    }

    /// An operation was given up after waiting; a slow reader waits for itself.
    pub(super) fn gave_up(&self, operation: Operation, timing: Timing, code: &str, example: &str) {
        if self.slow.is_none() {
            self.shared.recorder.given_up(operation, timing, code, example);
        }
    }

    /// Ends the question without a word: nobody listens for its answer.
    pub(super) fn forget_question(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        let now = Instant::now();
        self.shared.flow.query(asked.begun, now);
        self.shared.recorder.counters.in_flight.fetch_sub(1, Relaxed);
        self.schedule.freed(now);
        if self.shared.is_open() && self.alive {
            self.shared.pool.free(&self.seat);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_socket_rests_after_it_was_read_and_a_deaf_one_always() {
        let pause = Duration::from_millis(200);
        let mut slow = SlowReader::new(ReadingPace::Slow(pause), 2).unwrap();
        let now = Instant::now();
        assert!(!slow.rests(0, now) && slow.next().is_none());
        slow.has_read(0, now);
        assert!(slow.rests(0, now) && !slow.rests(1, now));
        assert_eq!(slow.next(), Some(now + pause));
        assert!(!slow.rests(0, now + pause), "its time is over");
        assert_eq!(slow.next(), None, "what was not there is waited for, not looked for again and again");
        slow.has_read(1, now);
        slow.read_up();
        slow.has_read(0, now);
        assert!(!slow.rests(0, now) && !slow.rests(1, now) && slow.next().is_none());
        let mut deaf = SlowReader::new(ReadingPace::Deaf, 1).unwrap();
        assert!(deaf.rests(0, now) && deaf.next().is_none());
        assert!(SlowReader::new(ReadingPace::Prompt, 1).is_none());
    }
}
