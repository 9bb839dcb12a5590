//! The verdict itself.

use super::reasons;
use crate::json::{ReportFile, VERSION};
use crate::model::{
    CapacityReport, ComparisonReport, ConformanceCounts, ConformanceReport, Header, LoadReport, LoadSummary,
    ProofReport, Reason, ReasonKind, SchemaId, Verdict, VerdictReport,
};

/// What a command found, for [`judge`].
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// Checks, when any were asked for.
    pub conformance: Option<&'a ConformanceReport>,
    /// Load, when it was asked for.
    pub load: Option<&'a LoadReport>,
    /// The proof of the checks, when it was asked for.
    pub proof: Option<&'a ProofReport>,
    /// Two runs beside each other, when that was asked for.
    pub comparison: Option<&'a ComparisonReport>,
    /// How much the server holds, when that was asked for.
    pub capacity: Option<&'a CapacityReport>,
    /// Sessions it should hold at least.
    pub at_least: Option<u64>,
    /// True when a threshold ended the load run: then it was cut short, but not interrupted.
    pub aborted: bool,
    /// What went wrong with the target or with the instrument: reasons of kind [`ReasonKind::Target`] or
    /// [`ReasonKind::Harness`].
    pub trouble: Vec<Reason>,
    /// True when the user or a signal cut the run short.
    pub interrupted: bool,
    /// True when checks that could not be run are tolerated.
    pub allow_not_run: bool,
    /// True when it is tolerated that checks which passed no longer count.
    pub allow_dropped: bool,
}

/// The verdict over `evidence`. `header` may be that of any file of the run: its format is set here.
pub fn judge(header: &Header, command: &str, evidence: &Evidence<'_>) -> VerdictReport {
    let reasons = reasons::of(evidence);
    let verdict = verdict_of(&reasons);
    let schema = SchemaId::new(VerdictReport::SCHEMA, VERSION);
    VerdictReport {
        header: Header { schema, ..header.clone() },
        command: command.to_owned(),
        verdict,
        exit_code: exit_code(verdict),
        reasons,
        checks: evidence
            .conformance
            .map_or_else(ConformanceCounts::default, |conformance| conformance.counts),
        load: evidence.load.map(|load| LoadSummary {
            sessions: load.sessions.peak,
            messages: load.messages.sent + load.messages.received,
            thresholds: load.thresholds.clone(),
        }),
    }
}

fn verdict_of(reasons: &[Reason]) -> Verdict {
    if reasons.iter().any(|reason| invalidates(reason.kind)) {
        Verdict::Invalid
    } else if reasons.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail
    }
}

/// True for findings about the instrument or the run, which leave nothing to say about the target.
pub fn invalidates(kind: ReasonKind) -> bool {
    match kind {
        ReasonKind::Target
        | ReasonKind::Harness
        | ReasonKind::Generator
        | ReasonKind::Inconclusive
        | ReasonKind::Interrupted => true,
        ReasonKind::Check
        | ReasonKind::NotRun
        | ReasonKind::NewlyFailing
        | ReasonKind::Dropped
        | ReasonKind::Flaky
        | ReasonKind::StaleBaseline
        | ReasonKind::Threshold
        | ReasonKind::Worse
        | ReasonKind::Capacity
        | ReasonKind::Mutant => false,
    }
}

fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::Invalid => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CheckStatus, FailureReason, GeneratorVerdict, RunCounts};
    use crate::sample;

    /// A clean gate run, to be spoilt by each case.
    struct Clean {
        conformance: ConformanceReport,
        load: LoadReport,
        proof: ProofReport,
    }

    fn clean() -> Clean {
        let run = sample::gate_pass();
        Clean { conformance: run.conformance.unwrap(), load: run.load.unwrap(), proof: sample::proof(true) }
    }

    fn verdict(clean: &Clean, spoil: impl FnOnce(&mut Evidence<'_>)) -> (Verdict, u8, Vec<String>) {
        let mut evidence = Evidence {
            conformance: Some(&clean.conformance),
            load: Some(&clean.load),
            proof: Some(&clean.proof),
            ..Evidence::default()
        };
        spoil(&mut evidence);
        let report = judge(&clean.load.header, "gate", &evidence);
        assert_eq!(report.header.schema.name, "tidegate.verdict");
        (report.verdict, report.exit_code, report.reasons.into_iter().map(|reason| reason.id).collect())
    }

    fn status(report: &mut ConformanceReport, at: usize, status: CheckStatus) {
        report.results[at].status = status;
        report.results[at].reason = Some(FailureReason {
            code: "late".into(),
            expected: "a pong within 200 ms".into(),
            actual: "none after 600 ms".into(),
            text: "the pong came late".into(),
        });
        report.counts = ConformanceCounts::of(&report.results);
    }

    fn trouble(kind: ReasonKind) -> Reason {
        Reason { kind, id: "server".into(), text: "the server closed every connection".into() }
    }

    #[test]
    fn nothing_wrong_is_a_pass() {
        assert_eq!(verdict(&clean(), |_| {}), (Verdict::Pass, 0, vec![]));
    }

    #[test]
    fn statuses_of_checks_decide() {
        let cases = [
            (CheckStatus::Failed, false, Verdict::Fail, 1),
            (CheckStatus::NotRun, false, Verdict::Fail, 1),
            (CheckStatus::NotRun, true, Verdict::Pass, 0),
            (CheckStatus::Warning, false, Verdict::Pass, 0),
            (CheckStatus::NotApplicable, false, Verdict::Pass, 0),
            (CheckStatus::Quarantined, false, Verdict::Pass, 0),
            (CheckStatus::KnownFailing, false, Verdict::Pass, 0),
        ];
        for (outcome, allow, expected, code) in cases {
            let mut made = clean();
            status(&mut made.conformance, 3, outcome);
            let (verdict, exit_code, _) = verdict(&made, |evidence| evidence.allow_not_run = allow);
            assert_eq!((verdict, exit_code), (expected, code), "{outcome:?}, allowed: {allow}");
        }
    }

    #[test]
    fn a_target_that_went_away_is_no_pass_even_where_what_was_not_run_is_tolerated() {
        let mut made = clean();
        status(&mut made.conformance, 3, CheckStatus::NotRun);
        made.conformance.target_gone = Some("it takes no connection any more".into());
        let check = made.conformance.results[3].id.clone();
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["target-gone".into(), check]));
        let tolerated = verdict(&made, |evidence| evidence.allow_not_run = true);
        assert_eq!(tolerated, (Verdict::Invalid, 3, vec!["target-gone".into()]));
    }

    #[test]
    fn a_run_in_which_no_check_was_judged_is_invalid() {
        let outcomes = [CheckStatus::NotApplicable, CheckStatus::Quarantined, CheckStatus::NotRun];
        for outcome in outcomes {
            let mut made = clean();
            for at in 0..made.conformance.results.len() {
                status(&mut made.conformance, at, outcome);
            }
            let found = verdict(&made, |evidence| evidence.allow_not_run = true);
            assert_eq!(found, (Verdict::Invalid, 3, vec!["nothing-judged".into()]), "{outcome:?}");
            let found = verdict(&made, |evidence| {
                evidence.allow_not_run = true;
                evidence.trouble.push(trouble(ReasonKind::Target));
            });
            assert_eq!(found, (Verdict::Invalid, 3, vec!["server".into()]), "the cause is told alone");
            status(&mut made.conformance, 0, CheckStatus::Warning);
            assert_eq!(verdict(&made, |evidence| evidence.allow_not_run = true).1, 0, "one is enough");
        }
    }

    #[test]
    fn a_violation_that_did_not_come_again_is_flaky_not_green() {
        let mut made = clean();
        status(&mut made.conformance, 3, CheckStatus::Warning);
        made.conformance.results[3].runs =
            Some(RunCounts { runs: 2, passed: 1, failed: 1, first_bad_run: Some(1), ..RunCounts::default() });
        let id = made.conformance.results[3].id.clone();
        assert_eq!(verdict(&made, |_| {}), (Verdict::Fail, 1, vec![id]));
    }

    #[test]
    fn every_threshold_can_turn_it_red() {
        for at in 0..clean().load.thresholds.len() {
            let mut made = clean();
            made.load.thresholds[at].ok = false;
            let name = made.load.thresholds[at].name.clone();
            assert_eq!(verdict(&made, |_| {}), (Verdict::Fail, 1, vec![name]));
        }
    }

    #[test]
    fn a_stale_baseline_fails() {
        let mut made = clean();
        made.conformance.stale_baseline.push("resume.gap".into());
        assert_eq!(verdict(&made, |_| {}), (Verdict::Fail, 1, vec!["resume.gap".into()]));
    }

    #[test]
    fn a_proof_fails_three_ways() {
        let mut survivor = clean();
        survivor.proof.mutants[0].killed = false;
        let mutant = survivor.proof.mutants[0].mutant.clone();
        assert_eq!(verdict(&survivor, |_| {}), (Verdict::Fail, 1, vec![mutant]));
        let mut unproven = clean();
        unproven.proof.checks_without_mutant.push("rest.health".into());
        assert_eq!(verdict(&unproven, |_| {}), (Verdict::Fail, 1, vec!["rest.health".into()]));
        let mut dirty = clean();
        dirty.proof.failed_on_clean.push("rest.ready".into());
        assert_eq!(verdict(&dirty, |_| {}), (Verdict::Fail, 1, vec!["rest.ready".into()]));
    }

    #[test]
    fn what_makes_a_run_invalid_goes_before_violations() {
        let mut made = clean();
        status(&mut made.conformance, 0, CheckStatus::Failed);
        let check = made.conformance.results[0].id.clone();
        for kind in [ReasonKind::Target, ReasonKind::Harness] {
            let found = verdict(&made, |evidence| evidence.trouble.push(trouble(kind)));
            assert_eq!(found, (Verdict::Invalid, 3, vec!["server".into(), check.clone()]));
        }
        let found = verdict(&made, |evidence| evidence.interrupted = true);
        assert_eq!(found, (Verdict::Invalid, 3, vec!["interrupted".into(), check.clone()]));
        made.load.generator.verdict = GeneratorVerdict::Limit;
        made.load.generator.reasons = vec!["send lag p99 was 81 ms, over 50 ms".into()];
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["generator".into(), check]));
    }

    #[test]
    fn a_load_run_that_ended_early_is_invalid() {
        let mut made = clean();
        made.load.interrupted = true;
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["interrupted".into()]));
    }

    /// The verdict over two runs, the second with what `spoil` makes of it.
    fn compared(
        allow_dropped: bool,
        spoil: impl FnOnce(&mut ConformanceReport),
    ) -> (Verdict, u8, Vec<String>) {
        let before = sample::conformance(3, &[]);
        let mut after = before.clone();
        spoil(&mut after);
        let header = sample::header("made");
        let comparison = crate::comparison::compare(&header, ("a", &before), ("b", &after));
        let evidence = Evidence { comparison: Some(&comparison), allow_dropped, ..Evidence::default() };
        let report = judge(&header, "compare", &evidence);
        (report.verdict, report.exit_code, report.reasons.into_iter().map(|reason| reason.id).collect())
    }

    #[test]
    fn a_comparison_is_green_only_when_what_passed_still_counts() {
        assert_eq!(compared(false, |_| {}), (Verdict::Pass, 0, vec![]));
        let first = sample::conformance(3, &[]).results[0].id.clone();
        for (outcome, allowed, code) in [
            (CheckStatus::Failed, false, 1),
            (CheckStatus::NotRun, true, 1),
            (CheckStatus::Warning, false, 0),
            (CheckStatus::NotApplicable, false, 1),
            (CheckStatus::NotApplicable, true, 0),
            (CheckStatus::Quarantined, false, 1),
            (CheckStatus::KnownFailing, false, 1),
        ] {
            let (_, exit_code, ids) = compared(allowed, |after| status(after, 0, outcome));
            assert_eq!(exit_code, code, "{outcome:?}, allowed: {allowed}");
            assert_eq!(ids, if code == 0 { vec![] } else { vec![first.clone()] });
        }
        let gone = |after: &mut ConformanceReport| drop(after.results.remove(0));
        assert_eq!(compared(false, gone), (Verdict::Fail, 1, vec![first]));
        assert_eq!(compared(true, gone), (Verdict::Pass, 0, vec![]));
        let nothing = |after: &mut ConformanceReport| after.results.clear();
        assert_eq!(compared(true, nothing), (Verdict::Invalid, 3, vec!["nothing-common".to_owned()]));
    }

    #[test]
    fn nothing_is_never_a_pass() {
        let mut made = clean();
        let nothing = verdict(&made, |evidence| *evidence = Evidence::default());
        assert_eq!(nothing, (Verdict::Invalid, 3, vec!["nothing-run".into()]));
        made.conformance.results.clear();
        made.conformance.counts = ConformanceCounts::default();
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["no-checks".into()]));
        let mut made = clean();
        made.load.sessions.established = 0;
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["sessions".into()]));
        let mut made = clean();
        made.proof.mutants.clear();
        assert_eq!(verdict(&made, |_| {}), (Verdict::Invalid, 3, vec!["no-mutants".into()]));
    }
}
