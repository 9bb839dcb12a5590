//! Carrying out the proof.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use reports::model::{CheckResult, CheckStatus, Header, MutantResult, ProofReport, SCHEMA_PROVE, SchemaId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::checks::{Check, Pace, Stop};
use crate::mutants::{self, Fault, Mutant, Proxy, Seam};
use crate::runner::{Attempt, Baseline, Judge, Select, Selection, attempt, is_late, needed_by};
use crate::target::{Target, Targets, configured, measure_round_trip, variant};

use super::launcher::Launcher;

/// What a proof is asked to do.
#[derive(Debug, Clone)]
pub struct ProveOptions {
    /// Common fields of the report; its seed is the seed of the proof.
    pub header: Header,
    /// Which checks; all of them without one.
    pub select: Option<Select>,
    /// Checks at one time.
    pub jobs: usize,
    /// Factor on every time limit.
    pub timing_scale: f64,
    /// Longest time of one check.
    pub check_limit: Duration,
    /// How long after the begin the other checks of a mutant's area are still tried on it, for
    /// `also_killed_by`. Zero tries none.
    pub neighbours_for: Duration,
}

impl ProveOptions {
    /// All checks, 48 at a time, 10 s each, neighbours for 60 s.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            select: None,
            jobs: 48,
            timing_scale: 1.0,
            check_limit: Duration::from_secs(10),
            neighbours_for: Duration::from_secs(60),
        }
    }
}

/// Told what a proof finds while it finds it.
pub trait ProofObserver: Send + Sync {
    /// So many checks will meet the clean reference, so many mutants their checks.
    fn planned(&self, _checks: usize, _mutants: usize) {}

    /// A check has met the clean reference.
    fn clean(&self, _result: &CheckResult) {}

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
    let selection = Selection { select: options.select.clone(), ..Selection::default() };
    let (checks, requirements) = selection.checks()?;
    let mut all = mutants::all();
    all.retain(|mutant| checks.iter().any(|check| check.id == mutant.check));
    observer.planned(checks.len(), all.len());
    let clean = launcher.launch(&[]).await?;
    let (mut targets, mut running) = (Targets::from(clean.target.clone()), Vec::new());
    for variant in needed_by(&checks) {
        let started = launcher.launch(&[variant.config]).await?;
        targets.insert(variant, Ok(configured(&started.target, variant)?));
        running.push(started);
    }
    let round_trip = measure_round_trip(&clean.target).await?.median;
    let stage = Arc::new(Stage {
        pace: Pace { round_trip, scale: options.timing_scale, limit: options.check_limit },
        seed: options.header.seed,
        slots: Semaphore::new(options.jobs.max(1)),
        checks: checks.clone(),
        targets,
        neighbours_until: begin + options.neighbours_for,
    });
    let baseline = Baseline::default();
    let judge = Judge { requirements: &requirements, target: &clean.target, baseline: &baseline };
    let mut failed_on_clean = meet_clean(&stage, &stage.targets, judge, observer).await;
    failed_on_clean.extend(meet_clean_proxy(&stage, judge, &failed_on_clean).await?);
    let mut results = Vec::with_capacity(all.len());
    // The mutants of one configuration share a server; those on the wire share the clean ones.
    let mut groups: IndexMap<(Option<&'static str>, Option<&'static str>), Vec<Mutant>> = IndexMap::new();
    for mutant in &all {
        let overrides = match mutant.seam {
            Seam::Wire(_) => None,
            Seam::Config(toml) => Some(toml),
        };
        groups.entry((mutant_variant(&checks, mutant), overrides)).or_default().push(mutant.clone());
    }
    for ((name, overrides), group) in groups {
        let Some(overrides) = overrides else {
            let target = stage.target(name)?.clone();
            results.extend(meet_mutants(&stage, &target, group, observer).await?);
            continue;
        };
        let variant = name.and_then(variant);
        let texts: Vec<&str> = variant.iter().map(|variant| variant.config).chain([overrides]).collect();
        let started = launcher.launch(&texts).await?;
        let target = match variant {
            None => started.target.clone(),
            Some(variant) => configured(&started.target, variant)?,
        };
        results.extend(meet_mutants(&stage, &target, group, observer).await?);
    }
    drop(running);
    let place = |result: &MutantResult| all.iter().position(|mutant| mutant.id == result.mutant);
    results.sort_by_key(place);
    let unproven = |check: &&Check| !all.iter().any(|mutant| mutant.check == check.id);
    let mut header = options.header.clone();
    header.schema = SchemaId::new(SCHEMA_PROVE, 1);
    Ok(ProofReport {
        header,
        failed_on_clean,
        mutants: results,
        checks_without_mutant: checks.iter().filter(unproven).map(|check| check.id.to_owned()).collect(),
        duration_ms: begin.elapsed().as_secs_f64() * 1e3,
    })
}

/// The variant that the check of `mutant` needs.
fn mutant_variant(checks: &[Check], mutant: &Mutant) -> Option<&'static str> {
    checks.iter().find(|check| check.id == mutant.check)?.variant
}

/// What every part of a proof needs.
struct Stage {
    pace: Pace,
    seed: u64,
    slots: Semaphore,
    checks: Vec<Check>,
    targets: Targets,
    neighbours_until: Instant,
}

impl Stage {
    /// The clean reference, in the configuration called `variant`.
    fn target(&self, variant: Option<&'static str>) -> Result<&Target, Error> {
        self.targets.named(variant).ok_or_else(|| Error::Data(format!("no variant {variant:?} was started")))
    }

    async fn attempt(&self, check: &Check, target: &Target) -> Attempt {
        // The semaphore is never closed: without a permit it would merely be more at one time.
        let _slot = self.slots.acquire().await;
        attempt(check, target, self.pace, self.seed).await
    }
}

