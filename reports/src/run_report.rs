//! Everything one run has to say, and the files it becomes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::files::{
    BADGE_FILE, BADGES_FOLDER, HISTOGRAMS_FILE, JUNIT_FILE, LOAD_JUNIT_FILE, OPERATIONS_FILE, PAGE_FILE,
    SUMMARY_FILE, TIMELINE_FILE,
};
use crate::hdr::LatencyLog;
use crate::model::{
    CapacityReport, CheckStatus, ComparisonReport, ConformanceReport, LoadReport, ProofReport, VerdictReport,
};
use crate::run_dir::inside;
use crate::{ReportError, RunDir, badge, csv, html, json, junit, markdown};

/// The results of one run. Every rendering reads this and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// The answer.
    pub verdict: VerdictReport,
    /// Checks, when there were any.
    pub conformance: Option<ConformanceReport>,
    /// Load, when there was any.
    pub load: Option<LoadReport>,
    /// What the page draws of the load run's histogram log, where there is one.
    pub latency: Option<LatencyLog>,
    /// The proof of the checks, when it was asked for.
    pub proof: Option<ProofReport>,
    /// Two runs beside each other, when that was asked for.
    pub comparison: Option<ComparisonReport>,
    /// How much the server holds, when that was asked for.
    pub capacity: Option<CapacityReport>,
    /// Wire transcripts by their path inside the run's folder: for people, and of those that did not end as they
    /// should also for machines.
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

    /// Writes only what is computed from the data: the page, the JUnit files, CSV, Markdown and the badge.
    ///
    /// # Errors
    /// The first file that could not be written, by path.
    pub fn render(&self, dir: &RunDir) -> Result<(), ReportError> {
        if self.has_junit() {
            let xml = junit::to_xml(self.conformance.as_ref(), &self.verdict, &self.transcripts)?;
            dir.write(JUNIT_FILE, xml.as_bytes())?;
        }
        if self.conformance.is_some() {
            dir.write(BADGE_FILE, badge::svg(self).as_bytes())?;
            let areas = badge::areas(self);
            let areas: Vec<_> =
                areas.iter().map(|(area, svg)| (format!("{BADGES_FOLDER}/{area}.svg"), svg)).collect();
            dir.write_many(areas.iter().map(|(name, svg)| (name.as_str(), svg.as_bytes())))?;
        }
        if let Some(load) = &self.load {
            dir.write(LOAD_JUNIT_FILE, junit::load_to_xml(load, &self.verdict)?.as_bytes())?;
            dir.write(TIMELINE_FILE, csv::timeline(load).as_bytes())?;
            dir.write(OPERATIONS_FILE, csv::operations(load).as_bytes())?;
        }
        dir.write(SUMMARY_FILE, markdown::summary(self).as_bytes())?;
        dir.write(PAGE_FILE, html::page(self).as_bytes())?;
        Ok(())
    }

    /// True for a run of checks, and for one that came to nothing at all: a CI server has to see that too.
    pub(crate) fn has_junit(&self) -> bool {
        let other = self.load.is_some() || self.proof.is_some() || self.comparison.is_some();
        self.conformance.is_some() || !(other || self.capacity.is_some())
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
        let load = json::read(dir)?;
        let latency = latency(dir, load.as_ref())?;
        let (proof, comparison, capacity) = (json::read(dir)?, json::read(dir)?, json::read(dir)?);
        let transcripts = transcripts(dir, conformance.as_ref(), proof.as_ref())?;
        Ok(Self { verdict, conformance, load, latency, proof, comparison, capacity, transcripts })
    }
}

/// What the page of `load` draws of the histogram log in the run's folder `dir`; `None` without one.
///
/// # Errors
/// The log is there and can't be read.
pub fn latency(dir: &Path, load: Option<&LoadReport>) -> Result<Option<LatencyLog>, ReportError> {
    let Some(load) = load else { return Ok(None) };
    let path = dir.join(HISTOGRAMS_FILE);
    match fs::read(&path) {
        Ok(log) => LatencyLog::read(&log, &html::wanted_tags(load))
            .map(Some)
            .map_err(|source| ReportError::Histograms { path, source }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReportError::read(&path)(error)),
    }
}

/// The transcripts that `conformance` and `proof` name, from the run's folder `dir`. One that is gone is left out.
///
/// # Errors
/// A name that leads out of the folder, or a file that is there and can't be read.
pub fn transcripts(
    dir: &Path,
    conformance: Option<&ConformanceReport>,
    proof: Option<&ProofReport>,
) -> Result<BTreeMap<String, String>, ReportError> {
    let mut transcripts = BTreeMap::new();
    let results = || conformance.into_iter().flat_map(|report| &report.results);
    let clean = proof.into_iter().flat_map(|proof| &proof.clean_failures).map(|failure| &failure.result);
    let mutants = proof.into_iter().flat_map(|proof| &proof.mutants);
    let named = results()
        .chain(clean)
        .map(|result| (&result.transcript, result.status != CheckStatus::Passed))
        .chain(results().map(|result| (&result.at_first_transcript, true)))
        .chain(mutants.map(|mutant| (&mutant.transcript, true)));
    for (name, drawn) in named.filter_map(|(name, drawn)| Some((name.as_ref()?, drawn))) {
        for name in [Some(name.clone()), drawn.then(|| for_machines(name))].into_iter().flatten() {
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
