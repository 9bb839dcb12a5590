//! The check stage: the suite against a target, or against a reference server started for it.

use std::sync::Arc;

use conformance::checks::Check;
use conformance::target::configured;
use conformance::{
    Launcher as _, Observer, REFERENCE_CONFIG, RunOptions, Running, TargetFile, Targets, variants_needed,
};
use reports::model::{CheckResult, CheckStatus, ReasonKind};
use reports::terminal::check_line;

use super::Findings;
use super::prove::References;
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::reference::Reference;
use crate::run::{Run, trouble};
use crate::{setup, targets};

/// Runs the suite against `foreign`, or a reference server of its own, and puts the results into `findings`.
pub(crate) async fn check(
    foreign: Option<(&mut Running, Option<&TargetFile>)>,
    options: &RunOptions,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let observer = Live { console: Arc::clone(console) };
    let needed = variants_needed(options.select.as_ref(), options.shard).map_err(setup::conformance)?;
    let Some((foreign, file)) = foreign else {
        let log = run.path().join("server-check.log");
        let mut reference = Reference::start(run.data(), &[REFERENCE_CONFIG], log).await?;
        let mut targets = Targets::from(reference.target().map_err(setup::conformance)?);
        let launcher = References::new(run);
        let mut started = Vec::new();
        for variant in needed {
            let running = launcher.launch(&[variant.config]).await.map_err(setup::conformance)?;
            targets.insert(variant, Ok(configured(&running.target, variant).map_err(setup::conformance)?));
            started.push(running);
        }
        judge(&targets, options, &observer, interrupts, findings).await?;
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
    let mut configurations = Targets::from(foreign.target.clone());
    let mut started = Vec::new();
    for variant in needed {
        let Some(file) = file.and_then(|file| file.variant(variant.name)) else { continue };
        match file.start().await {
            Ok(running) => {
                configurations.insert(variant, Ok(running.target.clone()));
                started.push(running);
            }
            Err(error) => configurations.insert(variant, Err(error.to_string())),
        }
    }
    judge(&configurations, options, &observer, interrupts, findings).await?;
    for running in started {
        targets::stop(running).await;
    }
    if let Some(ended) = foreign.exited() {
        findings.trouble.push(trouble(ReasonKind::Target, "target-ended", ended));
    }
    Ok(())
}

async fn judge(
    targets: &Targets,
    options: &RunOptions,
    observer: &Live,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    tokio::select! {
        report = conformance::run(targets, options, observer) => {
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
