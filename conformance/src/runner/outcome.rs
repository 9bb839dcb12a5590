//! From what a check said to its place in the report.

use std::time::Duration;

use reports::model::{CheckResult, CheckStatus, FailureReason, Level};

use crate::checks::{Check, ReasonCode, Step, Stop};
use crate::requirements::Requirement;
use crate::target::Target;

use super::baseline::Baseline;

/// Code of the reason of a check in quarantine that passed.
pub(super) const PASSED_IN_QUARANTINE: &str = "quarantined";

/// Turns outcomes into results.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) requirements: &'a [Requirement],
    pub(crate) target: &'a Target,
    pub(crate) baseline: &'a Baseline,
}

impl Judge<'_> {
    /// The result of `check`, which said `outcome`.
    pub(crate) fn result(&self, check: &Check, outcome: &Step, duration: Duration) -> CheckResult {
        let level = check.level(self.requirements);
        let status = match outcome {
            Ok(()) => CheckStatus::Passed,
            Err(Stop::Violation(violation)) => failed(level, violation.code),
            Err(Stop::NotApplicable(_)) => CheckStatus::NotApplicable,
            Err(Stop::Harness(_)) => CheckStatus::NotRun,
        };
        let (status, reason) = self.tolerated(check, status, said(outcome));
        CheckResult {
            id: check.id.to_owned(),
            title: check.title.to_owned(),
            area: check.area().to_owned(),
            level,
            requirements: check.requirements.iter().map(|id| (*id).to_owned()).collect(),
            clause: self.clause(check),
            status,
            reason,
            duration_ms: duration.as_secs_f64() * 1e3,
            transcript: None,
            at_first: None,
            at_first_transcript: None,
            runs: None,
        }
    }

    /// A check that was not begun.
    pub(crate) fn not_run(&self, check: &Check, why: &str) -> CheckResult {
        self.result(check, &Err(Stop::Harness(why.to_owned())), Duration::ZERO)
    }

    /// Why `check` is not begun, if so: the target says that it has not what is checked, or nothing of it was met.
    pub(crate) fn left_out(&self, check: &Check) -> Option<Stop> {
        if let Some(absent) = check.features.iter().find(|feature| !self.target.has(feature)) {
            return Some(Stop::NotApplicable(self.target.absence(absent)));
        }
        check.features.iter().find_map(|feature| self.target.unmet(feature)).map(Stop::Harness)
    }

    fn tolerated(
        &self,
        check: &Check,
        status: CheckStatus,
        mut reason: Option<FailureReason>,
    ) -> (CheckStatus, Option<FailureReason>) {
        let violated = matches!(status, CheckStatus::Failed | CheckStatus::Warning);
        if let Some(why) = self.target.quarantine.get(check.id)
            && (violated || status == CheckStatus::Passed)
        {
            let text = reason.as_ref().map_or("it passed", |reason| reason.text.as_str());
            let quarantined = FailureReason {
                code: reason.as_ref().map_or(PASSED_IN_QUARANTINE, |reason| reason.code.as_str()).to_owned(),
                expected: reason.as_ref().map_or(String::new(), |reason| reason.expected.clone()),
                actual: reason.as_ref().map_or("it passed".to_owned(), |reason| reason.actual.clone()),
                text: format!("in quarantine ({why}): {text}"),
            };
            return (CheckStatus::Quarantined, Some(quarantined));
        }
        if violated && let Some(known) = self.baseline.known_failing.get(check.id) {
            if known.tolerates(reason.as_ref()) {
                return (CheckStatus::KnownFailing, reason);
            }
            if let (Some(code), Some(reason)) = (&known.code, &mut reason) {
                reason
                    .text
                    .push_str(&format!(" (the baseline tolerates `{code}`, this is `{}`)", reason.code));
            }
        }
        (status, reason)
    }

    fn clause(&self, check: &Check) -> String {
        let clauses: Vec<&str> = check
            .requirements
            .iter()
            .filter_map(|id| self.requirements.iter().find(|requirement| requirement.id == *id))
            .map(|requirement| requirement.clause.as_str())
            .collect();
        clauses.join(" ")
    }
}

