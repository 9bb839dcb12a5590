//! A mutant meets the check that must notice it.

use std::sync::Arc;

use reports::model::MutantResult;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::checks::Step;
use crate::mutants::{Faults, Mutant, Proxy, Seam};
use crate::peer::Transcript;
use crate::runner::said;
use crate::target::{Target, Tier};

use super::proving::ProofObserver;
use super::stage::Stage;

/// How many mutants meet their checks at one time, attempt by attempt: the first beside as many as there are places, the
/// last alone.
const BESIDE: [usize; 3] = [usize::MAX, 4, 1];
/// Mutants of a group that were not noticed, and such as may have been noticed by accident, that are tried again at most:
/// more are no accident of a busy machine.
const MOST_REPEATED: usize = 60;

/// A mutant that has met its check, and where others can meet it.
pub(super) struct Met {
    pub(super) result: MutantResult,
    /// The mutated reference.
    pub(super) target: Target,
    /// What went over the wire, unless it was killed.
    transcript: Option<Transcript>,
    /// The instrument stood still meanwhile, which explains by itself what the check found.
    stalled: bool,
    /// It is there as long as this is.
    _proxy: Option<Proxy>,
}

/// Runs each mutant's check against it. One that is not noticed while others run is tried again beside few, and at last
/// alone: a check may have been given more time because this machine stood still. So is one that may have been noticed
/// because of that.
pub(super) async fn meet_group(
    stage: &Arc<Stage>,
    target: &Target,
    group: Vec<Mutant>,
    observer: &dyn ProofObserver,
) -> Result<Vec<Met>, Error> {
    let (mut all, mut left) = (Vec::new(), group);
    for (attempts, beside) in (1..).zip(BESIDE) {
        let (mut unnoticed, mut doubted) = (Vec::new(), Vec::new());
        meet_all(stage, target, left, beside, |mutant, mut met| {
            met.result.attempts = attempts;
            let again = if met.result.killed { &mut doubted } else { &mut unnoticed };
            let sure = met.result.killed && !met.stalled;
            if sure || beside == 1 || again.len() == MOST_REPEATED {
                all.push(conclude(stage, met, observer)?);
            } else {
                again.push(mutant);
            }
            Ok(())
        })
        .await?;
        left = [unnoticed, doubted].concat();
    }
    Ok(all)
}

/// Lets the mutants of `group` meet their checks, so many of them at one time; `each` is told as they have.
async fn meet_all(
    stage: &Arc<Stage>,
    target: &Target,
    group: Vec<Mutant>,
    beside: usize,
    mut each: impl FnMut(Mutant, Met) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut waiting, mut running) = (group.into_iter(), JoinSet::new());
    loop {
        while running.len() < beside
            && let Some(mutant) = waiting.next()
        {
            let (stage, target) = (Arc::clone(stage), target.clone());
            running.spawn(async move {
                let met = meet(&stage, target, &mutant).await;
                (mutant, met)
            });
        }
        let Some(joined) = running.join_next().await else { return Ok(()) };
        let (mutant, met) =
            joined.map_err(|error| Error::Data(format!("a mutant's task failed: {error}")))?;
        each(mutant, met?)?;
    }
}

fn conclude(stage: &Stage, mut met: Met, observer: &dyn ProofObserver) -> Result<Met, Error> {
    met.result.transcript = stage.keep_of_mutant(&met.result.mutant, met.transcript.take().as_ref())?;
    observer.mutant(&met.result);
    Ok(met)
}

async fn meet(stage: &Arc<Stage>, target: Target, mutant: &Mutant) -> Result<Met, Error> {
    let start = Instant::now();
    let named = stage.check(mutant.check)?;
    let (target, proxy) = match &mutant.seam {
        Seam::Config(_) | Seam::Signal(_) => (target, None),
        Seam::Client(fault) => (target.mistaken(fault), None),
        Seam::Wire(make) => between(&target, named.tier(), make, stage.pace.scale).await?,
    };
    let attempt = stage.attempt(named, &target).await;
    let mut result = outcome(mutant, &attempt.outcome);
    result.duration_ms = start.elapsed().as_secs_f64() * 1e3;
    let stalled = attempt.may_be_a_stall();
    let transcript = (!result.killed).then_some(attempt.transcript);
    Ok(Met { result, target, transcript, stalled, _proxy: proxy })
}

/// `target` with the faults that `make` makes between it and the suite. A server stays behind one proxy as long
/// as that lives; before a client one is put in each run of a check.
pub(super) async fn between(
    target: &Target,
    tier: Tier,
    make: &Faults,
    scale: f64,
) -> Result<(Target, Option<Proxy>), Error> {
    if let Some(target) = target.faulty(make) {
        return Ok((target, None));
    }
    let (target, proxy) = Proxy::before(target, tier, make(), scale)
        .await
        .map_err(|error| Error::Data(format!("no proxy: {error}")))?;
    Ok((target, proxy))
}

/// The result of a mutant of whom its check said `step`. Trouble of the suite is no kill: it has codes of its own.
pub(super) fn outcome(mutant: &Mutant, step: &Step) -> MutantResult {
    let reason = said(step);
    let code = reason.as_ref().map(|reason| reason.code.clone());
    MutantResult {
        mutant: mutant.id.to_owned(),
        description: mutant.description.to_owned(),
        check: mutant.check.to_owned(),
        killed: code.as_deref() == Some(mutant.reason.as_str()),
        reason_code: code,
        reason,
        transcript: None,
        expected_reason_code: mutant.reason.as_str().to_owned(),
        also_killed_by: Vec::new(),
        also_tried: 0,
        attempts: 1,
        duration_ms: 0.0,
    }
}
