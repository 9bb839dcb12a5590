//! The run itself: checks in parallel, each within its time, transcripts kept, a lost target noticed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reports::model::{
    CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, SCHEMA_CONFORMANCE, SchemaId,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::Error;
use crate::checks::{self, Check, Context, Pace, ReasonCode, Step, Stop, Violation};
use crate::peer::Transcript;
use crate::target::{Target, is_alive, measure_round_trip};

use super::observer::Observer;
use super::options::{RunOptions, Transcripts, selected};
use super::outcome::Judge;

/// What one run of a check came to.
pub(crate) struct Attempt {
    pub(crate) outcome: Step,
    pub(crate) duration: Duration,
    pub(crate) transcript: Transcript,
    /// The target took no connection after the check did not pass.
    pub(crate) target_gone: bool,
}

/// Runs `check` once, within the pace's limit.
pub(crate) async fn attempt(check: &Check, target: &Target, pace: Pace, seed: u64) -> Attempt {
    let context = Context::new(check.id, target.clone(), pace, seed);
    let transcript = context.transcript().clone();
    let start = Instant::now();
    // A panic in a check is trouble of the suite; in a task of its own it ends nothing else.
    let running = {
        let check = check.clone();
        let mut set = JoinSet::new();
        set.spawn(async move { check.run(context).await });
        set
    };
    let outcome = finish(running, pace.limit).await;
    let target_gone = outcome.is_err() && !is_alive(target).await;
    Attempt { outcome, duration: start.elapsed(), transcript, target_gone }
}

async fn finish(mut running: JoinSet<Step>, limit: Duration) -> Step {
    match timeout(limit, running.join_next()).await {
        Ok(Some(Ok(step))) => step,
        Ok(Some(Err(error))) => Err(Stop::Harness(format!("the check itself failed: {error}"))),
        Ok(None) => Err(Stop::Harness("the check vanished".to_owned())),
        Err(_) => {
            let expected = format!("an end within {limit:?}");
            Err(Violation::new(ReasonCode::Hung, expected, "a check that was still waiting").into())
        }
    }
}

/// Runs the suite against `target`.
pub async fn run(
    target: &Target,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<ConformanceReport, Error> {
    let begin = Instant::now();
    let (checks, requirements) = selected(options.select.as_ref(), options.shard)?;
    let round_trip = measure_round_trip(target).await?;
    let pace = Pace { round_trip, scale: options.timing_scale, limit: options.check_limit };
    observer.planned(&target.name, checks.len());
    let judge = Judge { requirements: &requirements, target, baseline: &options.baseline };
    let results = Execution { checks: &checks, judge, pace, options, observer }.run().await?;
    let exists = |id: &str| checks::all().iter().any(|check| check.id == id);
    let mut header = options.header.clone();
    header.schema = SchemaId::new(SCHEMA_CONFORMANCE, 1);
    Ok(ConformanceReport {
        header,
        target: target.name.clone(),
        duration_ms: begin.elapsed().as_secs_f64() * 1e3,
        round_trip_ms: round_trip.as_secs_f64() * 1e3,
        counts: ConformanceCounts::of(&results),
        stale_baseline: options.baseline.stale(&results, exists),
        results,
    })
}

/// One run, while it runs.
struct Execution<'a> {
    checks: &'a [Check],
    judge: Judge<'a>,
    pace: Pace,
    options: &'a RunOptions,
    observer: &'a dyn Observer,
}

