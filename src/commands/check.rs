//! `tidegate check [URL]`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use conformance::{Baseline, Profile, ProveOptions, Replay, RunOptions, Select, Selection, Shard, Side};
use serde_json::json;

use crate::arguments::{CheckArguments, Format, Global, Suite, Transcripts};
use crate::console::{self, Console};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupts;
use crate::run::Run;
use crate::stages::{self, CheckPlan, Findings, WatchPlan};
use crate::{setup, targets};

/// Checks a server, lists what would be checked, or proves the checks.
pub(crate) fn run(
    global: &Global,
    arguments: &CheckArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let replay = arguments.replay.as_deref().map(Replay::load).transpose().map_err(setup::conformance)?;
    let selection = match &replay {
        Some(replay) => Selection { select: Some(exactly(replay.check.id)?), ..Selection::default() },
        None => selection(arguments)?,
    };
    if arguments.list {
        return list(global, &selection);
    }
    if arguments.watch && arguments.url.is_none() && arguments.target.is_none() {
        let text = "--watch needs a URL or --target: the embedded reference server never changes";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    reference_server::observe::memory::return_large_buffers();
    let run = Run::start(global, "check", effective(arguments))?;
    if arguments.prove {
        return prove(global, arguments, selection, run, console);
    }
    let baseline =
        arguments.baseline.as_deref().map(|path| baseline(path, arguments.update_baseline)).transpose()?;
    let file = arguments.target.as_deref().map(targets::read).transpose()?;
    let mut options = options(arguments, selection, baseline.clone(), &run);
    if let Some(replay) = replay {
        options.header.seed = replay.seed;
        options.script = replay.script;
    }
    let mut findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        let mut running = targets::start(file.as_ref(), arguments.url.as_deref()).await?;
        if let (Some(running), Suite::Rfc6455, Some(url)) = (&mut running, arguments.suite, &arguments.url) {
            running.target = targets::echo_door(url).await?;
        }
        if let Some(running) = running.take_if(|_| arguments.watch) {
            let plan = WatchPlan { options: &options, file: file.as_ref(), files: &arguments.watch_file };
            stages::watch(running, &plan, console, &mut interrupts, &mut findings).await?;
            return Ok(findings);
        }
        stages::check(
            running.as_mut().map(|running| (running, file.as_ref())),
            &CheckPlan { options: &options, repeat: arguments.repeat },
            &run,
            console,
            &mut interrupts,
            &mut findings,
        )
        .await?;
        if let Some(running) = running {
            targets::stop(running).await;
        }
        Ok(findings)
    })?;
    if let Some(path) = arguments.baseline.as_deref().filter(|_| arguments.update_baseline) {
        update_baseline(path, &baseline.unwrap_or_default(), &mut findings, console)?;
    }
    run.finish(findings, arguments.allow_not_run, global, console)
}

fn options(
    arguments: &CheckArguments,
    selection: Selection,
    baseline: Option<Baseline>,
    run: &Run,
) -> RunOptions {
    let mut options = RunOptions::new(run.header().clone());
    options.selection = selection;
    options.jobs = arguments.jobs.unwrap_or(options.jobs);
    options.fail_fast = arguments.fail_fast;
    options.timing_scale = arguments.timing_scale;
    options.baseline = baseline.unwrap_or_default();
    options.network_delay = arguments.network_delay;
    options.flow_steps = arguments.flow_steps;
    options.folder = Some(run.path().to_owned());
    options.transcripts = match arguments.transcripts {
        Transcripts::Failures => conformance::Transcripts::Failures,
        Transcripts::All => conformance::Transcripts::All,
    };
    options
}

fn prove(
    global: &Global,
    arguments: &CheckArguments,
    selection: Selection,
    run: Run,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let mut options = ProveOptions::new(run.header().clone());
    options.selection = selection;
    options.jobs = arguments.jobs.unwrap_or(options.jobs);
    options.timing_scale = arguments.timing_scale;
    options.folder = Some(run.path().to_owned());
    let findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        stages::prove(&options, &run, console, &mut interrupts, &mut findings).await?;
        Ok(findings)
    })?;
    run.finish(findings, false, global, console)
}

