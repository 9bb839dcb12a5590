//! The baseline: checks that are known to fail, and for which reason. An entry that no longer holds is stale and
//! fails the run; a check that fails for another reason than its entry says has failed.
//!
//! ```toml
//! [known_failing."resume.too-many"]
//! code = "wrong_value"
//! why = "history is 100 events until release 4.2"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use reports::model::{CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, FailureReason};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::checks;
use crate::target::position;

use super::outcome::PASSED_IN_QUARANTINE;

/// Known failures by check id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Check id → what is known.
    #[serde(default)]
    pub known_failing: BTreeMap<String, KnownFailure>,
}

/// A known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct KnownFailure {
    /// Code of the only reason it is tolerated for. An entry by hand that is nothing but a text tolerates any.
    pub code: Option<String>,
    /// Why it is tolerated.
    pub why: String,
}

/// The two forms an entry is written in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected { code = \"late\", why = \"ticket 12\" }, or only the text why")]
enum Written {
    Why(String),
    Full(Full),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    code: String,
    why: String,
}

impl From<Written> for KnownFailure {
    fn from(written: Written) -> Self {
        match written {
            Written::Why(why) => Self { code: None, why },
            Written::Full(Full { code, why }) => Self { code: Some(code), why },
        }
    }
}

impl From<KnownFailure> for Written {
    fn from(known: KnownFailure) -> Self {
        match known.code {
            None => Self::Why(known.why),
            Some(code) => Self::Full(Full { code, why: known.why }),
        }
    }
}

impl KnownFailure {
    /// True when it is this `reason` that is known.
    pub(super) fn tolerates(&self, reason: Option<&FailureReason>) -> bool {
        self.code.as_ref().is_none_or(|code| reason.is_some_and(|reason| reason.code == *code))
    }
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
        let refuse = |at: usize, message: String| {
            let (line, column) = position(text, at);
            Error::Parse { path: path.to_owned(), line, column, message }
        };
        let baseline: Self = toml::from_str(text)
            .map_err(|error| refuse(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        if let Some((id, _)) = baseline.known_failing.iter().find(|(_, known)| known.why.trim().is_empty()) {
            let at = text.find(id.as_str()).unwrap_or_default();
            return Err(refuse(at, format!("say why {id:?} is known to fail: its reason is empty")));
        }
        Ok(baseline)
    }

    /// The baseline that says of `results` what they are. The text of an entry whose reason is still the same stays.
    pub fn updated(&self, results: &[CheckResult]) -> Self {
        let known = |id: &str| self.known_failing.get(id);
        let belongs = |result: &&CheckResult| match result.status {
            CheckStatus::Failed => true,
            _ => fails(result) && known(&result.id).is_some(),
        };
        let entry = |result: &CheckResult| {
            let reason = result.reason.as_ref();
            let kept = known(&result.id).filter(|known| known.tolerates(reason));
            let why = match (kept, reason) {
                (Some(known), _) => known.why.clone(),
                (None, Some(reason)) => plain(reason),
                (None, None) => "no reason was recorded".to_owned(),
            };
            (result.id.clone(), KnownFailure { code: reason.map(|reason| reason.code.clone()), why })
        };
        let mut known_failing: BTreeMap<_, _> = results.iter().filter(belongs).map(entry).collect();
        // What was not run keeps its entry: nothing is known about it.
        let exists = exists();
        for (id, known) in &self.known_failing {
            let judged =
                results.iter().any(|result| result.id == *id && result.status != CheckStatus::NotRun);
            if !judged && exists(id) {
                known_failing.insert(id.clone(), known.clone());
            }
        }
        Self { known_failing }
    }

    /// The file's text.
    pub fn to_toml(&self) -> Result<String, Error> {
        let body = toml::to_string_pretty(self).map_err(|error| Error::Data(error.to_string()))?;
        Ok(format!(
            "# Checks that are known to fail, for which reason, and why that is tolerated. An entry that no longer holds \
             fails the run.\n{body}"
        ))
    }

    /// Entries that are no longer true: their check was judged and did not fail, or there is no such check.
    pub(super) fn stale(&self, results: &[CheckResult]) -> Vec<String> {
        let exists = exists();
        let holds = |id: &String| match results.iter().find(|result| result.id == *id) {
            Some(result) => fails(result) || result.status == CheckStatus::NotRun,
            None => exists(id),
        };
        self.known_failing.keys().filter(|id| !holds(id)).cloned().collect()
    }

    /// Judges `report` by this baseline, which was made of it.
    pub fn settle(&self, report: &mut ConformanceReport) {
        for result in &mut report.results {
            let violated = matches!(result.status, CheckStatus::Failed | CheckStatus::Warning);
            let known = self.known_failing.get(&result.id);
            if violated && known.is_some_and(|known| known.tolerates(result.reason.as_ref())) {
                result.status = CheckStatus::KnownFailing;
                // It may have said what another entry tolerates.
                result.reason.iter_mut().for_each(|reason| reason.text = plain(reason));
            }
        }
        report.counts = ConformanceCounts::of(&report.results);
        report.stale_baseline = self.stale(&report.results);
    }
}

fn plain(reason: &FailureReason) -> String {
    format!("expected {}, got {}", reason.expected, reason.actual)
}

/// Tells whether there is a check of that id.
fn exists() -> impl Fn(&str) -> bool {
    let checks = checks::all();
    move |id| checks.iter().any(|check| check.id == id)
}

/// True for a check that is violated, whatever is made of it.
fn fails(result: &CheckResult) -> bool {
    match result.status {
        CheckStatus::Failed | CheckStatus::Warning | CheckStatus::KnownFailing => true,
        CheckStatus::Quarantined => {
            result.reason.as_ref().is_some_and(|reason| reason.code != PASSED_IN_QUARANTINE)
        }
        CheckStatus::Passed | CheckStatus::NotApplicable | CheckStatus::NotRun => false,
    }
}

#[cfg(test)]
mod tests {
    use reports::model::Level;

