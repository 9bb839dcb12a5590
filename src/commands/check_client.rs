//! `tidegate check-client -- CMD…`.

use std::sync::Arc;

use anyhow::Context as _;
use conformance::{Baseline, ClientProgram, Profile, ProveOptions, RunOptions, Selection, Shard, Side};
use serde_json::json;

use crate::arguments::{CheckClientArguments, ClientSuite, Global};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupts;
use crate::run::Run;
use crate::setup;
use crate::stages::{self, CheckPlan, Findings};

use super::check::{baseline, joined, kept, list, update_baseline};

/// Checks a client, lists what would be checked, or proves the checks of clients.
pub(crate) fn run(
    global: &Global,
    arguments: &CheckClientArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let selection = selection(arguments)?;
    if arguments.list {
        return list(global, &selection);
    }
    let program = program(arguments)?;
    reference_server::observe::memory::return_large_buffers();
    let run = Run::start(global, "check-client", effective(arguments))?;
    if arguments.prove {
        let mut options = ProveOptions::new(run.header().clone());
        options.selection = selection;
        options.jobs = arguments.jobs.unwrap_or(stages::CLIENT_PROOF_JOBS);
        options.timing_scale = arguments.timing_scale;
        options.check_limit = stages::client_limit(true);
        options.folder = Some(run.path().to_owned());
        let findings = setup::block_on(async {
            let mut interrupts = Interrupts::listen()?;
            let mut findings = Findings::default();
            stages::prove_client(&program, &options, console, &mut interrupts, &mut findings).await?;
            Ok(findings)
        })?;
        return run.finish(findings, false, global, console);
    }
    check(global, arguments, (program, selection), run, console)
}

fn check(
    global: &Global,
    arguments: &CheckClientArguments,
    (program, selection): (ClientProgram, Selection),
    run: Run,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let known: Option<Baseline> =
        arguments.baseline.as_deref().map(|path| baseline(path, arguments.update_baseline)).transpose()?;
    let mut options = RunOptions::new(run.header().clone());
    options.selection = selection;
    options.jobs = arguments.jobs.unwrap_or(stages::CLIENT_JOBS);
    options.fail_fast = arguments.fail_fast;
    options.timing_scale = arguments.timing_scale;
    options.baseline = known.clone().unwrap_or_default();
    options.folder = Some(run.path().to_owned());
    options.transcripts = kept(arguments.transcripts);
    let mut findings = setup::block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let mut findings = Findings::default();
        let plan = CheckPlan { options: &options, repeat: arguments.repeat };
        stages::check_client(program, &plan, console, &mut interrupts, &mut findings).await?;
        Ok(findings)
    })?;
    if let Some(path) = arguments.baseline.as_deref().filter(|_| arguments.update_baseline) {
        update_baseline(path, &known.unwrap_or_default(), &mut findings, console)?;
    }
    run.finish(findings, arguments.allow_not_run, global, console)
}

/// Plays the reference client, on the other side of the contract.
pub(crate) fn play() -> anyhow::Result<Exit> {
    setup::block_on(async {
        tidegate_client::contract::play().await;
        Ok(())
    })?;
    Ok(Exit::Pass)
}

/// The client under test; the reference client, as this very program, when none is named.
fn program(arguments: &CheckClientArguments) -> anyhow::Result<ClientProgram> {
    let scale = arguments.client_time_scale.get();
    if !arguments.command.is_empty() {
        return Ok(ClientProgram::new(arguments.command.clone(), scale));
    }
    let binary = std::env::current_exe().context("can't find this program's own file")?;
    Ok(ClientProgram::new(vec![binary.display().to_string(), "client-contract".to_owned()], scale))
}

/// Which checks the arguments ask for: all expressions must hold.
fn selection(arguments: &CheckClientArguments) -> anyhow::Result<Selection> {
    let suite = match arguments.suite {
        ClientSuite::All => None,
        ClientSuite::App => Some("client"),
        ClientSuite::Rfc6455 => Some("tag:rfc6455"),
    };
    let shard = arguments.shard.as_deref().map(str::parse::<Shard>).transpose();
    let profile = arguments.requirements.as_deref().map(Profile::named).transpose();
    Ok(Selection {
        side: Side::Client,
        select: joined(suite, &arguments.select)?,
        shard: shard.map_err(setup::conformance)?,
        profile: profile.map_err(setup::conformance)?,
    })
}

fn effective(arguments: &CheckClientArguments) -> serde_json::Value {
    json!({
        "command": arguments.command,
        "select": arguments.select,
        "shard": arguments.shard,
        "jobs": arguments.jobs,
        "repeat": arguments.repeat,
        "requirements": arguments.requirements,
        "timing_scale": arguments.timing_scale.get(),
        "client_time_scale": arguments.client_time_scale.get(),
        "baseline": arguments.baseline.as_ref().map(|path| path.display().to_string()),
        "prove": arguments.prove,
    })
}
