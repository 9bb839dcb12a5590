//! Watching: the suite once, then what failed again, whenever the target is back or a file has changed; all of it once
//! more as soon as nothing of that fails any longer.

mod held;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use conformance::target::is_alive;
use conformance::{RunOptions, Running, Selection, TargetFile};
use reports::model::{CheckStatus, ConformanceCounts, ConformanceReport, ReasonKind};

use self::held::Held;
use super::Findings;
use super::check::{Live, configurations};
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::run::trouble;
use crate::{setup, targets};

/// Time between two looks at the target and the files.
const LOOK: Duration = Duration::from_millis(200);
/// Time between the openings of connections that are held.
const APART: Duration = Duration::from_millis(500);
/// A program that ended is not started again faster than this.
const RESTART: Duration = Duration::from_secs(1);

/// What is watched.
pub(crate) struct WatchPlan<'a> {
    /// What one run is asked to do.
    pub(crate) options: &'a RunOptions,
    /// The file of the target, when there is one.
    pub(crate) file: Option<&'a TargetFile>,
    /// Files whose change calls for another run.
    pub(crate) files: &'a [PathBuf],
}

/// Why to run again.
#[derive(Debug, PartialEq, Eq)]
enum Cause {
    /// The target was away and takes connections again.
    Back,
    /// The program that the suite started has ended.
    Ended(String),
    /// A file has changed.
    Changed(PathBuf),
}

/// Runs until a signal; `findings` then hold the newest result of each check.
pub(crate) async fn watch(
    mut running: Running,
    plan: &WatchPlan<'_>,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut so_far: Option<ConformanceReport> = None;
    // Green results that are older than others: what was mended since may have broken them.
    let mut outdated = false;
    let mut stamps = stamps(plan.files);
    loop {
        let failed = so_far.as_ref().map(not_green).unwrap_or_default();
        let options = RunOptions { selection: narrowed(plan.options, &failed)?, ..plan.options.clone() };
        let done = tokio::select! {
            report = once(&running, plan, &options, console) => report,
            () = interrupts.next() => break,
        };
        match done {
            Ok(report) => {
                outdated = so_far.as_ref().is_some_and(|before| report.results.len() < before.results.len());
                let report = merged(so_far, report);
                let green = not_green(&report).is_empty();
                so_far = Some(report);
                if outdated && green {
                    console.settle();
                    console.line("what was not green is; everything runs again");
                    continue;
                }
            }
            Err(error) if so_far.is_some() => console.line(&format!("{error:#}")),
            Err(error) => return Err(error),
        }
        console.settle();
        console.line(&waiting(so_far.as_ref()));
        let cause = tokio::select! {
            cause = change(&mut running, plan.files, &mut stamps) => cause,
            () = interrupts.next() => break,
        };
        console.line(&match &cause {
            Cause::Back => "the target is back".to_owned(),
            Cause::Ended(how) => format!("the target's program ended ({how}); it is started again"),
            Cause::Changed(path) => format!("{} has changed", path.display()),
        });
        if let (Some(file), true) = (plan.file, cause != Cause::Back) {
            let restarted = tokio::select! {
                restarted = restart(running, file, console) => restarted,
                () = interrupts.next() => {
                    findings.conformance = so_far;
                    return Ok(());
                }
            };
            running = restarted;
        }
    }
    if so_far.as_ref().is_none_or(|report| outdated && not_green(report).is_empty()) {
        findings.interrupted = true;
    }
    if let Some(ended) = running.exited() {
        findings.trouble.push(trouble(ReasonKind::Target, "target-ended", ended));
    }
    targets::stop(running).await;
    findings.conformance = so_far;
    Ok(())
}

async fn once(
    running: &Running,
    plan: &WatchPlan<'_>,
    options: &RunOptions,
    console: &Arc<Console>,
) -> anyhow::Result<ConformanceReport> {
    let (targets, started) = configurations(running, plan.file, options).await?;
    let report = conformance::run(&targets, options, &Live::new(console, None)).await;
    for running in started {
        targets::stop(running).await;
    }
    report.map_err(setup::conformance)
}

/// Stops what runs and starts it again, as long as it takes.
async fn restart(running: Running, file: &TargetFile, console: &Console) -> Running {
    targets::stop(running).await;
    loop {
        match file.start().await {
            Ok(running) => return running,
            Err(error) => console.line(&format!("{error}; it is tried again")),
        }
        tokio::time::sleep(RESTART).await;
    }
}

/// Waits for something that calls for another run.
async fn change(running: &mut Running, files: &[PathBuf], known: &mut Vec<Option<SystemTime>>) -> Cause {
    let mut look = tokio::time::interval(LOOK);
    let mut away = false;
    let mut held = Held::new(running.target.address(), APART);
    loop {
        look.tick().await;
        let now = stamps(files);
        if let Some(at) = now.iter().zip(known.iter()).position(|(now, before)| now != before) {
            known.clone_from(&now);
            return Cause::Changed(files[at].clone());
        }
        if let Some(how) = running.exited() {
            tokio::time::sleep(RESTART).await;
            return Cause::Ended(how);
        }
        away |= held.ended_together().await;
        match (is_alive(&running.target).await, away) {
            (true, true) => return Cause::Back,
            (alive, _) => away = !alive,
        }
    }
}

/// When each file was last changed; `None` for one that is not there.
fn stamps(files: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|found| found.modified()).ok();
    files.iter().map(changed).collect()
}

/// Ids of the checks that are not green.
fn not_green(report: &ConformanceReport) -> Vec<String> {
    let red = |status| matches!(status, CheckStatus::Failed | CheckStatus::Warning | CheckStatus::NotRun);
    report.results.iter().filter(|result| red(result.status)).map(|result| result.id.clone()).collect()
}

/// The whole selection, or `failed` of it when there are any.
fn narrowed(options: &RunOptions, failed: &[String]) -> anyhow::Result<Selection> {
    if failed.is_empty() {
        return Ok(options.selection.clone());
    }
    let select = failed.join(" | ").parse().map_err(setup::conformance)?;
    let profile = options.selection.profile.clone();
    Ok(Selection { select: Some(select), profile, ..Selection::default() })
}

/// What is known now: of each check its newest result.
fn merged(so_far: Option<ConformanceReport>, new: ConformanceReport) -> ConformanceReport {
    let Some(mut report) = so_far else { return new };
    if new.results.len() == report.results.len() {
        return new;
    }
    report.target_gone = new.target_gone;
    for result in new.results {
        if let Some(place) = report.results.iter_mut().find(|kept| kept.id == result.id) {
            *place = result;
        }
    }
    report.counts = ConformanceCounts::of(&report.results);
    report
}

fn waiting(report: Option<&ConformanceReport>) -> String {
    let Some(report) = report else { return "nothing is known yet".to_owned() };
    let (total, red) = (report.results.len(), not_green(report).len());
    let state = match red {
        0 => format!("all {total} checks are green; everything runs again"),
        _ => format!("{red} of {total} checks are not green; they run again"),
    };
    format!("{state} when the target is back or a file changes (Ctrl-C ends)")
}
