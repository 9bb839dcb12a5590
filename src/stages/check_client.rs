//! The client stage: the suite plays the server for a client that is started for each case.

use std::sync::Arc;
use std::time::Duration;

use conformance::{ClientProgram, Launcher, Launching, ProveOptions, Running, Target, Targets};

use super::{CheckPlan, Findings, check, prove};
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::setup;

/// Clients that run at one time: an interpreter needs a core for a moment to start.
pub(crate) const CLIENT_JOBS: usize = 16;

/// The same in a proof: the reference client and its mistakes start at once, and mostly wait.
pub(crate) const CLIENT_PROOF_JOBS: usize = 32;

/// Longest time of one case: the whole backoff in real time takes half a minute.
pub(crate) fn client_limit(scales: bool) -> Duration {
    Duration::from_secs(if scales { 30 } else { 150 })
}

/// Runs the suite against a client and puts the results into `findings`.
pub(crate) async fn check_client(
    program: ClientProgram,
    plan: &CheckPlan<'_>,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    console.progress("starting the client");
    let (target, fault) = conformance::client::introduce(program).await.map_err(setup::conformance)?;
    if let Some(fault) = fault {
        console.line(&format!("the client did not introduce itself: {fault}"));
    }
    let mut options = plan.options.clone();
    options.check_limit = client_limit(target.has("time_scale"));
    let plan = CheckPlan { options: &options, repeat: plan.repeat };
    check::judge(&Targets::from(target), &plan, console, interrupts, findings).await
}

/// Proves the checks of clients with the reference client and puts the matrix into `findings`.
pub(crate) async fn prove_client(
    program: &ClientProgram,
    options: &ProveOptions,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let launcher = Clients { program: program.clone() };
    let observer = prove::Live { console: Arc::clone(console) };
    tokio::select! {
        report = conformance::prove(&launcher, options, &observer) => {
            findings.proof = Some(report.map_err(setup::conformance)?);
        }
        () = interrupts.next() => findings.interrupted = true,
    }
    Ok(())
}

/// Gives the reference client; it is started by the cases themselves.
struct Clients {
    program: ClientProgram,
}

impl Launcher for Clients {
    fn launch<'a>(&'a self, _overrides: &'a [&'a str]) -> Launching<'a> {
        Box::pin(async move {
            let target = Target::of_client(self.program.clone())?;
            Ok(Running::guarded(target, ()))
        })
    }
}
