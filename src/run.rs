//! One run: its folder, the header of its files, and its end: verdict, files, `latest`, last screen.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use loadgen::shards::RECORD_FILE;
use reports::model::{Environment, Header, Reason, ReasonKind, SchemaId};
use reports::verdict::{Evidence, judge};
use reports::{HISTOGRAMS_FILE, PAGE_FILE, ReportError, RunDir, RunReport};

use crate::arguments::{Format, Global};
use crate::console::{self, Console};
use crate::exit::Exit;
use crate::github;
use crate::stages::Findings;

/// A run that has begun.
pub(crate) struct Run {
    dir: RunDir,
    header: Header,
    command: &'static str,
    data: PathBuf,
}

impl Run {
    /// Makes the run's folder. `config` is the effective configuration, as it stands in every file.
    pub(crate) fn start(
        global: &Global,
        command: &'static str,
        config: serde_json::Value,
    ) -> anyhow::Result<Self> {
        let started_at = Timestamp::now();
        let dir = RunDir::create(&global.out, command, started_at)?;
        let header = Header {
            schema: SchemaId::new("tidegate.run", 1),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: global.seed,
            started_at,
            config,
            environment: Environment::detect(),
        };
        Ok(Self { dir, header, command, data: global.out.join("data") })
    }

    /// A run that was played elsewhere: its seed, its beginning and its machine are those of `header`.
    #[must_use]
    pub(crate) fn played_as(mut self, header: &Header) -> Self {
        let schema = self.header.schema;
        self.header = Header { schema, ..header.clone() };
        self
    }

    /// Common fields of the run's files.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The run's folder.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Folder of the embedded databases, kept from run to run.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Judges what was found, writes every file, moves `latest` and prints the last screen.
    pub(crate) fn finish(
        self,
        findings: Findings,
        allow_not_run: bool,
        global: &Global,
        console: &Console,
    ) -> anyhow::Result<Exit> {
        console.settle();
        let evidence = Evidence {
            conformance: findings.conformance.as_ref(),
            load: findings.load.as_ref(),
            proof: findings.proof.as_ref(),
            comparison: findings.comparison.as_ref(),
            capacity: findings.capacity.as_ref(),
            at_least: findings.at_least,
            aborted: findings.aborted,
            trouble: findings.trouble,
            interrupted: findings.interrupted,
            allow_not_run,
            allow_dropped: findings.allow_dropped,
        };
        let verdict = judge(&self.header, self.command, &evidence);
        let exit = Exit::Verdict(verdict.exit_code);
        if let Some(shard) = &findings.shard {
            self.dir.write(RECORD_FILE, shard.to_text()?.as_bytes())?;
        }
        let hdr_log = findings.hdr_log.as_deref();
        let logged = hdr_log.map_or(Ok(()), |log| self.dir.write(HISTOGRAMS_FILE, log).map(|_| ()));
        let report = RunReport {
            verdict,
            latency: match &logged {
                Ok(()) => reports::latency(self.path(), findings.load.as_ref())?,
                Err(_) => None,
            },
            transcripts: reports::transcripts(
                self.path(),
                findings.conformance.as_ref(),
                findings.proof.as_ref(),
            )?,
            conformance: findings.conformance,
            load: findings.load,
            proof: findings.proof,
            comparison: findings.comparison,
            capacity: findings.capacity,
        };
        let latest = match logged.and_then(|()| self.write(&report)) {
            Ok(latest) => latest,
            Err(error) => {
                // It can't be measured again: who can't read it in a file reads it here.
                let page = self.path().join(PAGE_FILE);
                console.line("what was found could not be written, here it is:");
                console.line(&reports::terminal::verdict_screen(&report, &page, console.color_stderr()));
                return Err(error.into());
            }
        };
        print_last_screen(&report, &latest.join(PAGE_FILE), global, console)?;
        if github::is_wanted(global) {
            github::tell(&report)?;
        }
        Ok(exit)
    }

    /// Writes every file and moves `latest`.
    fn write(&self, report: &RunReport) -> Result<PathBuf, ReportError> {
        report.write(&self.dir)?;
        self.dir.publish()
    }
}

/// The verdict as a screen for people or as JSON for machines.
pub(crate) fn print_last_screen(
    report: &RunReport,
    page: &Path,
    global: &Global,
    console: &Console,
) -> anyhow::Result<()> {
    let text = match global.format {
        Format::Json => reports::json::to_text(&report.verdict)?,
        Format::Human | Format::Csv => {
            reports::terminal::verdict_screen(report, page, console.color_stdout())
        }
    };
    console::print(&text).context("can't write to standard output")
}

/// A reason about the target or the instrument, for the verdict.
pub(crate) fn trouble(kind: ReasonKind, id: &str, text: String) -> Reason {
    Reason { kind, id: id.to_owned(), text }
}
