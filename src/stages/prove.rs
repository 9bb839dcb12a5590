//! The proof stage: every check is green on the reference and red on each of its mutants.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::target::{Places, Processes, Starting, configured, material};
use conformance::{
    Launcher, Launching, ProofObserver, ProveOptions, Running, Variant, prove as prove_checks,
    reference_config,
};
use reports::model::{CheckResult, CheckStatus, MutantResult};
use reports::terminal::{check_line, mutant_line};

use super::Findings;
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::reference::Reference;
use crate::run::Run;
use crate::setup;

/// Proves the selected checks and puts the matrix into `findings`.
pub(crate) async fn prove(
    options: &ProveOptions,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let launcher = References::new(run, options.timing_scale.get());
    let observer = Live { console: Arc::clone(console) };
    tokio::select! {
        report = prove_checks(&launcher, options, &observer) => {
            findings.proof = Some(report.map_err(setup::conformance)?);
        }
        () = interrupts.next() => findings.interrupted = true,
    }
    Ok(())
}

/// Starts reference servers as child processes, each with its log in the run's folder.
pub(super) struct References {
    data: PathBuf,
    folder: PathBuf,
    started: AtomicUsize,
    scale: f64,
}

impl References {
    /// References whose logs go into the folder of `run`, their timers longer by the factor `scale`.
    pub(super) fn new(run: &Run, scale: f64) -> Self {
        let (data, folder) = (run.data().to_owned(), run.path().to_owned());
        Self { data, folder, started: AtomicUsize::new(0), scale }
    }
}

impl Launcher for References {
    fn launch<'a>(&'a self, overrides: &'a [&'a str]) -> Launching<'a> {
        Box::pin(async move {
            let number = self.started.fetch_add(1, Ordering::Relaxed);
            let log = self.folder.join(format!("server-{number}.log"));
            let material = self.folder.join(format!("material-{number}"));
            let config = reference_config(overrides, self.scale)?;
            launch(&self.data, config, log, &material).await
        })
    }
}

impl Processes for References {
    fn start<'a>(&'a self, variant: Option<&'static Variant>, places: &'a Places) -> Starting<'a> {
        Box::pin(async move {
            let filled = variant.map(|variant| places.fill(variant.config));
            let overrides: Vec<&str> = filled.iter().map(String::as_str).collect();
            let mut running = self.launch(&overrides).await?;
            if let Some(variant) = variant {
                running.target = configured(&running.target, variant)?;
            }
            Ok(running)
        })
    }
}

async fn launch(
    data: &Path,
    mut config: String,
    log: PathBuf,
    folder: &Path,
) -> Result<Running, conformance::Error> {
    let needs_material = config.contains(material::PLACEHOLDER);
    if needs_material {
        material::write(folder)?;
        config = config.replace(material::PLACEHOLDER, &folder.display().to_string());
    }
    let reference =
        Reference::start(data, &[&config], log.clone()).await.map_err(|error| conformance::Error::Start {
            target: "embedded reference server".to_owned(),
            cause: format!("{error:#}"),
        })?;
    let mut target = reference.target()?;
    target.auth.published = needs_material.then(|| folder.join("jwks.json"));
    Ok(Running::adopted(target, reference.into_child()).logging_to(log))
}

/// Shows the proof on the console while it goes on.
pub(super) struct Live {
    pub(super) console: Arc<Console>,
}

impl ProofObserver for Live {
    fn planned(&self, checks: usize, mutants: usize) {
        self.console.step(&format!("prove: {checks} checks on the clean reference, then {mutants} mutants"));
        self.console.count(checks + mutants);
    }

    fn clean(&self, result: &CheckResult) {
        self.console.advance();
        self.console.progress(&format!("{} {}", self.console.counted(), result.id));
        if result.status != CheckStatus::Passed {
            self.console.line(&check_line(result, self.console.color_stderr()));
        }
    }

    fn failed_behind_proxy(&self, result: &CheckResult) {
        let line = check_line(result, self.console.color_stderr());
        self.console.line(&format!("{line}  (through a proxy that does nothing)"));
    }

    fn mutant(&self, result: &MutantResult) {
        self.console.advance();
        self.console.progress(&format!("{} {}", self.console.counted(), result.mutant));
        if !result.killed {
            self.console.line(&mutant_line(result));
        }
    }
}
