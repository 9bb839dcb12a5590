//! The check stage: the suite against a target, or against a reference server started for it.

use std::sync::Arc;

use conformance::checks::Check;
use conformance::target::{Processes, configured};
use conformance::{
    Launcher as _, Observer, Repetitions, RunOptions, Running, TargetFile, Targets, reference_config,
    variants_needed,
};
use reports::model::{CheckResult, CheckStatus, ConformanceReport, ReasonKind};
use reports::terminal::{check_line, runs_line};

use super::Findings;
use super::prove::References;
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::reference::Reference;
use crate::run::{Run, trouble};
use crate::{setup, targets};

/// What is to be checked how often.
pub(crate) struct CheckPlan<'a> {
    /// What one run is asked to do.
    pub(crate) options: &'a RunOptions,
    /// How often.
    pub(crate) repeat: u64,
}

/// Runs the suite against `foreign`, or a reference server of its own, and puts the results into `findings`.
pub(crate) async fn check(
    foreign: Option<(&mut Running, Option<&TargetFile>)>,
    plan: &CheckPlan<'_>,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let needed = variants_needed(&plan.options.selection).map_err(setup::conformance)?;
    let Some((foreign, file)) = foreign else {
        let log = run.path().join("server-check.log");
        let config = reference_config(&[], plan.options.timing_scale.get()).map_err(setup::conformance)?;
        let mut reference = Reference::start(run.data(), &[&config], log).await?;
        let mut targets = Targets::from(reference.target().map_err(setup::conformance)?);
        let launcher = Arc::new(References::new(run, plan.options.timing_scale.get()));
        targets.set_processes(Arc::clone(&launcher) as Arc<dyn Processes>);
        let mut started = Vec::new();
        for variant in needed {
            let running = launcher.launch(&[variant.config]).await.map_err(setup::conformance)?;
            targets.insert(variant, Ok(configured(&running.target, variant).map_err(setup::conformance)?));
            started.push(running);
        }
        judge(&targets, plan, console, interrupts, findings).await?;
        match reference.ended() {
            Some(ended) => findings.trouble.push(trouble(ReasonKind::Target, "server-ended", ended)),
            None => {
                if let Err(error) = reference.stop().await {
                    findings.trouble.push(trouble(ReasonKind::Target, "server-stop", format!("{error:#}")));
                }
            }
        }
        return Ok(());
    };
    let (configurations, mut started) = configurations(foreign, file, plan.options).await?;
    judge(&configurations, plan, console, interrupts, findings).await?;
    for (variant, running) in configurations.take_revived() {
        match variant {
            None => *foreign = running,
            Some(_) => started.push(running),
        }
    }
    for running in started {
        targets::stop(running).await;
    }
    if let Some(ended) = foreign.exited() {
        findings.trouble.push(trouble(ReasonKind::Target, "target-ended", ended));
    }
    Ok(())
}

/// A foreign target with those of its other configurations that are needed, and what was started for them.
pub(super) async fn configurations(
    foreign: &Running,
    file: Option<&TargetFile>,
    options: &RunOptions,
) -> anyhow::Result<(Targets, Vec<Running>)> {
    let mut configurations = Targets::from(foreign.target.clone());
    if let Some(file) = file.filter(|file| !file.target.start.is_empty()) {
        configurations.set_processes(Arc::new(file.clone()));
    }
    let mut started = Vec::new();
    for variant in variants_needed(&options.selection).map_err(setup::conformance)? {
        let Some(file) = file.and_then(|file| file.variant(variant.name)) else { continue };
        match file.start().await {
            Ok(running) => {
                configurations.insert(variant, Ok(running.target.clone()));
                started.push(running);
            }
            Err(error) => configurations.insert(variant, Err(error.to_string())),
        }
    }
    Ok((configurations, started))
}

/// Runs the suite as often as is planned. What was found before a signal, or before the target went away, stays.
pub(super) async fn judge(
    targets: &Targets,
    plan: &CheckPlan<'_>,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut runs = Repetitions::new(plan.repeat);
    for number in 0..plan.repeat {
        let mut options = plan.options.clone();
        options.header.seed = plan.options.header.seed.wrapping_add(number);
        options.evidence = runs.evidence();
        let observer = Live::new(console, (plan.repeat > 1).then_some((number + 1, plan.repeat)));
        let report = tokio::select! {
            report = conformance::run(targets, &options, &observer) => report,
            () = interrupts.next() => {
                findings.interrupted = true;
                break;
            }
        };
        match report {
            Ok(report) => {
                let ends = ends_repetition(&options, &report);
                if plan.repeat > 1 {
                    console.line(&runs_line(number + 1, plan.repeat, &report, console.color_stderr()));
                }
                runs.add(report);
                if ends {
                    break;
                }
            }
            Err(error) if runs.done() > 0 => {
                findings.trouble.push(trouble(ReasonKind::Target, "target-gone", error.to_string()));
                break;
            }
            Err(error) => return Err(setup::conformance(error)),
        }
    }
    findings.conformance = runs.finish();
    Ok(())
}

/// True when more runs would say nothing new, or are not wanted.
fn ends_repetition(options: &RunOptions, report: &ConformanceReport) -> bool {
    report.target_gone.is_some() || options.fail_fast && report.counts.failed > 0
}

/// Shows the suite on the console while it runs: what did not pass stays, the rest is a count.
pub(super) struct Live {
    console: Arc<Console>,
    /// Number of this run, and of how many.
    run: Option<(u64, u64)>,
}

impl Live {
    /// For one run, or for the run `run.0` of `run.1`.
    pub(super) fn new(console: &Arc<Console>, run: Option<(u64, u64)>) -> Self {
        Self { console: Arc::clone(console), run }
    }
}

impl Observer for Live {
    fn planned(&self, target: &str, total: usize) {
        match self.run {
            None => self.console.step(&format!("check {target}: {total} checks")),
            Some((1, runs)) => self.console.step(&format!("check {target}: {total} checks, {runs} times")),
            Some(_) => {}
        }
        self.console.count(total);
    }

    fn started(&self, check: &Check) {
        let run = self.run.map_or_else(String::new, |(run, runs)| format!("run {run}/{runs} "));
        self.console.progress(&format!("{run}{} {}", self.console.counted(), check.id));
    }

    fn finished(&self, result: &CheckResult) {
        self.console.advance();
        if result.status != CheckStatus::Passed || result.at_first.is_some() || self.console.is_verbose() {
            self.console.line(&check_line(result, self.console.color_stderr()));
        }
    }
}