/// No advice is so weak that a server may die of it.
fn failed(level: Level, code: ReasonCode) -> CheckStatus {
    match level {
        Level::Must => CheckStatus::Failed,
        Level::Should | Level::May if code == ReasonCode::Gone => CheckStatus::Failed,
        Level::Should | Level::May => CheckStatus::Warning,
    }
}

/// Why a check that said `outcome` did not pass.
pub(crate) fn said(outcome: &Step) -> Option<FailureReason> {
    match outcome {
        Ok(()) => None,
        Err(Stop::Violation(violation)) => Some(violation.to_reason()),
        Err(Stop::NotApplicable(why)) => Some(reason("not_applicable", "a target that offers this", why)),
        Err(Stop::Harness(why)) => Some(reason("not_run", "the check to be carried out", why)),
    }
}

fn reason(code: &str, expected: &str, actual: &str) -> FailureReason {
    FailureReason {
        code: code.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        text: actual.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Violation;
    use crate::runner::KnownFailure;

    fn judged(level: Level, outcome: &Step, known: Option<&str>) -> CheckResult {
        let requirements = [Requirement {
            id: "made.clause".to_owned(),
            level,
            clause: "It does.".to_owned(),
            why: "It should.".to_owned(),
            trace: Vec::new(),
            reproduce: None,
            not_by_hand: None,
        }];
        let target = Target::from_url("http://127.0.0.1:1").unwrap();
        let mut baseline = Baseline::default();
        if let Some(code) = known {
            let code = (code != "any").then(|| code.to_owned());
            let known = KnownFailure { code, why: "ticket".to_owned() };
            baseline.known_failing.insert("made.check".to_owned(), known);
        }
        let check = Check::new("made.check", "made", &["made.clause"], |_| async { Ok(()) });
        let judge = Judge { requirements: &requirements, target: &target, baseline: &baseline };
        judge.result(&check, outcome, Duration::from_millis(12))
    }

    #[test]
    fn outcomes_become_statuses_by_level_and_baseline() {
        let broken: Step = Err(Violation::new(ReasonCode::Late, "soon", "never").into());
        let trouble: Step = Err(Stop::Harness("no socket".to_owned()));
        let died: Step = Err(Violation::new(ReasonCode::Gone, "a target that lives on", "none").into());
        let absent: Step = Err(Stop::NotApplicable("no deflate".to_owned()));
        for (level, outcome, known, status, code) in [
            (Level::Must, &Ok(()), None, CheckStatus::Passed, None),
            (Level::Must, &broken, None, CheckStatus::Failed, Some("late")),
            (Level::Should, &broken, None, CheckStatus::Warning, Some("late")),
            (Level::May, &died, None, CheckStatus::Failed, Some("gone")),
            (Level::May, &broken, None, CheckStatus::Warning, Some("late")),
            (Level::Must, &broken, Some("any"), CheckStatus::KnownFailing, Some("late")),
            (Level::Must, &broken, Some("late"), CheckStatus::KnownFailing, Some("late")),
            (Level::Must, &broken, Some("missing"), CheckStatus::Failed, Some("late")),
            (Level::Must, &trouble, Some("any"), CheckStatus::NotRun, Some("not_run")),
            (Level::Must, &absent, None, CheckStatus::NotApplicable, Some("not_applicable")),
        ] {
            let result = judged(level, outcome, known);
            assert_eq!(result.status, status);
            assert_eq!(result.reason.map(|reason| reason.code).as_deref(), code);
            assert_eq!((result.area.as_str(), result.clause.as_str()), ("made", "It does."));
            assert_eq!((result.level, result.duration_ms), (level, 12.0));
        }
    }
}
