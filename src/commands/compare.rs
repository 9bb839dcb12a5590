//! `tidegate compare A B`.

use std::path::Path;

use reports::comparison::compare;
use reports::model::ConformanceReport;
use reports::{RunReport, json};
use serde_json::json;

use crate::arguments::{CompareArguments, Global};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::run::Run;
use crate::stages::Findings;

/// Compares two conformance runs; fails when a check newly fails.
pub(crate) fn run(global: &Global, arguments: &CompareArguments, console: &Console) -> anyhow::Result<Exit> {
    let [before, after] = [&arguments.before, &arguments.after].map(|folder| read(folder));
    let (before, after) = (before?, after?);
    let config = json!({
        "before": arguments.before.display().to_string(),
        "after": arguments.after.display().to_string(),
    });
    let run = Run::start(global, "compare", config)?;
    let comparison = compare(
        run.header(),
        (&arguments.before.display().to_string(), &before),
        (&arguments.after.display().to_string(), &after),
    );
    let findings = Findings { comparison: Some(comparison), ..Findings::default() };
    run.finish(findings, false, global, console)
}

/// The conformance results in `folder`; what is not there is the user's mistake.
fn read(folder: &Path) -> anyhow::Result<ConformanceReport> {
    let refuse = |text: String| -> anyhow::Error { Failure::Usage(text).into() };
    let flat = |error: reports::ReportError| refuse(format!("{:#}", anyhow::Error::new(error)));
    if let Some(report) = json::read::<ConformanceReport>(folder).map_err(flat)? {
        return Ok(report);
    }
    let run = RunReport::read(folder).map_err(flat)?;
    let place = folder.display();
    if run.load.is_some() {
        return Err(refuse(format!(
            "{place} is a load run: compare takes runs with conformance.json, made by `tidegate check` or `tidegate gate`"
        )));
    }
    Err(refuse(format!("{place} has no conformance.json: `tidegate {}` made it", run.verdict.command)))
}
