//! The checks on the clean reference, with and without a proxy between.

use std::sync::Arc;

use reports::model::CheckStatus;
use tokio::task::JoinSet;

use crate::Error;
use crate::checks::{Check, Step};
use crate::mutants::{Fault, Faults};
use crate::runner::Judge;
use crate::target::Targets;

use super::meeting::between;
use super::proving::ProofObserver;
use super::stage::Stage;

/// Runs every check against the clean reference, those that are in doubt once more when the others are
/// through; gives the ids of those that do not pass.
pub(super) async fn meet_clean(
    stage: &Arc<Stage>,
    targets: &Targets,
    judge: Judge<'_>,
    observer: &dyn ProofObserver,
) -> Vec<String> {
    let mut running = JoinSet::new();
    // The slow ones first, so that they don't stand alone at the end.
    let mut checks: Vec<Check> = stage.checks.iter().filter(|check| !check.own_process).cloned().collect();
    checks.sort_by_key(|check| !check.tags.contains(&"slow"));
    for check in checks {
        let (stage, target) = (Arc::clone(stage), targets.of(&check).unwrap_or(judge.target).clone());
        running.spawn(async move {
            let attempt = stage.attempt(&check, &target).await;
            stage.took(&check, attempt.duration);
            // Without its transcript: those of all checks would be much to hold.
            (check, attempt.is_doubtful(), attempt.outcome, attempt.duration)
        });
    }
    let mut failed = Vec::new();
    let mut conclude = |check: &Check, outcome: &Step, duration| {
        let result = judge.result(check, outcome, duration);
        observer.clean(&result);
        if result.status != CheckStatus::Passed {
            failed.push(check.id.to_owned());
        }
    };
    let mut again = Vec::new();
    while let Some(joined) = running.join_next().await {
        let Ok((check, doubtful, outcome, duration)) = joined else { continue };
        if doubtful {
            again.push(check);
        } else {
            conclude(&check, &outcome, duration);
        }
    }
    for check in again {
        let attempt = stage.attempt(&check, targets.of(&check).unwrap_or(judge.target)).await;
        conclude(&check, &attempt.outcome, attempt.duration);
    }
    failed.sort_unstable();
    failed
}

/// A fault that does nothing.
pub(super) struct Clean;

impl Fault for Clean {}

/// Runs every check through a proxy that does nothing: a check that fails there but not without it would
/// be killed by the proxy, not by a mutant. Gives the ids of those not in `known`.
pub(super) async fn meet_clean_proxy(
    stage: &Arc<Stage>,
    judge: Judge<'_>,
    known: &[String],
) -> Result<Vec<String>, Error> {
    let mut proxies = Vec::new();
    let mut proxied = Vec::new();
    for target in stage.targets.all() {
        let mut behind = target.clone();
        for mcp in [false, true] {
            let make: Faults = Arc::new(|| Box::new(|| Box::new(Clean) as Box<dyn Fault>));
            let (proxied, proxy) = between(&behind, mcp, &make, stage.pace.scale).await?;
            behind = proxied;
            proxies.push(proxy);
        }
        proxied.push(behind);
    }
    let targets = stage.targets.replaced(proxied);
    let failed = meet_clean(stage, &targets, Judge { target: targets.main(), ..judge }, &()).await;
    Ok(failed.into_iter().filter(|id| !known.contains(id)).collect())
}