/// The check called `id` and no other.
fn exactly(id: &str) -> anyhow::Result<Select> {
    id.parse().map_err(setup::conformance)
}

/// Which checks the arguments ask for.
fn selection(arguments: &CheckArguments) -> anyhow::Result<Selection> {
    let shard = arguments.shard.as_deref().map(str::parse::<Shard>).transpose();
    let profile = arguments.requirements.as_deref().map(Profile::named).transpose();
    Ok(Selection {
        side: Side::Server,
        select: joined(suite_expression(arguments.suite), &arguments.select)?,
        shard: shard.map_err(setup::conformance)?,
        profile: profile.map_err(setup::conformance)?,
    })
}

/// The checks of a part of the suite, as a select expression; all of them without one.
pub(super) fn suite_expression(suite: Suite) -> Option<&'static str> {
    match suite {
        Suite::All => None,
        Suite::App => Some("!(tag:rfc6455 | mcp | mcp-http | rest | sse | polling)"),
        Suite::Rfc6455 => Some("tag:rfc6455"),
        Suite::Mcp => Some("mcp | mcp-http"),
        Suite::Rest => Some("rest | sse | polling"),
    }
}

/// The expressions and the part of the suite in one: all of them must hold.
pub(super) fn joined(suite: Option<&str>, select: &[String]) -> anyhow::Result<Option<Select>> {
    let parts: Vec<String> =
        suite.into_iter().chain(select.iter().map(String::as_str)).map(|part| format!("({part})")).collect();
    match (suite, select) {
        (None, []) => Ok(None),
        // Positions in messages should be those of what was typed.
        (None, [one]) => one.parse().map(Some).map_err(setup::conformance),
        _ => parts.join(" & ").parse().map(Some).map_err(setup::conformance),
    }
}

/// Which transcripts are kept.
pub(super) fn kept(which: Transcripts) -> conformance::Transcripts {
    match which {
        Transcripts::Failures => conformance::Transcripts::Failures,
        Transcripts::All => conformance::Transcripts::All,
    }
}

/// The baseline in `path`; an empty one when it is still to be written.
pub(super) fn baseline(path: &Path, may_be_new: bool) -> anyhow::Result<Baseline> {
    if may_be_new && !path.exists() {
        return Ok(Baseline::default());
    }
    Baseline::load(path).map_err(setup::conformance)
}

/// Writes `known` anew from what was found; the run is then judged by what was written.
pub(super) fn update_baseline(
    path: &Path,
    known: &Baseline,
    findings: &mut Findings,
    console: &Console,
) -> anyhow::Result<()> {
    let Some(report) = &mut findings.conformance else { return Ok(()) };
    let updated = known.updated(&report.results);
    let text = updated.to_toml().map_err(setup::conformance)?;
    std::fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
    console.line(&format!("wrote {}", path.display()));
    updated.settle(report);
    Ok(())
}

/// Prints the checks that would run.
pub(super) fn list(global: &Global, selection: &Selection) -> anyhow::Result<Exit> {
    let checks = conformance::selection(selection).map_err(setup::conformance)?;
    let text = match global.format {
        Format::Json => serde_json::to_string_pretty(&checks)? + "\n",
        Format::Human | Format::Csv => {
            let width = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
            checks.iter().map(|check| format!("{:width$}  {}\n", check.id, check.title)).collect()
        }
    };
    console::print(&text)?;
    Ok(Exit::Pass)
}

fn effective(arguments: &CheckArguments) -> serde_json::Value {
    json!({
        "target": arguments.target.as_ref().map(|path| path.display().to_string()),
        "url": arguments.url,
        "select": arguments.select,
        "shard": arguments.shard,
        "jobs": arguments.jobs,
        "repeat": arguments.repeat,
        "requirements": arguments.requirements,
        "watch": arguments.watch,
        "timing_scale": arguments.timing_scale.get(),
        "baseline": arguments.baseline.as_ref().map(|path| path.display().to_string()),
        "prove": arguments.prove,
        "replay": arguments.replay.as_ref().map(|path| path.display().to_string()),
        "flow_steps": arguments.flow_steps,
        "network_delay_ms": arguments.network_delay.map(|delay| delay.as_millis() as u64),
    })
}
