//! What a message means to a session.

use std::sync::atomic::Ordering::Relaxed;

use tokio::time::Instant;

use super::Sighting;
use super::answer::verify;
use super::asked::{Asked, Update};
use super::life::Session;
use crate::client::{Envelope, Text};
use crate::measure::{Operation, Timing};

/// A leaving server may ask for a minute at most.
const LONGEST_AWAY_MS: u32 = 60_000;

impl Session {
    /// Takes one message that came over `side`.
    pub(super) fn hear(&mut self, side: usize, text: &str) {
        let now = Instant::now();
        self.shared.recorder.counters.received.fetch_add(1, Relaxed);
        let envelope = match Envelope::parse(text) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.shared.recorder.note("unreadable", &format!("{error}: {}", excerpt(text)));
                return;
            }
        };
        if let Some((epoch, offset)) = envelope.place() {
            let sighting = self.sides[side].ledger.event(epoch, offset);
            if sighting == Sighting::Seen {
                return;
            }
            self.delivered(offset, now);
        }
        if envelope.kind() != "heartbeat_response" {
            self.saw(envelope.kind(), side, now);
        }
        match envelope.kind() {
            "heartbeat_response" => self.hear_heartbeat(side, &envelope, now),
            "subscribed" => self.hear_subscribed(now),
            "resumed" => self.hear_resumed(side, &envelope, now),
            "query_accepted" => self.hear_accepted(&envelope, now),
            "progress_update" => self.hear_progress(&envelope, now),
            "partial_result" => self.hear_partial(&envelope, now),
            "query_result" | "chat_reply" => self.hear_result(&envelope, now),
            "server_shutting_down" => {
                self.sides[side].away_ms =
                    envelope.reconnect_after_ms.unwrap_or_default().min(LONGEST_AWAY_MS);
            }
            "query_cancelled" => self.hear_failure(&envelope, "cancelled", "nobody asked to cancel", now),
            "error" => {
                let code = words(envelope.code.as_ref());
                self.hear_failure(&envelope, code, words(envelope.message.as_ref()), now);
            }
            _ => {}
        }
    }

    /// A socket heard the event at `offset`, none other in its place.
    fn delivered(&mut self, offset: u64, now: Instant) {
        if let Some(spread) = self.spread.heard(offset, self.sides.len(), now)
            && let Some(first) = now.checked_sub(spread)
        {
            self.timed(Operation::DeliverySpread, Timing::unscheduled(first, now));
        }
    }

    /// Keeps in mind what went over a socket, for the first example of an error.
    pub(super) fn saw(&mut self, name: &str, side: usize, now: Instant) {
        let start = self.shared.recorder.phases().start;
        self.recent.saw(name, side, now.saturating_duration_since(start));
    }

    fn hear_heartbeat(&mut self, side: usize, envelope: &Envelope<'_>, now: Instant) {
        let side = &mut self.sides[side];
        let id = envelope.correlation_id.and_then(|id| id.get().parse::<u64>().ok());
        let Some(at) = side.beats.iter().position(|beat| Some(beat.id) == id) else { return };
        let Some(beat) = side.beats.remove(at) else { return };
        let timing = Timing { due: beat.due, begun: beat.begun, done: now };
        side.attempts = 0;
        side.top = envelope.top.or(side.top);
        self.timed(Operation::Heartbeat, timing);
        if beat.busy {
            self.timed(Operation::HeartbeatBusy, timing);
        }
    }

    fn hear_subscribed(&mut self, now: Instant) {
        if let Some(begun) = self.subscribed_at.take() {
            self.shared.recorder.success(Operation::Subscribe, Timing::unscheduled(begun, now));
        }
    }

    fn hear_resumed(&mut self, side: usize, envelope: &Envelope<'_>, now: Instant) {
        let side = &mut self.sides[side];
        let recovered = envelope.recovered.unwrap_or(false);
        let epoch =
            envelope.epoch.as_ref().map_or_else(|| side.ledger.epoch().to_owned(), |e| e.0.to_string());
        let top = envelope.top.unwrap_or_else(|| side.ledger.last_seen());
        if epoch != side.ledger.epoch() {
            self.spread.restart();
        }
        side.ledger.resumed(recovered, &epoch, envelope.from.zip(envelope.to), top);
        let Some(recovery) = side.recovery.take() else { return };
        let timing = Timing { due: recovery.due, begun: recovery.begun.unwrap_or(recovery.due), done: now };
        let recorder = &self.shared.recorder;
        // What was let go for somebody who did not read was theirs to read.
        if recovered || self.slow.is_some() {
            recorder.success(Operation::Resume, timing);
            recorder.success(Operation::Recovery, Timing::unscheduled(recovery.broken, now));
        } else {
            let reason = words(envelope.reason.as_ref());
            let code = format!("not_recovered_{reason}");
            recorder.failure(Operation::Resume, timing.due, &code, "the history was not recovered");
            self.witness(&code);
        }
    }

    fn hear_accepted(&mut self, envelope: &Envelope<'_>, now: Instant) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.is_meant(envelope)) else { return };
        asked.heard(now);
        if asked.transaction.is_none() {
            asked.transaction = envelope.transaction_id.as_ref().map(|id| id.as_str().into());
            let timing = Timing { due: asked.due, begun: asked.begun, done: now };
            self.timed(Operation::QueryAccepted, timing);
        }
    }

    fn hear_progress(&mut self, envelope: &Envelope<'_>, now: Instant) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.is_meant(envelope)) else { return };
        asked.heard(now);
        asked.progress += 1;
        let (progress, cut) = (asked.progress, asked.cut);
        let update = envelope.offset.map(|offset| Update { offset, at: now, percent: envelope.percent() });
        // Between two updates; the copies of one that come over other sockets are none.
        if let Some(before) = update.and_then(|update| asked.updated(update)) {
            self.timed_cadence(before.percent, Timing::unscheduled(before.at, now));
        }
        let Some(asked) = self.asked.as_mut() else { return };
        let timing = Timing { due: asked.due, begun: asked.begun, done: now };
        let cut = cut.filter(|cut| progress >= cut.after);
        if cut.is_some() {
            asked.cut = None;
        }
        if progress == 1 {
            self.timed(Operation::ProgressFirst, timing);
        }
        if let Some(cut) = cut {
            self.cut(cut.side, cut.outage, now);
        }
    }

    fn hear_partial(&mut self, envelope: &Envelope<'_>, now: Instant) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.is_meant(envelope)) else { return };
        asked.heard(now);
        if let Err(error) = asked.take_partial(envelope) {
            self.shared.recorder.note("unreadable", &format!("partial_result: {error}"));
        }
    }

    fn hear_result(&mut self, envelope: &Envelope<'_>, now: Instant) {
        let meant = self.asked.as_ref().is_some_and(|asked| asked.is_meant(envelope));
        let Some(mut asked) = self.asked.take_if(|_| meant) else { return };
        asked.heard(now);
        let timing = Timing { due: asked.due, begun: asked.begun, done: now };
        self.timed(Operation::QueryResult, timing);
        let silence = Timing { due: asked.begun, begun: asked.begun, done: asked.begun + asked.longest_gap };
        self.timed(Operation::ProgressGap, silence);
        if asked.progress == 0 {
            let example = "a result without any progress_update before it";
            self.failed(Operation::ProgressFirst, asked.due, "no_progress", example);
        }
        self.over(timing);
        self.last_question = Some(asked.question);
        if !self.shared.verify {
            return;
        }
        let question = &self.shared.questions[asked.question];
        let Some(expected) = &question.expected else { return };
        let verdict = match asked.complete(envelope) {
            Ok((columns, rows)) => verify(expected, question.ordered, &columns, &rows),
            Err(error) => Err(error.to_string()),
        };
        let counters = &self.shared.recorder.counters;
        counters.verified.fetch_add(1, Relaxed);
        if let Err(difference) = verdict {
            counters.wrong.fetch_add(1, Relaxed);
            self.shared.recorder.note("wrong_answer", &format!("{}: {difference}", question.id));
            self.witness("wrong_answer");
        }
    }

    fn hear_failure(&mut self, envelope: &Envelope<'_>, code: &str, message: &str, now: Instant) {
        let meant = self.asked.as_ref().is_some_and(|asked| asked.is_meant(envelope));
        let Some(asked) = self.asked.take_if(|_| meant) else {
            // About no question of ours that still runs: an error of the connection.
            if envelope.transaction_id.is_none() {
                self.shared.recorder.note(code, message);
                self.witness(code);
            }
            return;
        };
        self.refused(&asked, code, message, now);
    }

    /// The question was too large, or what stands for that: it fails, for it must not be sent again.
    pub(super) fn drop_unaccepted(&mut self, code: &str, message: &str, now: Instant) {
        if let Some(asked) = self.asked.take_if(|asked| asked.transaction.is_none()) {
            self.refused(&asked, code, message, now);
        }
    }

    fn refused(&mut self, asked: &Asked, code: &str, message: &str, now: Instant) {
        let example = format!("{}: {message}", self.shared.questions[asked.question].id);
        self.failed(Operation::QueryResult, asked.due, code, &example);
        self.last_question = None;
        self.witness(code);
        self.over(Timing { due: asked.due, begun: asked.begun, done: now });
    }

    /// The question has waited long enough.
    pub(super) fn give_up_question(&mut self, now: Instant, code: &str, example: &str) {
        if self.is_deaf() {
            return self.forget_question();
        }
        let Some(asked) = self.asked.take() else { return };
        let timing = Timing { due: asked.due, begun: asked.begun, done: now };
        self.gave_up(Operation::QueryResult, timing, code, example);
        if asked.progress == 0 {
            self.gave_up(Operation::ProgressFirst, timing, code, example);
        }
        self.last_question = None;
        if self.slow.is_none() {
            self.witness(code);
        }
        self.over(timing);
    }

    /// Tells the first example of `code` with the last messages of this session.
    pub(super) fn witness(&self, code: &str) {
        self.shared.recorder.witness(code, || self.recent.lines());
    }

    /// A question has come to its end, whichever.
    fn over(&mut self, timing: Timing) {
        if self.shared.is_open() {
            self.shared.pool.free(&self.seat);
        }
        let counters = &self.shared.recorder.counters;
        counters.in_flight.fetch_sub(1, Relaxed);
        counters.queries.fetch_add(1, Relaxed);
        self.shared.flow.query(timing.begun, timing.done);
        self.schedule.freed(timing.done);
    }
}

fn words<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", Text::as_str)
}

fn excerpt(text: &str) -> String {
    text.chars().take(120).collect()
}
