//! `tidegate compare A B`.

mod load_runs;
mod turns;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use reports::comparison::{compare, of_load};
use reports::model::{ComparisonReport, ConformanceReport, Header, LoadReport};
use reports::{RunReport, json};
use serde_json::json;

use crate::arguments::{CompareArguments, Global};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::run::Run;
use crate::setup;
use crate::stages::Findings;
use load_runs::{LoadRun, interleaved};

/// Compares two runs, or two sets of load runs; fails when something is worse.
pub(crate) fn run(
    global: &Global,
    arguments: &CompareArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let (Some(before), Some(after)) = (&arguments.before, &arguments.after) else {
        return take_turns(global, arguments, console);
    };
    let config = json!({ "before": before.display().to_string(), "after": after.display().to_string() });
    let refuse = |error: reports::ReportError| setup::usage(error);
    let conformance = |folder: &Path| json::read::<ConformanceReport>(folder).map_err(refuse);
    let (first, second) = (conformance(before)?, conformance(after)?);
    let comparison: Box<dyn FnOnce(&Header) -> anyhow::Result<ComparisonReport>> = match (first, second) {
        (Some(first), Some(second)) => {
            let (before, after) = (before.display().to_string(), after.display().to_string());
            Box::new(move |header| Ok(compare(header, (&before, &first), (&after, &second))))
        }
        (first, second) => {
            let (old, new) = (load_runs::read(before)?, load_runs::read(after)?);
            if old.is_empty() || new.is_empty() {
                // One side is what the other is not: say which.
                let lacking = if first.is_none() && old.is_empty() { before } else { after };
                return Err(lacking_both(lacking, first.is_some() || second.is_some()));
            }
            Box::new(move |header| judged(header, &old, &new))
        }
    };
    let run = Run::start(global, "compare", config)?;
    let comparison = comparison(run.header())?;
    finish(run, comparison, global, console)
}

/// Makes the runs of both sides, taking turns.
fn take_turns(global: &Global, arguments: &CompareArguments, console: &Arc<Console>) -> anyhow::Result<Exit> {
    let sides = turns::sides(&arguments.run)?;
    let config = json!({ "run": arguments.run, "runs": arguments.runs });
    let run = Run::start(global, "compare", config)?;
    let made = turns::take(&sides, arguments.runs, global, &run.path().join("runs"), console)?;
    let [before, after] = [&made.before, &made.after].map(|folders| load_runs::each(folders));
    let comparison = judged(run.header(), &before?, &after?)?;
    finish(run, comparison, global, console)
}

fn finish(
    run: Run,
    comparison: ComparisonReport,
    global: &Global,
    console: &Console,
) -> anyhow::Result<Exit> {
    if let Some(load) = &comparison.load {
        for line in reports::terminal::comparison_lines(load, console.color_stderr()) {
            console.line(&line);
        }
    }
    let findings = Findings { comparison: Some(comparison), ..Findings::default() };
    run.finish(findings, false, global, console)
}

fn judged(header: &Header, before: &[LoadRun], after: &[LoadRun]) -> anyhow::Result<ComparisonReport> {
    let old: Vec<(String, &LoadReport)> =
        before.iter().map(|run| (run.folder.clone(), &run.report)).collect();
    let new: Vec<(String, &LoadReport)> = after.iter().map(|run| (run.folder.clone(), &run.report)).collect();
    let load = loadgen::compare::compare(&old, &new, interleaved(before, after), header.seed)
        .map_err(setup::usage)?;
    let first =
        |runs: &'_ [LoadRun]| runs.first().map(|run| run.folder.clone()).context("a side without runs");
    let (left, right) = (first(before)?, first(after)?);
    Ok(of_load(header, (&left, &before[0].report), (&right, &after[0].report), load))
}

/// What is wrong with a folder that is neither a conformance run nor holds load runs.
fn lacking_both(folder: &Path, other_is_conformance: bool) -> anyhow::Error {
    let place = folder.display();
    let made = match RunReport::read(folder) {
        Err(error) => return setup::usage(error),
        Ok(run) => run.verdict.command,
    };
    let wanted = if other_is_conformance { "conformance.json" } else { "load.json" };
    Failure::Usage(format!("{place} has no {wanted}: `tidegate {made}` made it")).into()
}
