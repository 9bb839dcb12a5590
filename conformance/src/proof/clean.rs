//! The checks on the clean reference, with and without a proxy between.

use std::sync::Arc;
use std::time::Duration;

use reports::model::{CheckStatus, CleanFailure};
use tokio::task::JoinSet;

use crate::Error;
use crate::checks::{Check, Step};
use crate::mutants::{Fault, Faults};
use crate::peer::Transcript;
use crate::runner::{Attempt, Judge};
use crate::target::{Targets, Tier};

use super::meeting::between;
use super::proving::ProofObserver;
use super::stage::Stage;

/// What did not pass, gathered from all runs on the clean reference.
pub(super) struct CleanRuns<'a> {
    pub(super) stage: &'a Arc<Stage>,
    pub(super) judge: Judge<'a>,
    pub(super) observer: &'a dyn ProofObserver,
    pub(super) failures: Vec<CleanFailure>,
}

impl CleanRuns<'_> {
    /// `check` has come to its end, behind the proxy if `proxied`. Its transcript is kept if it did not pass; a
    /// check that does not pass without the proxy has nothing to tell about it.
    pub(super) fn conclude(&mut self, check: &Check, end: &End, proxied: bool) -> Result<(), Error> {
        let mut result = self.judge.result(check, &end.outcome, end.duration);
        if !proxied {
            self.observer.clean(&result);
        }
        let known = self.failures.iter().any(|failure| failure.result.id == check.id);
        if result.status == CheckStatus::Passed || known {
            return Ok(());
        }
        let name = if proxied { format!("{}.proxied", check.id) } else { check.id.to_owned() };
        result.transcript = self.stage.keep(&name, end.transcript.as_ref())?;
        if proxied {
            self.observer.failed_behind_proxy(&result);
        }
        self.failures.push(CleanFailure { result, proxied });
        Ok(())
    }

    /// Runs every check on `targets`, those that are in doubt once more when the others are through.
    pub(super) async fn meet(&mut self, targets: &Targets, proxied: bool) -> Result<(), Error> {
        let mut running = JoinSet::new();
        // The slow ones first, so that they don't stand alone at the end.
        let mut checks: Vec<Check> =
            self.stage.checks.iter().filter(|check| !check.own_process).cloned().collect();
        checks.sort_by_key(|check| !check.tags.contains(&"slow"));
        for check in checks {
            let target = targets.of(&check).unwrap_or(targets.main()).clone();
            let stage = Arc::clone(self.stage);
            running.spawn(async move {
                let attempt = stage.attempt(&check, &target).await;
                stage.took(&check, attempt.duration);
                (check, attempt.is_doubtful(), End::of(attempt))
            });
        }
        let mut again = Vec::new();
        while let Some(joined) = running.join_next().await {
            let Ok((check, doubtful, end)) = joined else { continue };
            if doubtful {
                again.push(check);
            } else {
                self.conclude(&check, &end, proxied)?;
            }
        }
        for check in again {
            let target = targets.of(&check).unwrap_or(targets.main());
            let end = End::of(self.stage.attempt(&check, target).await);
            self.conclude(&check, &end, proxied)?;
        }
        Ok(())
    }

    /// Runs every check through a proxy that does nothing: a check that fails there but not without it would
    /// be killed by the proxy, not by a mutant.
    pub(super) async fn meet_behind_proxy(&mut self) -> Result<(), Error> {
        let mut proxies = Vec::new();
        let mut proxied = Vec::new();
        for target in self.stage.targets.all() {
            let mut behind = target.clone();
            for tier in Tier::ALL {
                let whole = target.client.is_some();
                let make: Faults = Arc::new(move || {
                    Box::new(move || Box::new(Clean { overhears: whole }) as Box<dyn Fault>)
                });
                let (proxied, proxy) = between(&behind, tier, &make, self.stage.pace.scale).await?;
                behind = proxied;
                proxies.push(proxy);
            }
            proxied.push(behind);
        }
        let targets = self.stage.targets.replaced(proxied);
        self.meet(&targets, true).await
    }
}

/// The end of a run of a check.
pub(super) struct End {
    outcome: Step,
    duration: Duration,
    /// Only of one that did not pass: those of all checks would be much to hold.
    transcript: Option<Transcript>,
}

impl End {
    /// What is kept of `attempt`.
    pub(super) fn of(attempt: Attempt) -> Self {
        let transcript = attempt.outcome.is_err().then_some(attempt.transcript);
        Self { outcome: attempt.outcome, duration: attempt.duration, transcript }
    }
}

/// A fault that does nothing. Where the suite is the server, its frames need not be whole: they go on as they come, as
/// those of the suite as a client always do.
pub(super) struct Clean {
    pub(super) overhears: bool,
}

impl Fault for Clean {
    fn overhears_server(&self) -> bool {
        self.overhears
    }
}
