//! `tidegate plan [SCENARIO]`.

use std::sync::Arc;

use anyhow::Context as _;
use loadgen::plan::{Grid, PlanSettings, SearchSettings, is_of_a_level};
use reference_server::config::Source;
use scenarios::Scenario;

use crate::arguments::{Global, MOST_A_SECOND, PlanArguments};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupts;
use crate::live::Views;
use crate::run::Run;
use crate::stages::{self, Findings, Levels};
use crate::{setup, targets};

/// Confidence of every bound.
const CONFIDENCE: f64 = 0.95;

/// Searches the highest load inside the limits.
pub(crate) fn run(
    global: &Global,
    arguments: &PlanArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let database =
        arguments.database.as_deref().map(str::parse::<Source>).transpose().map_err(setup::usage)?;
    let mut set = arguments.set.clone();
    if let Some(kind @ (Source::Embedded | Source::Tidb)) = &database {
        set.push(format!("database.kind={kind}"));
    }
    let scenario = scenarios::load(&arguments.scenario, &set).map_err(setup::usage)?;
    let mut settings = settings(arguments, &scenario)?;
    let config = serde_json::json!({
        "scenario": scenario.shown().context("can't print the scenario")?,
        "from": arguments.from,
        "to": arguments.to,
        "growth": arguments.growth,
        "resolution": arguments.resolution,
        "repeat": arguments.repeat,
        "users": arguments.users,
        "headroom": arguments.headroom,
        "at_least": arguments.at_least,
        "surface": arguments.surface,
        "rates": arguments.rates,
        "fan_out": arguments.fan_out,
        // Prints itself without its password.
        "database": database.as_ref().map(ToString::to_string),
    });
    let file = arguments.target.as_deref().map(targets::read).transpose()?;
    let run = Run::start(global, "plan", config)?;
    let findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings { at_least: arguments.at_least, ..Findings::default() };
        let views = Arc::new(Views::open(&arguments.live, global, console).await?);
        let running = targets::start(file.as_ref(), arguments.url.as_deref()).await?;
        let foreign = running.as_ref().map(targets::foreign);
        if let Some(foreign) = &foreign {
            settings.target.clone_from(&foreign.name);
        }
        let levels = Levels {
            scenario: arguments.scenario.clone(),
            set,
            database,
            duration: arguments.duration,
            foreign,
            views: Arc::clone(&views),
        };
        stages::capacity(levels, &settings, &run, console, &mut interrupts, &mut findings).await?;
        views.close(&mut interrupts, console).await;
        if let Some(running) = running {
            targets::stop(running).await;
        }
        Ok(findings)
    })?;
    run.finish(findings, false, global, console)
}

fn settings(arguments: &PlanArguments, scenario: &Scenario) -> anyhow::Result<PlanSettings> {
    let refuse = |text: &str| -> anyhow::Error { Failure::Usage(text.to_owned()).into() };
    if !(0.0..=0.95).contains(&arguments.headroom) {
        return Err(refuse("--headroom must be between 0 and 0.95"));
    }
    if !arguments.rates.iter().all(|rate| *rate > 0.0 && *rate <= MOST_A_SECOND) {
        return Err(refuse(&format!("--rates must be larger than zero, and {MOST_A_SECOND} at most")));
    }
    if !arguments.rates.is_empty() && stages::rate(scenario).is_none() {
        return Err(refuse("a trace has its own times: --rates can't change them"));
    }
    let (kept, left_out): (Vec<_>, Vec<_>) =
        scenario.thresholds.iter().partition(|threshold| is_of_a_level(&threshold.measure));
    if kept.is_empty() {
        return Err(refuse(
            "the scenario has no threshold that belongs to a level, such as p99(query.result.intended) < 2s: \
             without a limit there is no capacity",
        ));
    }
    let remarks = left_out.iter().map(|threshold| {
        format!("`{threshold}` was left out: it belongs to one size or length of load, not to every level")
    });
    let search = SearchSettings {
        first: arguments.from,
        most: arguments.to,
        growth: arguments.growth,
        resolution: arguments.resolution,
        repeats: arguments.repeat,
        ..SearchSettings::default()
    };
    search.validate().map_err(setup::usage)?;
    let grid = (!arguments.surface.is_empty()).then(|| Grid {
        sessions: arguments.surface.clone(),
        queries_per_s: arguments.rates.clone(),
        fan_out: arguments.fan_out.clone(),
    });
    Ok(PlanSettings {
        search,
        confidence: CONFIDENCE,
        users: arguments.users,
        headroom: arguments.headroom,
        grid,
        scenario: scenario.name.clone(),
        target: "reference server".to_owned(),
        remarks: remarks.collect(),
    })
}
