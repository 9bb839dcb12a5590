//! Second looks: what may have met the instrument's own trouble beside other checks is run again alone, and what then
//! counts.

use reports::model::{CheckResult, CheckStatus, RunCounts};

use crate::Error;
use crate::target::measure_round_trip;

use super::attempt::Attempt;
use super::execution::Execution;
use super::outcome::said;

/// How often a check that may have met the instrument's own trouble is run again, alone.
const REPETITIONS: u32 = 2;
/// When so many, or one in fifty, have failed again alone, the machine is not what makes them fail: the others are not
/// run again.
const MOST_CONFIRMED: usize = 12;

impl Execution<'_> {
    /// Runs the doubtful ones again, alone.
    pub(super) async fn confirm_all(&mut self, results: &mut [Option<CheckResult>]) -> Result<(), Error> {
        let most = MOST_CONFIRMED.max(self.checks.len() / 50);
        let mut confirmed = 0;
        let mut doubtful = std::mem::take(&mut self.doubtful);
        // Time is what a busy machine changes: what was only late comes first.
        doubtful.sort_by_key(|(_, attempt)| !attempt.is_late());
        for (at, attempt) in doubtful {
            let result = self.confirm(at, attempt, confirmed < most).await?;
            confirmed += usize::from(result.status != CheckStatus::Passed);
            results[at] = Some(result);
        }
        Ok(())
    }

    /// Time is judged fairly: beside other checks, on a machine with other work, an answer may come late
    /// that comes in time otherwise. A check that found nothing but that, that could not be carried out, or in whose
    /// time the instrument stood still, is run again alone, and the target is at fault if it is each time.
    async fn confirm(&mut self, at: usize, first: Attempt, repeats: bool) -> Result<CheckResult, Error> {
        let check = &self.checks[at];
        let name = Self::name_of(check);
        let mut last = None;
        for _ in 0..if repeats { REPETITIONS } else { 0 } {
            if self.departures.of(name).is_some() && !check.own_process {
                break;
            }
            let target = self.targets.of(check).unwrap_or(self.judge.target);
            // The way may have become longer since the run began.
            if let Ok(now) = measure_round_trip(target).await {
                self.round_trip = self.round_trip.max(now);
                self.pace.round_trip = self.round_trip.median;
            }
            let (again, lost) = self.alone(check).await;
            if lost {
                let result = self.blame(check, &again, true)?;
                self.revive(name).await;
                return Ok(result);
            }
            // What can't be carried out alone either is no matter of the machine.
            let still = again.is_doubtful() && !again.is_not_run();
            last = Some(again);
            if !still {
                break;
            }
        }
        let Some(last) = last else {
            return self.conclude(check, &first.outcome, first.duration, Some(&first.transcript));
        };
        let accused = last.outcome.is_ok() && !first.is_excused();
        let counts = if accused { &first } else { &last };
        let mut result = self.judged(check, &counts.outcome, counts.duration, Some(&counts.transcript))?;
        if accused {
            // One and the same target did both: neither is its whole truth.
            result.runs = Some(RunCounts {
                runs: 2,
                passed: 1,
                failed: 1,
                first_bad_run: Some(1),
                ..Default::default()
            });
        } else {
            result.at_first = said(&first.outcome);
            result.at_first_transcript =
                self.kept(&format!("{}.first", check.id), check, &first.transcript)?;
        }
        self.observer.finished(&result);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;

    use super::super::departure::Departures;
    use super::super::options::RunOptions;
    use super::super::outcome::Judge;
    use super::*;
    use crate::checks::{Check, Pace, ReasonCode, Step, Stop};
    use crate::made::header;
    use crate::target::{RoundTrip, Target, Targets};
    use crate::witness::Witness;

    /// Runs `check` as a suite of one.
    async fn judged(check: Check) -> CheckResult {
        all_judged(&[check]).await.remove(0)
    }

    /// Runs `checks` against a server that answers the probe of the round trip.
    async fn all_judged(checks: &[Check]) -> Vec<CheckResult> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                // Whether a connection asks anything does not matter to its answer.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                kept.push(stream);
            }
        });
        let target = Target::from_url(&format!("http://{address}")).unwrap();
        let options = RunOptions::new(header());
        let baseline = super::super::baseline::Baseline::default();
        let judge = Judge { requirements: &[], target: &target, baseline: &baseline };
        let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::from_secs(5) };
        let targets = Targets::from(target.clone());
        let round_trip = RoundTrip { median: Duration::ZERO, worst: Duration::ZERO };
        let options = &options;
        let mut execution = Execution {
            checks,
            targets: &targets,
            near: &targets,
            judge,
            pace,
            round_trip,
            options,
            observer: &(),
            doubtful: Vec::new(),
            departures: Departures::default(),
        };
        execution.run().await.unwrap()
    }

    /// A check whose first `count` runs end as `end` says.
    fn made(count: u32, end: impl Fn(u32) -> Step + Send + Sync + Copy + 'static) -> Check {
        let runs = Arc::new(std::sync::atomic::AtomicU32::new(0));
        Check::new("made.late", "late", &[], move |_| {
            let run = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move { if run < count { end(run) } else { Ok(()) } }
        })
    }

    /// A check that finds its target late in its first `count` runs.
    fn late_at_first(count: u32) -> Check {
        made(count, |_| crate::checks::fail(ReasonCode::Late, "an answer in time", "a late one"))
    }

    #[tokio::test]
    async fn late_beside_others_and_in_time_alone_passes_and_is_told() {
        let result = judged(late_at_first(1)).await;
        assert_eq!(result.status, CheckStatus::Passed);
        assert_eq!(result.at_first.unwrap().code, "late");
    }

    /// A check that holds up its thread, which is all of the instrument, and then misses something in its first run.
    fn held_up() -> Check {
        made(1, |_| {
            // A stall is what is made here.
            std::thread::sleep(Duration::from_millis(80));
            crate::checks::fail(ReasonCode::Missing, "this", "that")
        })
    }

    #[tokio::test]
    async fn in_a_stall_only_what_the_stall_explains_is_forgiven_and_that_is_told() {
        let _witness = Witness::start();
        let forgiven = judged(held_up()).await;
        assert_eq!(forgiven.status, CheckStatus::Passed);
        assert_eq!(forgiven.at_first.unwrap().code, "missing");
        let wrong = made(1, |_| crate::checks::fail(ReasonCode::WrongValue, "this", "that"));
        let failed = judged(wrong).await;
        assert_eq!(failed.status, CheckStatus::Failed);
        assert_eq!(failed.reason.unwrap().code, "wrong_value");
    }

    #[tokio::test]
    async fn what_could_not_be_carried_out_beside_others_is_tried_alone_once() {
        let checks = [1, u32::MAX]
            .map(|count| made(count, |run| Err(Stop::Harness(format!("run {run} was too slow")))));
        let results = all_judged(&checks).await;
        let statuses: Vec<CheckStatus> = results.iter().map(|result| result.status).collect();
        assert_eq!(statuses, [CheckStatus::Passed, CheckStatus::NotRun]);
        let first = results[0].at_first.as_ref().unwrap();
        assert_eq!((first.code.as_str(), first.actual.as_str()), ("not_run", "run 0 was too slow"));
        assert_eq!(results[1].reason.as_ref().unwrap().actual, "run 1 was too slow", "and not a third time");
    }

    #[tokio::test]
    async fn late_each_time_is_late() {
        let result = judged(late_at_first(REPETITIONS + 1)).await;
        assert_ne!(result.status, CheckStatus::Passed);
        assert_eq!(result.reason.unwrap().code, "late");
    }

    #[tokio::test]
    async fn however_many_were_late_beside_others_they_are_run_again_until_many_are_late_alone() {
        let busy: Vec<Check> = (0..3 * MOST_CONFIRMED).map(|_| late_at_first(1)).collect();
        let results = all_judged(&busy).await;
        assert!(results.iter().all(|result| result.status == CheckStatus::Passed));
        let slow: Vec<Check> = (0..3 * MOST_CONFIRMED).map(|_| late_at_first(u32::MAX)).collect();
        let results = all_judged(&slow).await;
        assert!(results.iter().all(|result| result.status != CheckStatus::Passed));
        assert_eq!(results.iter().filter(|result| result.at_first.is_some()).count(), MOST_CONFIRMED);
    }
}
