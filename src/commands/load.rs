//! `tidegate load [SCENARIO]`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::arguments::{Global, LoadArguments};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupts;
use crate::run::Run;
use crate::stages::{self, Findings, LoadPlan};
use crate::{setup, targets};

/// Plays a scenario and judges it by its thresholds.
pub(crate) fn run(
    global: &Global,
    arguments: &LoadArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    setup::embedded_only(&arguments.database)?;
    let scenario = scenarios::load(&arguments.scenario, &arguments.set).map_err(setup::usage)?;
    let duration = arguments.duration.as_deref().map(duration).transpose()?;
    let config = serde_json::to_value(&scenario).context("can't print the scenario")?;
    let file = arguments.target.as_deref().map(targets::read).transpose()?;
    let run = Run::start(global, "load", config)?;
    let findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        let running = targets::start(file.as_ref(), arguments.url.as_deref()).await?;
        let plan = LoadPlan {
            scenario,
            sessions: arguments.sessions,
            duration,
            foreign: running.as_ref().map(targets::foreign),
        };
        console.step(&format!("load {}", plan.scenario.name));
        stages::load(plan, &run, console, &mut interrupts, &mut findings).await?;
        if let Some(running) = running {
            targets::stop(running).await;
        }
        Ok(findings)
    })?;
    run.finish(findings, false, global, console)
}

fn duration(text: &str) -> anyhow::Result<Duration> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) => Err(Failure::Usage(format!("--duration {text:?}: must be longer than zero")).into()),
        Err(error) => Err(Failure::Usage(format!("--duration {text:?}: {error}, such as 60s")).into()),
    }
}