/// Runs every check against the clean reference, those that come late once more when the others are
/// through; gives the ids of those that do not pass.
async fn meet_clean(
    stage: &Arc<Stage>,
    targets: &Targets,
    judge: Judge<'_>,
    observer: &dyn ProofObserver,
) -> Vec<String> {
    let mut running = JoinSet::new();
    for check in stage.checks.clone() {
        let (stage, target) = (Arc::clone(stage), targets.of(&check).unwrap_or(judge.target).clone());
        running.spawn(async move {
            let attempt = stage.attempt(&check, &target).await;
            (check, attempt)
        });
    }
    let mut failed = Vec::new();
    let mut met = Vec::new();
    while let Some(joined) = running.join_next().await {
        met.extend(joined);
    }
    for (check, mut attempt) in met {
        if is_late(&attempt.outcome) {
            let target = targets.of(&check).unwrap_or(judge.target);
            attempt = stage.attempt(&check, target).await;
        }
        let result = judge.result(&check, &attempt.outcome, attempt.duration);
        observer.clean(&result);
        if result.status != CheckStatus::Passed {
            failed.push(check.id.to_owned());
        }
    }
    failed.sort_unstable();
    failed
}

/// A fault that does nothing.
struct Clean;

impl Fault for Clean {}

/// Runs every check through a proxy that does nothing: a check that fails there but not without it would
/// be killed by the proxy, not by a mutant. Gives the ids of those not in `known`.
async fn meet_clean_proxy(
    stage: &Arc<Stage>,
    judge: Judge<'_>,
    known: &[String],
) -> Result<Vec<String>, Error> {
    let mut proxies = Vec::new();
    let mut proxied = Vec::new();
    for target in stage.targets.all() {
        let mut behind = target.clone();
        for mcp in [false, true] {
            let make = Box::new(|| Box::new(Clean) as Box<dyn Fault>);
            let (proxied, proxy) = Proxy::before(&behind, mcp, make, stage.pace.scale)
                .await
                .map_err(|error| Error::Data(format!("no proxy: {error}")))?;
            behind = proxied;
            proxies.push(proxy);
        }
        proxied.push(behind);
    }
    let targets = stage.targets.replaced(proxied);
    let failed = meet_clean(stage, &targets, Judge { target: targets.main(), ..judge }, &()).await;
    Ok(failed.into_iter().filter(|id| !known.contains(id)).collect())
}

/// Runs each mutant's check, and its neighbours, against it.
async fn meet_mutants(
    stage: &Arc<Stage>,
    target: &Target,
    group: Vec<Mutant>,
    observer: &dyn ProofObserver,
) -> Result<Vec<MutantResult>, Error> {
    let mut running = JoinSet::new();
    for mutant in group {
        let (stage, target) = (Arc::clone(stage), target.clone());
        running.spawn(async move { meet_mutant(&stage, target, &mutant).await });
    }
    let mut results = Vec::new();
    while let Some(joined) = running.join_next().await {
        let result = joined.map_err(|error| Error::Data(format!("a mutant's task failed: {error}")))??;
        observer.mutant(&result);
        results.push(result);
    }
    Ok(results)
}

async fn meet_mutant(stage: &Arc<Stage>, target: Target, mutant: &Mutant) -> Result<MutantResult, Error> {
    let start = Instant::now();
    let named = stage.checks.iter().find(|check| check.id == mutant.check);
    let named = named.ok_or_else(|| Error::Data(format!("{} names no check", mutant.id)))?;
    let (target, _proxy) = match &mutant.seam {
        Seam::Config(_) => (target, None),
        Seam::Wire(make) => Proxy::before(&target, named.is_of_mcp(), make(), stage.pace.scale)
            .await
            .map_err(|error| Error::Data(format!("no proxy for {}: {error}", mutant.id)))?,
    };
    let code = reason_code(&stage.attempt(named, &target).await);
    let also_killed_by = meet_neighbours(stage, &target, named).await;
    Ok(MutantResult {
        mutant: mutant.id.to_owned(),
        description: mutant.description.to_owned(),
        check: mutant.check.to_owned(),
        killed: code.as_deref() == Some(mutant.reason.as_str()),
        reason_code: code,
        expected_reason_code: mutant.reason.as_str().to_owned(),
        also_killed_by,
        duration_ms: start.elapsed().as_secs_f64() * 1e3,
    })
}

/// Ids of the checks of the same area that notice the mutant too.
async fn meet_neighbours(stage: &Arc<Stage>, target: &Target, named: &Check) -> Vec<String> {
    let mut running = JoinSet::new();
    for check in &stage.checks {
        if check.area() == named.area() && check.id != named.id && check.variant == named.variant {
            let (stage, target, check) = (Arc::clone(stage), target.clone(), check.clone());
            running.spawn(async move {
                let _slot = stage.slots.acquire().await;
                if Instant::now() >= stage.neighbours_until {
                    return None;
                }
                let attempt = attempt(&check, &target, stage.pace, stage.seed).await;
                reason_code(&attempt).is_some().then(|| check.id.to_owned())
            });
        }
    }
    let mut found: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    found.sort_unstable();
    found
}

/// The code the check gave; `None` when it passed. Trouble of the suite is no kill: it has codes of its own.
fn reason_code(attempt: &Attempt) -> Option<String> {
    match &attempt.outcome {
        Ok(()) => None,
        Err(Stop::Violation(violation)) => Some(violation.code.to_string()),
        Err(Stop::NotApplicable(_)) => Some("not_applicable".to_owned()),
        Err(Stop::Harness(_)) => Some("not_run".to_owned()),
    }
}
