//! Checks that need a process for themselves alone: one is started for each run of theirs.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use reports::model::MutantResult;
use tokio::time::Instant;

use crate::Error;
use crate::between::Posts;
use crate::checks::Check;
use crate::mutants::{Fault, Mutant, Proxy, Seam};
use crate::runner::{Attempt, attempt_alone, posts_of};
use crate::target::{OwnProcess, SignalFault, Tier, configured, variant};

use super::clean::{Clean, CleanRuns, End};
use super::launcher::Launcher;
use super::meeting::outcome;
use super::proving::ProofObserver;
use super::stage::Stage;

/// Processes of one check each at one time.
const MOST: usize = 3;

/// What is needed to run such checks.
pub(super) struct Alone<'a> {
    pub(super) launcher: &'a dyn Launcher,
    pub(super) stage: &'a Stage,
    pub(super) observer: &'a dyn ProofObserver,
}

impl Alone<'_> {
    /// Runs `check` on a process of its own, which `seam` spoils if there is one.
    async fn attempt(&self, check: &Check, seam: Option<&Seam>) -> Result<Attempt, Error> {
        let variant = check.variant.and_then(variant);
        let faults = match seam {
            Some(Seam::Wire(make)) => Some(make),
            _ => None,
        };
        let posts = posts_of(variant, self.stage.targets.main(), faults, self.stage.pace)
            .await
            .map_err(|stop| Error::Data(format!("{}: {stop:?}", check.id)))?;
        let places = posts.as_ref().map(Posts::places).unwrap_or_default();
        let filled = variant.map(|variant| places.fill(variant.config));
        let mut texts: Vec<&str> = filled.iter().map(String::as_str).collect();
        let mut signal: Option<SignalFault> = None;
        match seam {
            Some(Seam::Config(toml)) => texts.push(toml),
            Some(Seam::Signal(fault)) => signal = Some(*fault),
            Some(Seam::Wire(_) | Seam::Client(_)) | None => {}
        }
        let running = self.launcher.launch(&texts).await?;
        let target = match variant {
            None => running.target.clone(),
            Some(variant) => configured(&running.target, variant)?,
        };
        let (target, _proxy) = match seam {
            // Where there are posts, it stands before them.
            Some(Seam::Wire(make)) if posts.is_none() => {
                Proxy::before(&target, Tier::Backend, make(), self.stage.pace.scale)
                    .await
                    .map_err(|error| Error::Data(format!("no proxy for {}: {error}", check.id)))?
            }
            _ => (target, None),
        };
        let process = OwnProcess::new(running, signal);
        Ok(attempt_alone(check, &target, process, posts, self.stage.pace, self.stage.seed).await)
    }

    /// Runs the checks of this kind against clean processes, through a proxy that does nothing if `proxied`.
    pub(super) async fn meet_clean(&self, runs: &mut CleanRuns<'_>, proxied: bool) -> Result<(), Error> {
        let clean: Seam =
            Seam::Wire(Arc::new(|| Box::new(|| Box::new(Clean { overhears: false }) as Box<dyn Fault>)));
        let seam = proxied.then_some(&clean);
        let own = self.stage.checks.iter().filter(|check| check.own_process);
        let work = own.map(|check| async move {
            let mut attempt = self.attempt(check, seam).await?;
            if attempt.is_doubtful() {
                attempt = self.attempt(check, seam).await?;
            }
            Ok::<_, Error>((check, attempt))
        });
        let mut met = stream::iter(work).buffer_unordered(MOST);
        while let Some(result) = met.next().await {
            let (check, attempt) = result?;
            runs.conclude(check, &End::of(attempt), proxied)?;
        }
        Ok(())
    }

    /// Runs each mutant's check on a process of its own.
    pub(super) async fn meet_mutants(&self, mutants: &[Mutant]) -> Result<Vec<MutantResult>, Error> {
        let work = mutants.iter().map(|mutant| self.meet(mutant));
        let met: Vec<Result<MutantResult, Error>> = stream::iter(work).buffer_unordered(MOST).collect().await;
        met.into_iter().collect()
    }

    async fn meet(&self, mutant: &Mutant) -> Result<MutantResult, Error> {
        let start = Instant::now();
        let check = self.stage.check(mutant.check)?;
        let mut attempt = self.attempt(check, Some(&mutant.seam)).await?;
        let mut result = outcome(mutant, &attempt.outcome);
        if !result.killed || attempt.may_be_a_stall() {
            attempt = self.attempt(check, Some(&mutant.seam)).await?;
            result = MutantResult { attempts: 2, ..outcome(mutant, &attempt.outcome) };
        }
        if !result.killed {
            result.transcript = self.stage.keep_of_mutant(mutant.id, Some(&attempt.transcript))?;
        }
        result.duration_ms = start.elapsed().as_secs_f64() * 1e3;
        self.observer.mutant(&result);
        Ok(result)
    }
}
