//! The check stage: the suite against a target, or against a reference server started for it.

use std::sync::Arc;

use conformance::checks::Check;
use conformance::target::reference_target;
use conformance::{Observer, REFERENCE_CONFIG, RunOptions, Running};
use reports::model::{CheckResult, CheckStatus, ReasonKind};
use reports::terminal::check_line;

use super::Findings;
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::reference::Reference;
use crate::run::{Run, trouble};
use crate::setup;

/// Runs the suite against `foreign`, or a reference server of its own, and puts the results into `findings`.
pub(crate) async fn check(
    foreign: Option<&mut Running>,
    options: &RunOptions,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let observer = Live { console: Arc::clone(console) };
    let Some(foreign) = foreign else {
        let log = run.path().join("server-check.log");
        let mut reference = Reference::start(run.data(), &[REFERENCE_CONFIG], log).await?;
        let target = reference_target(reference.address()).map_err(setup::conformance)?;
        judge(&target, options, &observer, interrupts, findings).await?;
        match reference.ended() {
            Some(ended) => findings.trouble.push(trouble(ReasonKind::Target, "server-ended", ended)),
            None => {
                if let Err(error) = reference.stop().await {
                    findings.trouble.push(trouble(ReasonKind::Target, "server-stop", format!("{error:#}")));
                }
            }
        }
        return Ok(());
    };
    judge(&foreign.target.clone(), options, &observer, interrupts, findings).await?;
    if let Some(ended) = foreign.exited() {
        findings.trouble.push(trouble(ReasonKind::Target, "target-ended", ended));
    }
    Ok(())
}

async fn judge(
    target: &conformance::Target,
    options: &RunOptions,
    observer: &Live,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    tokio::select! {
        report = conformance::run(target, options, observer) => {
            findings.conformance = Some(report.map_err(setup::conformance)?);
        }
        () = interrupts.next() => findings.interrupted = true,
    }
    Ok(())
}

/// Shows the suite on the console while it runs: what did not pass stays, the rest is a count.
struct Live {
    console: Arc<Console>,
}

impl Observer for Live {
    fn planned(&self, target: &str, total: usize) {
        self.console.step(&format!("check {target}: {total} checks"));
        self.console.count(total);
    }

    fn started(&self, check: &Check) {
        self.console.progress(&format!("{} {}", self.console.counted(), check.id));
    }

    fn finished(&self, result: &CheckResult) {
        self.console.advance();
        if result.status != CheckStatus::Passed || self.console.is_verbose() {
            self.console.line(&check_line(result, self.console.color_stderr()));
        }
    }
}
