//! When a session means to ask: an absolute schedule that no late answer moves.

use std::time::Duration;

use tokio::time::Instant;

/// The schedule of a session's questions.
///
/// The next question is due `budget` plus a think time after the one before was due, whenever that was really
/// asked or answered. So a stall of the target makes questions late, and the lateness is measured from the
/// moment the user meant to ask, instead of disappearing in a slower schedule.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    due: Instant,
    budget: Duration,
    /// When the session became free to ask: earlier lateness is the target's.
    free_since: Instant,
}

impl Schedule {
    /// The first question is due at `first`.
    pub fn new(first: Instant, budget: Duration) -> Self {
        Self { due: first, budget, free_since: first }
    }

    /// When the next question is due.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Takes the question that is due and plans the next one, `think` after the budget.
    pub fn take(&mut self, think: Duration) -> Instant {
        let due = self.due;
        self.due = due + self.budget + think;
        due
    }

    /// An answer came, or was given up, at `now`.
    pub fn freed(&mut self, now: Instant) {
        self.free_since = now;
    }

    /// From when on the generator alone is to blame that a question due at `due` is not sent.
    pub fn own_since(&self, due: Instant) -> Instant {
        due.max(self.free_since)
    }
}

#[cfg(test)]
mod tests {
    use scenarios::Sessions;

    use super::*;
    use crate::measure::{Operation, Phases, Recorder, Timing};

    const FREEZE: Duration = Duration::from_secs(5);

    /// One session that asks once a second of a server that answers in 1 ms, but is frozen from 10 s to 15 s.
    async fn play(recorder: &Recorder, number: u32) {
        let phases = *recorder.phases();
        let (frozen, thawed) =
            (phases.start + Duration::from_secs(10), phases.start + Duration::from_secs(15));
        let offset = Duration::from_millis(u64::from(number) * 10);
        let mut schedule = Schedule::new(phases.start + offset, Duration::from_millis(900));
        while schedule.due() < phases.drain {
            let due = schedule.take(Duration::from_millis(100));
            tokio::time::sleep_until(due).await;
            let begun = Instant::now();
            if begun >= frozen && begun < thawed {
                tokio::time::sleep_until(thawed).await;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
            let timing = Timing { due, begun, done: Instant::now() };
            recorder.success(Operation::QueryResult, timing);
            let lag = schedule.own_since(due);
            recorder.success(Operation::SendLag, Timing::unscheduled(lag, begun));
            schedule.freed(timing.done);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_frozen_server_shows_its_whole_stall_in_the_intended_time() {
        let second = Duration::from_secs(1);
        let sessions = Sessions {
            count: 100,
            ramp: Duration::ZERO,
            settle: Duration::ZERO,
            duration: second * 50,
            drain: second,
            ..Sessions::default()
        };
        let recorder = std::sync::Arc::new(Recorder::new(Phases::new(Instant::now(), &sessions)));
        let plays: Vec<_> = (0..100)
            .map(|number| {
                let recorder = std::sync::Arc::clone(&recorder);
                tokio::spawn(async move { play(&recorder, number).await })
            })
            .collect();
        for play in plays {
            play.await.unwrap();
        }
        let tally = &recorder.tallies()[Operation::QueryResult as usize];
        // Truth: of 50 s, questions meant in 5 s waited 5 s down to 0 s. So 10 % waited, evenly spread.
        let at = |share: f64| Duration::from_micros(tally.intended.value_at_quantile(share));
        let near = |share: f64, truth: Duration| {
            let seen = at(share);
            assert!(
                seen.abs_diff(truth) < Duration::from_millis(150),
                "{share}: {seen:?} instead of {truth:?}"
            );
        };
        near(0.95, FREEZE / 2);
        near(0.99, FREEZE * 9 / 10);
        near(0.5, Duration::from_millis(1));
        // The service time alone hides it: one question in fifty, in each session, noticed the stall.
        assert!(tally.service.value_at_quantile(0.95) < 10_000);
        let lag = &recorder.tallies()[Operation::SendLag as usize];
        assert!(lag.service.max() < 10_000, "the lateness is the server's, not the generator's");
    }
}
