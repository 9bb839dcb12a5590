//! How a session ends: the answer is awaited, the books are closed against the announced top, the sockets
//! close in good order.

use std::future::poll_fn;
use std::time::Duration;

use http::Method;
use tokio::time::{Instant, timeout_at};

use super::life::Session;
use super::side::{Side, Socket};
use crate::client::request;
use crate::measure::{Operation, Timing};

impl Session {
    /// Ends the session. Every wait has its deadline; a hurried run waits less, an abandoned one not at all.
    pub(crate) async fn finish(mut self: Box<Self>) {
        self.read_up();
        if self.is_deaf() {
            return self.leave().await;
        }
        if !self.shared.is_abandoned() {
            self.await_answer().await;
            self.let_go_of_the_cut();
            self.await_books().await;
        }
        self.close_books();
        if self.shared.is_abandoned() {
            return;
        }
        let patience = self.shared.scenario.patience.close;
        for side in &mut self.sides {
            if let Socket::Up(link) = std::mem::replace(&mut side.socket, Socket::Gone) {
                self.shared.recorder.counters.sockets.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                if let Err(error) = link.close(patience).await {
                    self.shared.recorder.note(&format!("close_{}", error.code()), &error.to_string());
                }
            }
        }
        if self.shared.scenario.sessions.rest {
            self.delete(patience).await;
        }
    }

    /// Goes without a word: who hears nothing can neither wait nor close in good order.
    async fn leave(mut self: Box<Self>) {
        self.forget_question();
        for side in &mut self.sides {
            if side.is_up() {
                self.shared.recorder.counters.sockets.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            }
            side.socket = Socket::Gone;
        }
        if self.shared.scenario.sessions.rest && !self.shared.is_abandoned() {
            self.delete(self.shared.scenario.patience.close).await;
        }
    }

    /// Lets a running question come to its end, and a cut socket come back.
    async fn await_answer(&mut self) {
        let questions = self.shared.scenario.questions.timeout;
        let close = self.shared.scenario.patience.close;
        let deadline = Instant::now() + questions + close;
        while self.alive && !self.shared.is_abandoned() {
            let now = Instant::now();
            if now >= deadline || self.shared.is_hurried() || self.is_settled() {
                break;
            }
            self.due(now, false);
            // A hurry or the loss of the target must be noticed while nothing is heard.
            let look = now + Duration::from_millis(100);
            let wake = self.next_due(false).min(deadline).min(look);
            self.step(wake).await;
        }
        if self.shared.is_hurried() {
            if let Some(asked) = self.asked.take() {
                // Ended by the caller: no failure of anybody.
                self.shared.flow.query(asked.begun, Instant::now());
                let counters = &self.shared.recorder.counters;
                counters.in_flight.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            }
        } else {
            self.give_up_question(
                Instant::now(),
                "unfinished",
                "no terminal message until the session's end",
            );
        }
    }

    /// Nobody waits for a socket that was cut or is on its way when the caller ends the run early.
    fn let_go_of_the_cut(&mut self) {
        if self.shared.is_hurried() {
            for side in self.sides.iter_mut().filter(|side| !side.is_up()) {
                side.socket = Socket::Gone;
            }
        }
    }

    /// Waits for one thing to happen, until `wake` at the latest, and deals with it.
    async fn step(&mut self, wake: Instant) {
        // The time over is no failure: the caller looks at what there is.
        let _ = timeout_at(wake, poll_fn(|context| self.poll(context))).await;
    }

    fn is_settled(&self) -> bool {
        self.asked.is_none() && self.sides.iter().all(Side::is_up)
    }

    /// Asks both sockets for the top and waits until everything up to it has come.
    async fn await_books(&mut self) {
        let deadline = Instant::now() + self.shared.scenario.patience.close;
        for side in 0..self.sides.len() {
            self.sides[side].top = None;
            self.sides[side].beats.clear();
            self.beat(side, Instant::now());
        }
        while self.alive && !self.shared.is_abandoned() {
            let now = Instant::now();
            let open = self
                .sides
                .iter()
                .any(|side| side.is_up() && !side.top.is_some_and(|top| side.ledger.complete(top)));
            if now >= deadline || !open {
                break;
            }
            self.step(deadline).await;
        }
    }

    fn close_books(&mut self) {
        // A socket that could not be asked is judged by what the other one was told.
        let known = self.sides.iter().filter_map(|side| side.top).max();
        // What it would have heard after it came back is no loss when it was not let.
        let hurried = self.shared.is_hurried();
        for side in &mut self.sides {
            let ledger = std::mem::take(&mut side.ledger);
            let account = ledger.close(side.top.or(known.filter(|_| !hurried || side.is_up())));
            if account.strange_epoch > 0 {
                self.shared.recorder.note("strange_epoch", "an event with an epoch nobody announced");
            }
            self.shared.settle(account);
        }
    }

    async fn delete(&mut self, patience: Duration) {
        let begun = Instant::now();
        let path = format!("/api/sessions/{}", self.id);
        let answer = request(&self.shared.target, Method::DELETE, &path, None, patience).await;
        let timing = Timing::unscheduled(begun, Instant::now());
        let recorder = &self.shared.recorder;
        let answer = answer.and_then(|answer| match answer.status {
            200..=299 => Ok(()),
            _ => Err(answer.into_error()),
        });
        match answer {
            Ok(()) => recorder.success(Operation::SessionDelete, timing),
            Err(error) => {
                let (code, text) = (error.code(), error.to_string());
                recorder.failure(Operation::SessionDelete, timing.due, &code, &text);
            }
        }
    }
}
