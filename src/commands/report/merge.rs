//! `tidegate report merge`: all shards of a run as one.

use loadgen::shards::Family;
use reports::json::{ReportFile as _, VERSION};
use reports::model::{Header, LoadReport, SchemaId};

use crate::arguments::{Global, MergeArguments};
use crate::console::Console;
use crate::exit::Exit;
use crate::results::{self, Results};
use crate::run::Run;
use crate::setup;
use crate::stages::{self, Findings};

/// Merges, judges once by the limits of the scenario, and writes the files of a run.
pub(crate) fn run(global: &Global, arguments: &MergeArguments, console: &Console) -> anyhow::Result<Exit> {
    let mut members = results::folders(&arguments.directories)?;
    // Folders that are named are all that is meant, whatever the environment says.
    if let Some(url) = arguments.results.as_ref().filter(|_| arguments.directories.is_empty()) {
        let results = Results::open(url)?;
        members.extend(setup::block_on(results.shards())?);
    }
    let family = Family::of(members).map_err(setup::usage)?;
    let family = family.complete(arguments.allow_missing).map_err(setup::usage)?;
    let schema = SchemaId::new(LoadReport::SCHEMA, VERSION);
    let header = Header { schema, ..family.header().clone() };
    let run = Run::start(global, "merge", header.config.clone())?.played_as(&header);
    let database = family.database().clone();
    let merged = family.merge().map_err(setup::usage)?;
    console.step(&format!("merge {} shards of {}", merged.shards.len(), merged.scenario.name));
    let outcome = merged.outcome(header, database);
    let mut findings = Findings::default();
    stages::ended_as(&outcome.ending, &mut findings);
    stages::lost_parts(&outcome.report, &mut findings);
    findings.load = Some(outcome.report);
    findings.hdr_log = Some(outcome.hdr_log);
    run.finish(findings, false, global, console)
}
