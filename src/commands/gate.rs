//! `tidegate gate`, the main job.

use std::sync::Arc;

use anyhow::Context as _;
use conformance::{Baseline, RunOptions};
use serde_json::json;

use crate::arguments::{GateArguments, Global};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupts;
use crate::live::Views;
use crate::run::Run;
use crate::stages::{self, CheckPlan, Findings, LoadPlan};
use crate::{setup, targets};

/// Scenario of the main job.
const SCENARIO: &str = "gate";

/// Checks, then load, then one verdict over both.
pub(crate) fn run(
    global: &Global,
    arguments: &GateArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let name = arguments.scenario.as_deref().unwrap_or(SCENARIO);
    let scenario = scenarios::load(name, &arguments.set).map_err(setup::usage)?;
    let file = arguments.target.as_deref().map(targets::read).transpose()?;
    let baseline =
        arguments.baseline.as_deref().map(Baseline::load).transpose().map_err(setup::conformance)?;
    let config = json!({
        "scenario": scenario.shown().context("can't print the scenario")?,
        "target": arguments.target.as_ref().map(|path| path.display().to_string()),
        "baseline": arguments.baseline.as_ref().map(|path| path.display().to_string()),
        "allow_not_run": arguments.allow_not_run,
    });
    let run = Run::start(global, "gate", config)?;
    let mut options = RunOptions::new(run.header().clone());
    options.baseline = baseline.unwrap_or_default();
    options.folder = Some(run.path().to_owned());
    let findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        let views = Arc::new(Views::open(&arguments.live, global, console).await?);
        let mut running = targets::start(file.as_ref(), None).await?;
        stages::check(
            running.as_mut().map(|running| (running, file.as_ref())),
            &CheckPlan { options: &options, repeat: 1 },
            &run,
            console,
            &mut interrupts,
            &mut findings,
        )
        .await?;
        if !findings.interrupted && findings.trouble.is_empty() {
            let foreign = running.as_ref().map(targets::foreign);
            let plan = LoadPlan {
                scenario,
                sessions: None,
                duration: None,
                rate: None,
                foreign,
                database: None,
                keep_database: false,
                views: Arc::clone(&views),
                parts: crate::workers::Parts::default(),
            };
            Box::pin(stages::load(plan, &run, console, &mut interrupts, &mut findings)).await?;
        }
        views.close(&mut interrupts, console).await;
        if let Some(running) = running {
            targets::stop(running).await;
        }
        Ok(findings)
    })?;
    run.finish(findings, arguments.allow_not_run, global, console)
}
