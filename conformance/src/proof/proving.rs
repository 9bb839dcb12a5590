//! Carrying out the proof.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use indexmap::IndexMap;
use reports::model::{CheckResult, Header, MutantResult, ProofReport, SCHEMA_PROVE, SchemaId};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::Error;
use crate::checks::{Check, Pace, Stop};
use crate::mutants::{self, Mutant, Seam};
use crate::runner::{Baseline, Judge, MOST_MIB, Selection, TimeScale, needed_by};
use crate::target::{Running, Targets, configured, measure_round_trip, variant};
use crate::witness::Witness;

use super::alone::Alone;
use super::clean::CleanRuns;
use super::launcher::Launcher;
use super::meeting::{Met, meet_group, outcome};
use super::neighbours::meet_neighbours;
use super::stage::Stage;

/// Servers of other configurations that run at one time beside the clean ones.
const SERVERS: usize = 4;
/// Neighbours that meet a mutant of a configuration, while its server is there.
const NEIGHBOURS_OF_CONFIG: usize = 8;
/// Time for that.
const NEIGHBOURS_TIME: Duration = Duration::from_secs(3);

/// What a proof is asked to do.
#[derive(Debug, Clone)]
pub struct ProveOptions {
    /// Common fields of the report; its seed is the seed of the proof.
    pub header: Header,
    /// Which checks: the launcher has to start what stands on their side.
    pub selection: Selection,
    /// Checks at one time.
    pub jobs: usize,
    /// Factor on every time limit.
    pub timing_scale: TimeScale,
    /// Longest time of one check.
    pub check_limit: Duration,
    /// How long the other checks of a mutant's area are tried on it when all mutants have met their own, for
    /// `also_killed_by`. Zero tries none.
    pub neighbours_for: Duration,
    /// Where transcripts go: those of checks that did not pass on the clean reference, and of mutants that were
    /// not killed. None are kept without one.
    pub folder: Option<PathBuf>,
}

impl ProveOptions {
    /// All checks of servers, 48 at a time, 10 s each, neighbours for 45 s.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            selection: Selection::default(),
            jobs: 48,
            timing_scale: TimeScale::default(),
            check_limit: Duration::from_secs(10),
            neighbours_for: Duration::from_secs(45),
            folder: None,
        }
    }
}

/// Told what a proof finds while it finds it.
pub trait ProofObserver: Send + Sync {
    /// So many checks will meet the clean reference, so many mutants their checks.
    fn planned(&self, _checks: usize, _mutants: usize) {}

    /// A check has met the clean reference.
    fn clean(&self, _result: &CheckResult) {}

    /// A check that passed on the clean reference has not passed behind a proxy that does nothing.
    fn failed_behind_proxy(&self, _result: &CheckResult) {}

    /// A mutant has met its check.
    fn mutant(&self, _result: &MutantResult) {}
}

impl ProofObserver for () {}

/// Proves the selected checks on references started by `launcher`.
pub async fn prove(
    launcher: &dyn Launcher,
    options: &ProveOptions,
    observer: &dyn ProofObserver,
) -> Result<ProofReport, Error> {
    let begin = Instant::now();
    let (checks, requirements) = options.selection.checks()?;
    let mut all = mutants::all();
    all.retain(|mutant| checks.iter().any(|check| check.id == mutant.check));
    observer.planned(checks.len(), all.len());
    let (targets, running) = references(launcher, &checks).await?;
    let round_trip = measure_round_trip(targets.main()).await?.median;
    let _witness = Witness::start();
    let stage = Arc::new(Stage {
        pace: Pace {
            round_trip,
            scale: options.timing_scale.get(),
            limit: options.check_limit.mul_f64(options.timing_scale.longer()),
        },
        seed: options.header.seed,
        slots: Semaphore::new(options.jobs.max(1)),
        scales: Semaphore::new(MOST_MIB as usize),
        checks: checks.clone(),
        targets,
        durations: Mutex::default(),
        folder: options.folder.clone(),
    });
    let main = stage.targets.main().clone();
    let baseline = Baseline::default();
    let judge = Judge { requirements: &requirements, target: &main, baseline: &baseline };
    let alone = Alone { launcher, stage: &stage, observer };
    let mut clean = CleanRuns { stage: &stage, judge, observer, failures: Vec::new() };
    clean.meet(&stage.targets, false).await?;
    alone.meet_clean(&mut clean, false).await?;
    clean.meet_behind_proxy().await?;
    alone.meet_clean(&mut clean, true).await?;
    let mut clean_failures = clean.failures;
    clean_failures.sort_by(|a, b| (a.proxied, &a.result.id).cmp(&(b.proxied, &b.result.id)));
    let on_own = |mutant: &Mutant| checks.iter().any(|check| check.id == mutant.check && check.own_process);
    let (own, shared): (Vec<Mutant>, Vec<Mutant>) = all.iter().cloned().partition(on_own);
    let (wire, config) = groups(&checks, &shared);
    let mut met = Vec::new();
    let on_wire = async {
        for (name, group) in wire {
            met.extend(meet_group(&stage, stage.target(name)?, group, observer).await?);
        }
        Ok::<(), Error>(())
    };
    let time = options.neighbours_for.min(NEIGHBOURS_TIME);
    let elsewhere = Elsewhere { launcher, stage: &stage, time, observer };
    let work = config.into_iter().map(|(place, group)| elsewhere.met(place, group));
    let elsewhere = stream::iter(work).buffer_unordered(SERVERS).collect::<Vec<_>>();
    let (on_wire, elsewhere) = tokio::join!(on_wire, elsewhere);
    on_wire?;
    let mut results = alone.meet_mutants(&own).await?;
    for group in elsewhere {
        results.extend(group?);
    }
    meet_neighbours(&stage, &mut met, usize::MAX, options.neighbours_for).await?;
    results.extend(met.into_iter().map(|met| met.result));
    drop(running);
    let place = |result: &MutantResult| all.iter().position(|mutant| mutant.id == result.mutant);
    results.sort_by_key(place);
    let unproven = |check: &&Check| !all.iter().any(|mutant| mutant.check == check.id);
    let mut header = options.header.clone();
    header.schema = SchemaId::new(SCHEMA_PROVE, 1);
    Ok(ProofReport {
        header,
        failed_on_clean: clean_failures.iter().map(|failure| failure.result.id.clone()).collect(),
        clean_failures,
        mutants: results,
        checks_without_mutant: checks.iter().filter(unproven).map(|check| check.id.to_owned()).collect(),
        duration_ms: begin.elapsed().as_secs_f64() * 1e3,
    })
}