    use super::*;

    fn parse(text: &str) -> Result<Baseline, String> {
        Baseline::parse(text, Path::new("known.toml")).map_err(|error| error.to_string())
    }

    fn result(id: &str, status: CheckStatus, code: &str) -> CheckResult {
        let text = |text: &str| text.to_owned();
        CheckResult {
            id: text(id),
            title: text("made"),
            area: text("made"),
            level: Level::Must,
            requirements: Vec::new(),
            clause: String::new(),
            status,
            reason: (!code.is_empty()).then(|| FailureReason {
                code: text(code),
                expected: text("a pong"),
                actual: text("none"),
                text: text("no pong came"),
            }),
            duration_ms: 1.0,
            transcript: None,
            at_first: None,
            at_first_transcript: None,
            runs: None,
        }
    }

    #[test]
    fn both_forms_are_read_and_written() {
        let text = "[known_failing]\n\"made.a\" = \"ticket 12\"\n\n[known_failing.\"made.b\"]\ncode = \"late\"\nwhy = \"slow\"\n";
        let baseline = parse(text).unwrap();
        let code = |id: &str| baseline.known_failing[id].code.clone();
        assert_eq!((code("made.a"), code("made.b").as_deref()), (None, Some("late")));
        assert_eq!(parse(&baseline.to_toml().unwrap()).unwrap(), baseline);
    }

    #[test]
    fn an_entry_has_to_say_why() {
        for (text, told) in [
            ("\"made.a\" = \"\"", "say why \"made.a\" is known to fail"),
            ("\"made.a\" = { code = \"late\", why = \"  \" }", "say why \"made.a\" is known to fail"),
            ("\"made.a\" = { code = \"late\" }", "expected { code = "),
            ("\"made.a\" = 7", "expected { code = "),
        ] {
            let error = parse(&format!("[known_failing]\n{text}\n")).unwrap_err();
            assert!(error.starts_with("known.toml:2:") && error.contains(told), "{error}");
        }
    }

    #[test]
    fn an_entry_is_stale_unless_its_check_fails_or_was_not_run() {
        use CheckStatus::{Failed, KnownFailing, NotApplicable, NotRun, Passed, Quarantined, Warning};
        let baseline = parse("[known_failing]\n\"made.a\" = \"ticket\"\n").unwrap();
        for (status, code, stale) in [
            (Passed, "", true),
            (NotApplicable, "not_applicable", true),
            (Quarantined, PASSED_IN_QUARANTINE, true),
            (Quarantined, "late", false),
            (KnownFailing, "late", false),
            (Failed, "missing", false),
            (Warning, "missing", false),
            (NotRun, "not_run", false),
        ] {
            let found = baseline.stale(&[result("made.a", status, code)]);
            assert_eq!(found.is_empty(), !stale, "{status:?} {code}");
        }
        assert_eq!(baseline.stale(&[]), ["made.a"], "there is no such check");
    }

    #[test]
    fn what_is_written_anew_has_the_reasons_of_today() {
        let text = "[known_failing]\n\"made.a\" = { code = \"late\", why = \"ticket 1\" }\n\
                    \"made.b\" = { code = \"late\", why = \"ticket 2\" }\n\"made.c\" = \"ticket 3\"\n";
        let results = [
            result("made.a", CheckStatus::KnownFailing, "late"),
            result("made.b", CheckStatus::Failed, "missing"),
            result("made.c", CheckStatus::Passed, ""),
            result("made.d", CheckStatus::Failed, "hung"),
            result("made.e", CheckStatus::Warning, "late"),
        ];
        let updated = parse(text).unwrap().updated(&results);
        let told: Vec<(&str, Option<&str>, &str)> = updated
            .known_failing
            .iter()
            .map(|(id, known)| (id.as_str(), known.code.as_deref(), known.why.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("made.a", Some("late"), "ticket 1"),
                ("made.b", Some("missing"), "expected a pong, got none"),
                ("made.d", Some("hung"), "expected a pong, got none"),
            ]
        );
        assert!(updated.stale(&results).is_empty());
    }
}