impl Execution<'_> {
    async fn run(&self) -> Result<Vec<CheckResult>, Error> {
        let mut results: Vec<Option<CheckResult>> = vec![None; self.checks.len()];
        // The slow ones first, so that they don't stand alone at the end.
        let mut order: Vec<usize> = (0..self.checks.len()).collect();
        order.sort_by_key(|at| !self.checks[*at].tags.contains(&"slow"));
        let slots = Arc::new(Semaphore::new(self.options.jobs.max(1)));
        let mut waiting = order.into_iter();
        let mut running = JoinSet::new();
        let mut ended: Option<String> = None;
        loop {
            while ended.is_none()
                && let Ok(slot) = Arc::clone(&slots).try_acquire_owned()
                && let Some(at) = waiting.next()
            {
                let check = self.checks[at].clone();
                self.observer.started(&check);
                if let Some(stop) = self.judge.not_applicable(&check) {
                    results[at] = Some(self.conclude(&check, &Err(stop), Duration::ZERO, None)?);
                    continue;
                }
                let (target, pace, seed) = (self.judge.target.clone(), self.pace, self.options.header.seed);
                running.spawn(async move {
                    let attempt = attempt(&check, &target, pace, seed).await;
                    drop(slot);
                    (at, attempt)
                });
            }
            let Some(joined) = running.join_next().await else { break };
            let Ok((at, attempt)) = joined else { continue };
            let check = &self.checks[at];
            let outcome = self.outcome(&attempt, &mut ended);
            let result = self.conclude(check, &outcome, attempt.duration, Some(&attempt.transcript))?;
            if self.options.fail_fast && result.status == CheckStatus::Failed && ended.is_none() {
                ended = Some(format!("the run ended at the first failure, {}", check.id));
            }
            results[at] = Some(result);
        }
        let why = ended.unwrap_or_else(|| "its task was lost".to_owned());
        let fill = |(result, check): (Option<CheckResult>, &Check)| {
            result.unwrap_or_else(|| {
                let result = self.judge.not_run(check, &why);
                self.observer.finished(&result);
                result
            })
        };
        Ok(results.into_iter().zip(self.checks).map(fill).collect())
    }

    /// What the check said, unless the target is gone: then nothing it said is about its subject.
    fn outcome(&self, attempt: &Attempt, ended: &mut Option<String>) -> Step {
        if !attempt.target_gone {
            return attempt.outcome.clone();
        }
        let target = self.judge.target;
        let why = format!("target {} at {} takes no connection any more", target.name, target.address());
        *ended = Some(why.clone());
        Err(Stop::Harness(why))
    }

    fn conclude(
        &self,
        check: &Check,
        outcome: &Step,
        duration: Duration,
        transcript: Option<&Transcript>,
    ) -> Result<CheckResult, Error> {
        let mut result = self.judge.result(check, outcome, duration);
        let kept = self.options.transcripts == Transcripts::All || result.status != CheckStatus::Passed;
        if let (Some(folder), Some(transcript), true) = (&self.options.folder, transcript, kept) {
            result.transcript = Some(write_transcript(folder, check.id, transcript)?);
        }
        self.observer.finished(&result);
        Ok(result)
    }
}

/// Writes both renderings; gives the path of the readable one, relative to `folder`.
pub(crate) fn write_transcript(folder: &Path, name: &str, transcript: &Transcript) -> Result<String, Error> {
    let inner = folder.join("transcripts");
    std::fs::create_dir_all(&inner).map_err(|source| Error::Write { path: inner.clone(), source })?;
    for (ending, text) in [("jsonl", transcript.to_json_lines()), ("txt", transcript.to_text())] {
        let path = inner.join(format!("{name}.{ending}"));
        std::fs::write(&path, text).map_err(|source| Error::Write { path, source })?;
    }
    Ok(format!("transcripts/{name}.txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target nobody listens at: a made check does not ask it anything.
    fn nowhere() -> Target {
        Target::from_url("http://127.0.0.1:1").unwrap()
    }

    async fn tried(check: Check) -> Step {
        let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::from_millis(50) };
        attempt(&check, &nowhere(), pace, 7).await.outcome
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_ended_and_fails() {
        let check = Check::new("made.hangs", "hangs", &[], |_| std::future::pending());
        let Err(Stop::Violation(violation)) = tried(check).await else { panic!("it passed") };
        assert_eq!(violation.code, ReasonCode::Hung);
    }

    #[tokio::test]
    async fn a_check_that_panics_is_trouble_of_the_suite() {
        let check = Check::new("made.panics", "panics", &[], |_| async { panic!("a bug of ours") });
        let Err(Stop::Harness(why)) = tried(check).await else { panic!("not harness") };
        assert!(why.contains("a bug of ours"), "{why}");
    }

    #[tokio::test]
    async fn the_same_seed_gives_the_same_numbers_to_each_check() {
        use rand::RngCore as _;
        let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::ZERO };
        let number = |check, seed| Context::new(check, nowhere(), pace, seed).rng().next_u64();
        assert_eq!(number("made.a", 1), number("made.a", 1));
        assert_ne!(number("made.a", 1), number("made.b", 1));
        assert_ne!(number("made.a", 1), number("made.a", 2));
    }
}
