//! The run itself: checks in parallel, each within its time, transcripts kept, a lost target noticed.

use std::iter::Peekable;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reports::model::{
    CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, SCHEMA_CONFORMANCE, SchemaId,
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
use super::outcome::Judge;

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

/// One run, while it runs.
pub(super) struct Execution<'a> {
    pub(super) checks: &'a [Check],
    pub(super) targets: &'a Targets,
    /// The same without the delay that is added to the way to them: what is asked whether it lives.
    pub(super) near: &'a Targets,
    pub(super) judge: Judge<'a>,
    pub(super) pace: Pace,
    /// What was measured; measured again when something is late.
    pub(super) round_trip: RoundTrip,
    pub(super) options: &'a RunOptions,
    pub(super) observer: &'a dyn Observer,
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
    pub(super) async fn run(&mut self) -> Result<Vec<CheckResult>, Error> {
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
    pub(super) fn judged(
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
    pub(super) fn kept(
        &self,
        name: &str,
        check: &Check,
        transcript: &Transcript,
    ) -> Result<Option<String>, Error> {
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
