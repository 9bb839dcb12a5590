//! Everything one run has to say, and the files it becomes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::model::{
    CapacityReport, CheckStatus, ComparisonReport, ConformanceReport, LoadReport, ProofReport, VerdictReport,
};
use crate::run_dir::inside;
use crate::{ReportError, RunDir, badge, html, json, junit};

/// Name of the JUnit file.
const JUNIT_FILE: &str = "conformance.junit.xml";
/// Name of the badge.
const BADGE_FILE: &str = "badge.svg";
/// Name of the page.
pub const PAGE_FILE: &str = "index.html";

/// The results of one run. Every rendering reads this and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// The answer.
    pub verdict: VerdictReport,
    /// Checks, when there were any.
    pub conformance: Option<ConformanceReport>,
    /// Load, when there was any.
    pub load: Option<LoadReport>,
    /// The proof of the checks, when it was asked for.
    pub proof: Option<ProofReport>,
    /// Two runs beside each other, when that was asked for.
    pub comparison: Option<ComparisonReport>,
    /// How much the server holds, when that was asked for.
    pub capacity: Option<CapacityReport>,
    /// Wire transcripts by their path inside the run's folder: for people, and of those that did not pass also
    /// for machines.
    pub transcripts: BTreeMap<String, String>,
}

impl RunReport {
    /// Writes every file of the run: transcripts, data, renderings, and `verdict.json` last, so that a folder
    /// with a verdict is complete. Does not publish.
    ///
    /// # Errors
    /// The first file that could not be written, by path.
    pub fn write(&self, dir: &RunDir) -> Result<(), ReportError> {
        dir.write_many(self.transcripts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())))?;
        if let Some(conformance) = &self.conformance {
            write_json(dir, conformance)?;
        }
        if let Some(load) = &self.load {
            write_json(dir, load)?;
        }
        if let Some(proof) = &self.proof {
            write_json(dir, proof)?;
        }
        if let Some(comparison) = &self.comparison {
            write_json(dir, comparison)?;
        }
        if let Some(capacity) = &self.capacity {
            write_json(dir, capacity)?;
        }
        self.render(dir)?;
        write_json(dir, &self.verdict)
    }

    /// Writes only what is computed from the data: the page, the JUnit file and the badge.
    ///
    /// # Errors
    /// The first file that could not be written, by path.
    pub fn render(&self, dir: &RunDir) -> Result<(), ReportError> {
        if let Some(conformance) = &self.conformance {
            dir.write(JUNIT_FILE, junit::to_xml(conformance, &self.transcripts)?.as_bytes())?;
            dir.write(BADGE_FILE, badge::svg(self).as_bytes())?;
        }
        dir.write(PAGE_FILE, html::page(self).as_bytes())?;
        Ok(())
    }

    /// Reads a recorded run from its folder (a link such as `latest` will do).
    ///
    /// # Errors
    /// [`ReportError::Read`] without a `verdict.json`; [`ReportError::Malformed`] or [`ReportError::Format`]
    /// naming the file that can't be used. A transcript that is gone is left out: the report says so.
    pub fn read(dir: &Path) -> Result<Self, ReportError> {
        let verdict = json::read::<VerdictReport>(dir)?.ok_or_else(|| {
            let missing = dir.join(json::file_name::<VerdictReport>());
            ReportError::read(&missing)(std::io::Error::from(std::io::ErrorKind::NotFound))
        })?;
        let conformance = json::read::<ConformanceReport>(dir)?;
        let transcripts = transcripts(dir, conformance.as_ref())?;
        let (load, proof, comparison) = (json::read(dir)?, json::read(dir)?, json::read(dir)?);
        let capacity = json::read(dir)?;
        Ok(Self { verdict, conformance, load, proof, comparison, capacity, transcripts })
    }
}

/// The transcripts that `conformance` names, from the run's folder `dir`. One that is gone is left out.
///
/// # Errors
/// A name that leads out of the folder, or a file that is there and can't be read.
pub fn transcripts(
    dir: &Path,
    conformance: Option<&ConformanceReport>,
) -> Result<BTreeMap<String, String>, ReportError> {
    let mut transcripts = BTreeMap::new();
    let results = conformance.into_iter().flat_map(|report| &report.results);
    for (result, name) in results.filter_map(|result| Some((result, result.transcript.as_ref()?))) {
        let machines = (result.status != CheckStatus::Passed).then(|| for_machines(name));
        for name in [Some(name.clone()), machines].into_iter().flatten() {
            // The file may come from elsewhere: a path in it must not make us read another file.
            let path = dir.join(inside(&name)?);
            match fs::read(&path) {
                Ok(bytes) => {
                    transcripts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(ReportError::read(&path)(error)),
            }
        }
    }
    Ok(transcripts)
}

/// The path of a transcript for machines, beside the one for people called `name`.
pub(crate) fn for_machines(name: &str) -> String {
    format!("{}.jsonl", name.strip_suffix(".txt").unwrap_or(name))
}

fn write_json<R: json::ReportFile>(dir: &RunDir, report: &R) -> Result<(), ReportError> {
    dir.write(&json::file_name::<R>(), json::to_text(report)?.as_bytes())?;
    Ok(())
}
