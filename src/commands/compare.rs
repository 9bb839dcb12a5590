//! `tidegate compare A B`.

mod load_runs;
mod turns;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use reports::comparison::{compare, of_load};
use reports::model::{
    ComparisonReport, ConformanceReport, Header, LoadComparison, LoadReport, ReasonKind, VerdictReport,
};
use reports::verdict::invalidates;
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
    match read(before, after)? {
        Sides::Checks(first, second) => {
            let run = Run::start(global, "compare", config)?;
            let (before, after) = (before.display().to_string(), after.display().to_string());
            let comparison = compare(run.header(), (&before, &first), (&after, &second));
            let findings = Findings {
                comparison: Some(comparison),
                allow_dropped: arguments.allow_dropped,
                ..Findings::default()
            };
            run.finish(findings, false, global, console)
        }
        Sides::Load(old, new) => {
            if arguments.allow_dropped {
                let text = "--allow-dropped is for conformance runs; these are load runs";
                return Err(Failure::Usage(text.to_owned()).into());
            }
            // What is refused leaves no folder behind.
            let load = judged(&old, &new, global.seed)?;
            let run = Run::start(global, "compare", config)?;
            let comparison = told(run.header(), &old, &new, load)?;
            finish(run, comparison, global, console)
        }
    }
}

/// What is compared.
enum Sides {
    /// Two conformance runs, check by check.
    Checks(Box<ConformanceReport>, Box<ConformanceReport>),
    /// Two sets of load runs, by their figures.
    Load(Vec<LoadRun>, Vec<LoadRun>),
}

fn read(before: &Path, after: &Path) -> anyhow::Result<Sides> {
    let conformance = |folder: &Path| json::read::<ConformanceReport>(folder).map_err(setup::usage);
    let (first, second) = (conformance(before)?, conformance(after)?);
    if let (Some(first), Some(second)) = (&first, &second) {
        complete(before)?;
        complete(after)?;
        return Ok(Sides::Checks(Box::new(first.clone()), Box::new(second.clone())));
    }
    let (old, new) = (load_runs::read(before)?, load_runs::read(after)?);
    if old.is_empty() || new.is_empty() {
        // One side is what the other is not: say which.
        let lacking = if first.is_none() && old.is_empty() { before } else { after };
        return Err(lacking_both(lacking, first.is_some() || second.is_some()));
    }
    Ok(Sides::Load(old, new))
}

/// Refuses a run whose checks say nothing, or not all they were to say: one that is invalid, or cut short.
fn complete(folder: &Path) -> anyhow::Result<()> {
    let place = folder.display();
    let Some(verdict) = json::read::<VerdictReport>(folder).map_err(setup::usage)? else {
        let text = format!("{place} has no verdict.json: the run did not come to its end");
        return Err(Failure::Usage(text).into());
    };
    // Whether the load of a gate run could be measured is nothing to its checks.
    let spoils = |kind: ReasonKind| invalidates(kind) && kind != ReasonKind::Generator;
    match verdict.reasons.iter().find(|reason| spoils(reason.kind)) {
        None => Ok(()),
        Some(reason) => {
            let text = format!("{place}: an invalid run can't be compared: {}", reason.text);
            Err(Failure::Usage(text).into())
        }
    }
}

/// Makes the runs of both sides, taking turns.
fn take_turns(global: &Global, arguments: &CompareArguments, console: &Arc<Console>) -> anyhow::Result<Exit> {
    let sides = turns::sides(&arguments.run)?;
    let config = json!({ "run": arguments.run, "runs": arguments.runs });
    let run = Run::start(global, "compare", config)?;
    let made = turns::take(&sides, arguments.runs, global, &run.path().join("runs"), console)?;
    let [before, after] = [&made.before, &made.after].map(|folders| load_runs::each(folders));
    let (before, after) = (before?, after?);
    let load = judged(&before, &after, global.seed)?;
    let comparison = told(run.header(), &before, &after, load)?;
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

fn judged(before: &[LoadRun], after: &[LoadRun], seed: u64) -> anyhow::Result<LoadComparison> {
    let (old, new) = (side(before), side(after));
    loadgen::compare::compare(&old, &new, interleaved(before, after), seed).map_err(setup::usage)
}

fn side(runs: &[LoadRun]) -> Vec<(String, &LoadReport)> {
    runs.iter().map(|run| (run.folder.clone(), &run.report)).collect()
}

/// The comparison with its place in the file.
fn told(
    header: &Header,
    before: &[LoadRun],
    after: &[LoadRun],
    load: LoadComparison,
) -> anyhow::Result<ComparisonReport> {
    let (old, new) =
        (before.first().context("a side without runs")?, after.first().context("a side without runs")?);
    Ok(of_load(header, (&old.folder, &old.report), (&new.folder, &new.report), load))
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