/// The clean references that `checks` need, and what keeps them alive.
async fn references(launcher: &dyn Launcher, checks: &[Check]) -> Result<(Targets, Vec<Running>), Error> {
    let clean = launcher.launch(&[]).await?;
    let mut targets = Targets::from(clean.target.clone());
    let start = |variant: &'static crate::target::Variant| async move {
        let started = launcher.launch(&[variant.config]).await?;
        Ok::<_, Error>((variant, configured(&started.target, variant)?, started))
    };
    let mut running = vec![clean];
    let mut starting = stream::iter(needed_by(checks).into_iter().map(start)).buffer_unordered(SERVERS);
    while let Some(started) = starting.next().await {
        let (variant, target, started) = started?;
        targets.insert(variant, Ok(target));
        running.push(started);
    }
    Ok((targets, running))
}

/// Mutants by the variant their check needs.
type OnWire = IndexMap<Option<&'static str>, Vec<Mutant>>;
/// Mutants by variant and by what is laid over its configuration.
type ByConfig = IndexMap<(Option<&'static str>, &'static str), Vec<Mutant>>;

/// The mutants of one configuration share a server; those on the wire share the clean ones.
fn groups(checks: &[Check], all: &[Mutant]) -> (OnWire, ByConfig) {
    let (mut wire, mut config) = (OnWire::new(), ByConfig::new());
    for mutant in all {
        let named = checks.iter().find(|check| check.id == mutant.check);
        let variant = named.and_then(|check| check.variant);
        match mutant.seam {
            Seam::Wire(_) | Seam::Signal(_) | Seam::Client(_) => {
                wire.entry(variant).or_default().push(mutant.clone());
            }
            Seam::Config(toml) => config.entry((variant, toml)).or_default().push(mutant.clone()),
        }
    }
    (wire, config)
}

/// What mutants of a configuration need: a server of their own.
struct Elsewhere<'a> {
    launcher: &'a dyn Launcher,
    stage: &'a Arc<Stage>,
    /// Time for the neighbours of one group.
    time: Duration,
    observer: &'a dyn ProofObserver,
}

impl Elsewhere<'_> {
    /// Runs the mutants of one configuration.
    async fn met(
        &self,
        (name, overrides): (Option<&'static str>, &'static str),
        group: Vec<Mutant>,
    ) -> Result<Vec<MutantResult>, Error> {
        let variant = name.and_then(variant);
        let texts: Vec<&str> = variant.iter().map(|variant| variant.config).chain([overrides]).collect();
        let started = match self.launcher.launch(&texts).await {
            Ok(started) => started,
            Err(error) => {
                // One that can't be started is a mutant that is not proven, and no reason to prove nothing.
                let why = Err(Stop::Harness(error.to_string()));
                let results: Vec<MutantResult> = group.iter().map(|mutant| outcome(mutant, &why)).collect();
                results.iter().for_each(|result| self.observer.mutant(result));
                return Ok(results);
            }
        };
        let target = match variant {
            None => started.target.clone(),
            Some(variant) => configured(&started.target, variant)?,
        };
        let mut met: Vec<Met> = meet_group(self.stage, &target, group, self.observer).await?;
        meet_neighbours(self.stage, &mut met, NEIGHBOURS_OF_CONFIG, self.time).await?;
        Ok(met.into_iter().map(|met| met.result).collect())
    }
}
