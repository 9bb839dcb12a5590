//! The baseline: checks that are known to fail. An entry that no longer fails is stale and fails the run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reports::model::{CheckResult, CheckStatus};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::target::position;

/// Known failures by check id, each with why it is tolerated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Check id → why.
    #[serde(default)]
    pub known_failing: BTreeMap<String, String>,
}

impl Baseline {
    /// Reads `path`.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Parses `text`, which came from `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| {
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            let path: PathBuf = path.to_owned();
            Error::Parse { path, line, column, message: error.message().to_owned() }
        })
    }

    /// The baseline that says of `results` what they are, keeping the reasons that are known.
    pub fn updated(&self, results: &[CheckResult]) -> Self {
        let failing =
            |result: &&CheckResult| matches!(result.status, CheckStatus::Failed | CheckStatus::KnownFailing);
        let entry = |result: &CheckResult| {
            let text = result.reason.as_ref().map_or("", |reason| reason.text.as_str());
            let why = self.known_failing.get(&result.id).map_or(text, String::as_str);
            (result.id.clone(), why.to_owned())
        };
        let mut known_failing: BTreeMap<_, _> = results.iter().filter(failing).map(entry).collect();
        // What was not run keeps its entry: nothing is known about it.
        for (id, why) in &self.known_failing {
            let judged =
                results.iter().any(|result| result.id == *id && result.status != CheckStatus::NotRun);
            if !judged && crate::checks::all().iter().any(|check| check.id == id) {
                known_failing.insert(id.clone(), why.clone());
            }
        }
        Self { known_failing }
    }

    /// The file's text.
    pub fn to_toml(&self) -> Result<String, Error> {
        let body = toml::to_string_pretty(self).map_err(|error| Error::Data(error.to_string()))?;
        Ok(format!(
            "# Checks that are known to fail, and why. An entry that passes again fails the run.\n{body}"
        ))
    }

    /// Entries that are no longer true: their check passed, or does not exist (`exists` tells).
    pub fn stale(&self, results: &[CheckResult], exists: impl Fn(&str) -> bool) -> Vec<String> {
        let passed =
            |id: &str| results.iter().any(|result| result.id == id && result.status == CheckStatus::Passed);
        self.known_failing.keys().filter(|id| passed(id) || !exists(id)).cloned().collect()
    }
}
