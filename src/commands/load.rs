//! `tidegate load [SCENARIO]`.

mod division;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use conformance::target::TargetFile;
use reference_server::config::Source;
use scenarios::{DatabaseKind, Scenario};

use crate::arguments::{Global, LoadArguments, MOST_A_SECOND, period};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupts;
use crate::live::Views;
use crate::results::Results;
use crate::run::Run;
use crate::stages::{self, Findings, Foreign, LoadPlan};
use crate::{setup, targets, workers};

/// The parameter of a scenario that `--sessions` sets, where there is one.
const SESSIONS: &str = "sessions";

/// Plays a scenario and judges it by its thresholds.
pub(crate) fn run(
    global: &Global,
    arguments: &LoadArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let database = database(arguments)?;
    let mut parts = division::parts(arguments)?;
    let results = arguments.parts.results.as_deref().map(Results::open).transpose()?;
    let scenario = scenario(arguments, database.as_ref())?;
    division::check(&parts, &scenario, arguments)?;
    let duration = arguments.duration.as_deref().map(duration).transpose()?;
    let rate = arguments.rate.as_deref().map(rate).transpose()?;
    let mut config = scenario.shown().context("can't print the scenario")?;
    if let Some(server @ Source::MySql(_)) = &database {
        // Prints itself without its password.
        config["database"] = server.to_string().into();
    }
    let authorities = arguments.ca.as_deref().map(|file| targets::trusted(Some(file))).transpose()?;
    let files: Vec<TargetFile> =
        arguments.target.iter().map(|path| targets::read(path)).collect::<anyhow::Result<_>>()?;
    let run = Run::start(global, "load", config)?;
    let (share, folder) = (parts.share(), run.path().to_owned());
    let findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        let views = Arc::new(Views::open(&arguments.live, global, console).await?);
        let running = targets::start_all(&files, &arguments.url).await?;
        let trusted = |foreign: Foreign| match &authorities {
            Some(trust) => Foreign { trust: trust.clone(), ..foreign },
            None => foreign,
        };
        let mut foreign = running.iter().map(targets::foreign).map(trusted);
        let first = foreign.next();
        parts.others = foreign.collect();
        let plan = LoadPlan {
            scenario,
            sessions: arguments.sessions,
            duration,
            rate,
            foreign: first,
            database,
            keep_database: arguments.keep_database,
            views,
            parts,
        };
        console.step(&format!("load {}", plan.scenario.name));
        let views = Arc::clone(&plan.views);
        Box::pin(stages::load(plan, &run, console, &mut interrupts, &mut findings)).await?;
        views.close(&mut interrupts, console).await;
        for running in running {
            targets::stop(running).await;
        }
        Ok(findings)
    })?;
    let exit = run.finish(findings, false, global, console)?;
    if let Some(results) = results {
        setup::block_on(results.put(share, &folder))?;
        console
            .line(&format!("shard {share} is at {}", arguments.parts.results.as_deref().unwrap_or_default()));
    }
    Ok(exit)
}

/// Is a generator process of another run.
pub(crate) fn work() -> anyhow::Result<Exit> {
    setup::block_on(workers::work())?;
    Ok(Exit::Pass)
}

/// The scenario, with what the command line says of it.
fn scenario(arguments: &LoadArguments, database: Option<&Source>) -> anyhow::Result<Scenario> {
    let mut overrides = arguments.set.clone();
    if let Some(kind @ (Source::Embedded | Source::Tidb)) = database {
        overrides.push(format!("database.kind={kind}"));
    }
    let mut scenario = scenarios::load(&arguments.scenario, &overrides).map_err(setup::usage)?;
    if let Some(sessions) = arguments.sessions.filter(|_| scenario.parameters.contains_key(SESSIONS)) {
        // Limits and sizes that follow from the number of sessions follow the flag as well.
        overrides.push(format!("parameters.{SESSIONS}={sessions}"));
        scenario = scenarios::load(&arguments.scenario, &overrides).map_err(setup::usage)?;
    }
    if arguments.keep_database && scenario.database.kind != DatabaseKind::Tidb {
        let text = "--keep-database keeps the container of --database tidb; nothing else is started";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    Ok(scenario)
}

/// The database that was asked for.
fn database(arguments: &LoadArguments) -> anyhow::Result<Option<Source>> {
    let database =
        arguments.database.as_deref().map(str::parse::<Source>).transpose().map_err(setup::usage)?;
    let foreign = !(arguments.url.is_empty() && arguments.target.is_empty());
    match &database {
        Some(started @ (Source::Embedded | Source::Tidb)) if foreign => Err(Failure::Usage(format!(
            "--database {started} goes with a server that is started for the run; of a target with its own database, \
             name the address (mysql://user@host:4000/) to have it looked into"
        ))
        .into()),
        _ => Ok(database),
    }
}

fn duration(text: &str) -> anyhow::Result<Duration> {
    period(text).map_err(|error| Failure::Usage(format!("--duration {text:?}: {error}")).into())
}

/// `200/s`, `30/m`, or a bare number a second.
fn rate(text: &str) -> anyhow::Result<f64> {
    let (number, seconds) = match text.trim().split_once('/') {
        None => (text.trim(), 1.0),
        Some((number, "s")) => (number.trim(), 1.0),
        Some((number, "m")) => (number.trim(), 60.0),
        Some(_) => {
            return Err(Failure::Usage(format!("--rate {text:?}: expected N/s or N/m, such as 200/s")).into());
        }
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number / seconds <= MOST_A_SECOND => Ok(number / seconds),
        _ => Err(Failure::Usage(format!(
            "--rate {text:?}: expected a number above zero, such as 200/s, and {MOST_A_SECOND}/s at most"
        ))
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_told_by_the_second_or_the_minute() {
        assert_eq!(rate("200/s").unwrap(), 200.0);
        assert_eq!(rate(" 30/m").unwrap(), 0.5);
        assert_eq!(rate("7.5").unwrap(), 7.5);
        for wrong in ["", "0/s", "-1", "many/s", "1/h", "inf", "NaN/s", "1e300/s"] {
            assert!(rate(wrong).is_err(), "{wrong:?}");
        }
    }
}
