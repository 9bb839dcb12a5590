//! The run itself: checks in parallel, each within its time, transcripts kept, a lost target noticed.

use std::iter::Peekable;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reports::model::{
    CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, RunCounts, SCHEMA_CONFORMANCE, SchemaId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::checks::{Check, Pace, Step, Stop};
use crate::loss::{Loss, Relay};
use crate::peer::Transcript;
use crate::target::{Processes, RoundTrip, Target, Targets, Tier, measure_round_trip, misses_echo_door};
use crate::witness::Witness;

use super::attempt::{Attempt, attempt_at};
use super::departure::{Departures, Suspects};
use super::observer::Observer;
use super::options::{RunOptions, Transcripts};
use super::outcome::{Judge, said};

/// Runs the suite against `targets`.
pub async fn run(
    targets: &Targets,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<ConformanceReport, Error> {
    let begin = Instant::now();
    let far = match options.network_delay {
        Some(delay) => Some(far_away(targets, delay).await?),
        None => None,
    };
    let near = targets;
    let targets = far.as_ref().map_or(targets, |(targets, _relays)| targets);
    let (mut checks, requirements) = options.selection.checks()?;
    targets.settle(&mut checks);
    let round_trip = measure_round_trip(targets.main()).await?;
    let targets = &told_apart(targets, &checks).await;
    let target = targets.main();
    let witness = Witness::start();
    let pace =
        Pace { round_trip: round_trip.median, scale: options.timing_scale.get(), limit: options.longest() };
    observer.planned(&target.name, checks.len());
    let judge = Judge { requirements: &requirements, target, baseline: &options.baseline };
    let (doubtful, departures) = (Vec::new(), Departures::default());
    let mut execution = Execution {
        checks: &checks,
        targets,
        near,
        judge,
        pace,
        round_trip,
        options,
        observer,
        doubtful,
        departures,
    };
    let results = execution.run().await?;
    let round_trip = execution.round_trip;
    let mut header = options.header.clone();
    header.schema = SchemaId::new(SCHEMA_CONFORMANCE, 1);
    Ok(ConformanceReport {
        header,
        target: target.name.clone(),
        duration_ms: begin.elapsed().as_secs_f64() * 1e3,
        round_trip_ms: round_trip.median.as_secs_f64() * 1e3,
        round_trip_worst_ms: Some(round_trip.worst.as_secs_f64() * 1e3),
        profile: options.selection.profile.as_ref().map(|profile| profile.version.clone()),
        instrument: Some(witness.figures()),
        repetition: None,
        target_gone: execution.departures.first(),
        counts: ConformanceCounts::of(&results),
        stale_baseline: options.baseline.stale(&results),
        results,
    })
}

/// The same targets over a long way: every byte takes so much longer, both ways.
async fn far_away(targets: &Targets, delay: Duration) -> Result<(Targets, Vec<Relay>), Error> {
    let (mut relays, mut others) = (Vec::new(), Vec::new());
    for target in targets.all() {
        let mut other = target.clone();
        for tier in Tier::ALL {
            let Some(upstream) = target.address_of(tier) else { continue };
            let relay = Relay::start(&upstream, Loss::Delay(delay))
                .await
                .map_err(|error| Error::Data(format!("no relay: {error}")))?;
            let address = relay.address().to_string();
            other = other.moved(tier, address);
            relays.push(relay);
        }
        others.push(other);
    }
    Ok((targets.replaced(others), relays))
}

/// `targets`, and what has to be found out about them before checks are chosen.
async fn told_apart(targets: &Targets, checks: &[Check]) -> Targets {
    let mut targets = targets.clone();
    let main = targets.main_mut();
    let wants_echo = checks.iter().any(|check| check.features.contains(&"echo"));
    if wants_echo
        && !main.features.contains_key("echo")
        && let Some(seen) = misses_echo_door(main).await
    {
        main.unmet.insert("echo".to_owned(), seen);
    }
    targets
}

/// Most MiB that checks which say what they weigh may move at one time.
pub(crate) const MOST_MIB: u32 = 24;

/// How many places `check` takes: of [`MOST_MIB`] when it says what it weighs, else one of the jobs.
pub(crate) fn places(check: &Check) -> u32 {
    check.weight.clamp(1, MOST_MIB)
}

/// How often a check that may have met the instrument's own trouble is run again, alone.
const REPETITIONS: u32 = 2;
/// When so many, or one in fifty, have failed again alone, the machine is not what makes them fail: the others are not
/// run again.
const MOST_CONFIRMED: usize = 12;

/// One run, while it runs.
pub(super) struct Execution<'a> {
    pub(super) checks: &'a [Check],
    pub(super) targets: &'a Targets,
    /// The same without the delay that is added to the way to them: what is asked whether it lives.
    pub(super) near: &'a Targets,
    pub(super) judge: Judge<'a>,
    pub(super) pace: Pace,
    /// What was measured; measured again when something is late.
    round_trip: RoundTrip,
    pub(super) options: &'a RunOptions,
    observer: &'a dyn Observer,
    /// Checks that may have met the instrument's own trouble, and what they said.
    pub(super) doubtful: Vec<(usize, Attempt)>,
    pub(super) departures: Departures,
}

/// What came of an attempt beside others.
struct Tried {
    at: usize,
    attempt: Attempt,
    /// Its target was gone afterwards.
    lost: bool,
}

/// Checks that wait for a place.
type Queue = (Peekable<std::vec::IntoIter<usize>>, Arc<Semaphore>);

impl<'a> Execution<'a> {
    async fn run(&mut self) -> Result<Vec<CheckResult>, Error> {
        let mut results: Vec<Option<CheckResult>> = vec![None; self.checks.len()];
        let mut queues = self.queues();
        let mut running = JoinSet::new();
        let mut ended: Option<String> = None;
        let mut suspects = Vec::new();
        loop {
            if ended.is_none() && suspects.is_empty() {
                self.fill(&mut queues, &mut running, &mut results)?;
            }
            let Some(joined) = running.join_next().await else {
                if suspects.is_empty() {
                    break;
                }
                self.explain(std::mem::take(&mut suspects), &mut results).await?;
                continue;
            };
            let Ok(Tried { at, attempt, lost }) = joined else { continue };
            let check = &self.checks[at];
            if lost || self.is_suspect(check, &suspects) {
                suspects.push((at, attempt));
            } else if attempt.is_doubtful() && ended.is_none() {
                self.doubtful.push((at, attempt));
            } else {
                let result =
                    self.conclude(check, &attempt.outcome, attempt.duration, Some(&attempt.transcript))?;
                self.departures.concluded(at);
                if self.options.fail_fast && result.status == CheckStatus::Failed && ended.is_none() {
                    ended = Some(format!("the run ended at the first failure, {}", check.id));
                }
                results[at] = Some(result);
            }
        }
        self.confirm_all(&mut results).await?;
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

    /// The checks in their order: the slow ones first, so that they don't stand alone at the end.
    fn queues(&self) -> [Queue; 2] {
        let mut order: Vec<usize> = (0..self.checks.len()).collect();
        order.sort_by_key(|at| !self.checks[*at].tags.contains(&"slow"));
        let (heavy, light): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|at| self.checks[*at].weight > 0);
        [
            (heavy.into_iter().peekable(), Arc::new(Semaphore::new(MOST_MIB as usize))),
            (light.into_iter().peekable(), Arc::new(Semaphore::new(self.options.jobs.max(1)))),
        ]
    }

    /// Begins as many checks as there are places for.
    fn fill(
        &self,
        queues: &mut [Queue; 2],
        running: &mut JoinSet<Tried>,
        results: &mut [Option<CheckResult>],
    ) -> Result<(), Error> {
        for (waiting, slots) in queues {
            while let Some(at) = waiting.peek().copied()
                && let Ok(slot) = Arc::clone(slots).try_acquire_many_owned(places(&self.checks[at]))
            {
                waiting.next();
                if let Some(stop) = self.begin(at, slot, running) {
                    results[at] = Some(self.conclude(&self.checks[at], &Err(stop), Duration::ZERO, None)?);
                }
            }
        }
        Ok(())
    }

    /// True when one of `suspects` has lost the target of `check`.
    fn is_suspect(&self, check: &Check, suspects: &Suspects) -> bool {
        let name = Self::name_of(check);
        let lost = |(at, _): &(usize, Attempt)| Self::name_of(&self.checks[*at]) == name;
        !check.own_process && suspects.iter().any(lost)
    }

    /// Runs the doubtful ones again, alone.
    async fn confirm_all(&mut self, results: &mut [Option<CheckResult>]) -> Result<(), Error> {
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

    /// Begins a check in a task of its own, or says why it can't be run.
    fn begin(&self, at: usize, slot: OwnedSemaphorePermit, running: &mut JoinSet<Tried>) -> Option<Stop> {
        let check = self.checks[at].clone();
        self.observer.started(&check);
        let (target, processes) = match self.target(&check) {
            Ok((target, processes)) => (target.clone(), processes),
            Err(stop) => return Some(stop),
        };
        let near = self.near.of(&check).unwrap_or(self.judge.target).clone();
        let (pace, choices) = (self.pace, self.options.choices());
        running.spawn(async move {
            let attempt = attempt_at(&check, &target, processes.as_deref(), pace, &choices).await;
            let lost = Self::is_lost(near, &check, &attempt).await;
            drop(slot);
            Tried { at, attempt, lost }
        });
        None
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

    /// The target `check` is for, or why it can't be run.
    fn target(&self, check: &Check) -> Step<(&Target, Option<Arc<dyn Processes>>)> {
        if let Some(stop) = self.judge.left_out(check) {
            return Err(stop);
        }
        let found = (self.targets.of(check)?, self.targets.processes(check)?);
        match self.departures.of(Self::name_of(check)) {
            Some(why) if !check.own_process => Err(Stop::Harness(why.to_owned())),
            _ => Ok(found),
        }
    }

    pub(super) fn conclude(
        &self,
        check: &Check,
        outcome: &Step,
        duration: Duration,
        transcript: Option<&Transcript>,
    ) -> Result<CheckResult, Error> {
        let result = self.judged(check, outcome, duration, transcript)?;
        self.observer.finished(&result);
        Ok(result)
    }

    /// The result of `check` with its transcript, where that is kept.
    fn judged(
        &self,
        check: &Check,
        outcome: &Step,
        duration: Duration,
        transcript: Option<&Transcript>,
    ) -> Result<CheckResult, Error> {
        let mut result = self.judge.result(check, outcome, duration);
        let is_wanted = self.options.transcripts == Transcripts::All || result.status != CheckStatus::Passed;
        if let Some(transcript) = transcript.filter(|_| is_wanted) {
            result.transcript = self.kept(check.id, check, transcript)?;
        }
        Ok(result)
    }

    /// Keeps `transcript` of `check` as `name`, unless an earlier run has left what counts.
    fn kept(&self, name: &str, check: &Check, transcript: &Transcript) -> Result<Option<String>, Error> {
        let folder = self.options.folder.as_ref().filter(|_| !self.options.evidence.contains(check.id));
        folder.map(|folder| write_transcript(folder, name, transcript)).transpose()
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
    use reports::model::{Environment, Header};
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::checks::ReasonCode;

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
        let header = Header {
            schema: SchemaId::new("made", 1),
            tool_version: "0.0.0".to_owned(),
            seed: 7,
            started_at: jiff::Timestamp::UNIX_EPOCH,
            config: serde_json::Value::Null,
            environment: Environment {
                platform: "made".to_owned(),
                cores: 1,
                memory_mib: None,
                kernel: None,
                build: "debug".to_owned(),
            },
        };
        let options = RunOptions::new(header);
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
