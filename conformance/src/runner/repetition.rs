//! The suite, run again and again: how often each check ended how, and the worst of it.

use std::collections::{BTreeMap, BTreeSet};

use reports::model::{CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, Repetition, RunCounts};

use super::outcome::PASSED_IN_QUARANTINE;

/// The runs so far, as one report. Its size does not grow with their number.
#[derive(Debug)]
pub struct Repetitions {
    asked: u64,
    done: u64,
    report: Option<ConformanceReport>,
    counts: BTreeMap<String, RunCounts>,
}

impl Repetitions {
    /// For `asked` runs.
    pub fn new(asked: u64) -> Self {
        Self { asked, done: 0, report: None, counts: BTreeMap::new() }
    }

    /// Runs so far.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Ids of checks whose transcript must stay as it is: it belongs to what the report will say of them.
    pub fn evidence(&self) -> BTreeSet<String> {
        let results = self.report.iter().flat_map(|report| &report.results);
        let violated =
            |result: &&CheckResult| matches!(result.status, CheckStatus::Warning | CheckStatus::Failed);
        results.filter(violated).map(|result| result.id.clone()).collect()
    }

    /// Adds a run.
    pub fn add(&mut self, run: ConformanceReport) {
        self.done += 1;
        for result in &run.results {
            count(self.counts.entry(result.id.clone()).or_default(), result, self.done);
        }
        self.report = Some(match self.report.take() {
            None => run,
            Some(so_far) => merged(so_far, run),
        });
    }

    /// The report over all runs; `None` when there was none. A single run that was asked for is its own report.
    pub fn finish(self) -> Option<ConformanceReport> {
        let mut report = self.report?;
        if self.asked <= 1 {
            return Some(report);
        }
        let mut repetition = Repetition { asked: self.asked, runs: self.done, ..Repetition::default() };
        for result in &mut report.results {
            let runs = self.counts.get(&result.id).copied().unwrap_or_default();
            repetition.checks_run += runs.runs;
            repetition.late_at_first += runs.late_at_first;
            if runs.is_flaky() && result.status != CheckStatus::Quarantined {
                repetition.flaky.push(result.id.clone());
            }
            result.runs = Some(runs);
        }
        report.counts = ConformanceCounts::of(&report.results);
        report.repetition = Some(repetition);
        Some(report)
    }
}

fn count(counts: &mut RunCounts, result: &CheckResult, run: u64) {
    counts.runs += 1;
    counts.late_at_first += u64::from(result.status == CheckStatus::Passed && result.at_first.is_some());
    let quarantined_yet_passed =
        result.reason.as_ref().is_some_and(|reason| reason.code == PASSED_IN_QUARANTINE);
    match result.status {
        CheckStatus::Passed => counts.passed += 1,
        CheckStatus::Quarantined if quarantined_yet_passed => counts.passed += 1,
        CheckStatus::Failed | CheckStatus::Warning | CheckStatus::KnownFailing | CheckStatus::Quarantined => {
            counts.failed += 1;
        }
        CheckStatus::NotRun => counts.not_run += 1,
        CheckStatus::NotApplicable => return,
    }
    if counts.passed < counts.runs && counts.first_bad_run.is_none() {
        counts.first_bad_run = Some(run);
    }
}

/// The gravest is the highest.
fn rank(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Passed => 0,
        CheckStatus::NotApplicable => 1,
        CheckStatus::Quarantined => 2,
        CheckStatus::KnownFailing => 3,
        CheckStatus::Warning => 4,
        CheckStatus::NotRun => 5,
        CheckStatus::Failed => 6,
    }
}

/// Of each check the worst result, the first one where several are as bad.
fn merged(so_far: ConformanceReport, run: ConformanceReport) -> ConformanceReport {
    let results = so_far.results.into_iter().zip(run.results).map(|(kept, new)| {
        let first = if kept.at_first.is_some() { &kept } else { &new };
        let (at_first, at_first_transcript) = (first.at_first.clone(), first.at_first_transcript.clone());
        let (worse, better) = if rank(new.status) > rank(kept.status) { (new, kept) } else { (kept, new) };
        let transcript = worse.transcript.or(better.transcript);
        CheckResult { at_first, at_first_transcript, transcript, ..worse }
    });
    let results: Vec<CheckResult> = results.collect();
    // An entry is stale when it never failed.
    let stale = so_far.stale_baseline.into_iter().filter(|id| run.stale_baseline.contains(id)).collect();
    let instrument = match (so_far.instrument, run.instrument) {
        (Some(before), Some(now)) => Some(before.and(now)),
        (one, other) => one.or(other),
    };
    let worst = [so_far.round_trip_worst_ms, run.round_trip_worst_ms];
    ConformanceReport {
        duration_ms: so_far.duration_ms + run.duration_ms,
        round_trip_ms: so_far.round_trip_ms.max(run.round_trip_ms),
        round_trip_worst_ms: worst.into_iter().flatten().reduce(f64::max),
        counts: ConformanceCounts::of(&results),
        stale_baseline: stale,
        instrument,
        results,
        header: so_far.header,
        target: so_far.target,
        profile: so_far.profile,
        repetition: None,
        target_gone: so_far.target_gone.or(run.target_gone),
    }
}

#[cfg(test)]
mod tests {
    use reports::model::{FailureReason, Level};

    use super::*;
    use crate::made::header;

    fn reason(code: &str) -> FailureReason {
        let text = |text: &str| text.to_owned();
        FailureReason { code: text(code), expected: text("soon"), actual: text("late"), text: text("late") }
    }

    fn result(id: &str, status: CheckStatus) -> CheckResult {
        CheckResult {
            id: id.to_owned(),
            title: "made".to_owned(),
            area: "made".to_owned(),
            level: Level::Must,
            requirements: Vec::new(),
            clause: String::new(),
            status,
            reason: (status != CheckStatus::Passed).then(|| reason("late")),
            duration_ms: 1.0,
            transcript: None,
            at_first: None,
            at_first_transcript: None,
            runs: None,
        }
    }

    fn report(results: Vec<CheckResult>, stale: &[&str]) -> ConformanceReport {
        ConformanceReport {
            header: header(),
            target: "made".to_owned(),
            duration_ms: 10.0,
            round_trip_ms: 1.0,
            round_trip_worst_ms: None,
            profile: None,
            instrument: None,
            repetition: None,
            target_gone: None,
            counts: ConformanceCounts::of(&results),
            stale_baseline: stale.iter().map(|id| (*id).to_owned()).collect(),
            results,
        }
    }

    fn runs(statuses: &[CheckStatus]) -> ConformanceReport {
        let mut repetitions = Repetitions::new(statuses.len() as u64);
        for status in statuses {
            repetitions.add(report(vec![result("made.a", *status)], &[]));
        }
        repetitions.finish().unwrap()
    }

    #[test]
    fn one_failure_in_many_runs_is_flaky_and_is_what_is_reported() {
        let report = runs(&[CheckStatus::Passed, CheckStatus::Failed, CheckStatus::Passed]);
        let repetition = report.repetition.unwrap();
        assert_eq!((repetition.runs, repetition.flaky.as_slice()), (3, &["made.a".to_owned()][..]));
        assert_eq!((report.counts.failed, report.results[0].status), (1, CheckStatus::Failed));
        let counts = report.results[0].runs.unwrap();
        assert_eq!((counts.passed, counts.failed, counts.first_bad_run), (2, 1, Some(2)));
    }

    #[test]
    fn what_passed_only_alone_is_counted_and_what_failed_alone_too_is_not() {
        for (status, alone) in [(CheckStatus::Passed, 1), (CheckStatus::Failed, 0)] {
            let mut repetitions = Repetitions::new(2);
            repetitions.add(report(vec![result("made.a", CheckStatus::Passed)], &[]));
            let again = CheckResult { at_first: Some(reason("late")), ..result("made.a", status) };
            repetitions.add(report(vec![again], &[]));
            let repetition = repetitions.finish().unwrap().repetition.unwrap();
            assert_eq!(repetition.late_at_first, alone, "{status:?}");
        }
    }

    #[test]
    fn one_that_warns_once_and_is_not_run_else_is_not_run() {
        let mut repetitions = Repetitions::new(3);
        let mut warned = result("made.a", CheckStatus::Warning);
        warned.transcript = Some("transcripts/made.a.txt".to_owned());
        repetitions.add(report(vec![warned], &[]));
        for _ in 0..2 {
            repetitions.add(report(vec![result("made.a", CheckStatus::NotRun)], &[]));
        }
        let report = repetitions.finish().unwrap();
        assert_eq!((report.counts.not_run, report.counts.warning), (1, 0));
        assert!(report.results[0].transcript.is_some(), "what warned is still to be seen");
    }

    #[test]
    fn what_ends_the_same_each_time_is_not_flaky() {
        for status in [CheckStatus::Passed, CheckStatus::Failed, CheckStatus::NotApplicable] {
            let report = runs(&[status, status]);
            assert!(report.repetition.unwrap().flaky.is_empty(), "{status:?}");
            assert_eq!(report.results[0].status, status);
        }
    }

    #[test]
    fn one_in_quarantine_is_counted_and_tolerated() {
        let mut passed = result("made.a", CheckStatus::Quarantined);
        passed.reason = Some(reason("quarantined"));
        let mut repetitions = Repetitions::new(2);
        repetitions.add(report(vec![passed], &[]));
        repetitions.add(report(vec![result("made.a", CheckStatus::Quarantined)], &[]));
        let report = repetitions.finish().unwrap();
        assert!(report.results[0].runs.unwrap().is_flaky() && report.repetition.unwrap().flaky.is_empty());
    }

    #[test]
    fn a_baseline_entry_is_stale_when_it_never_failed() {
        let mut repetitions = Repetitions::new(2);
        repetitions.add(report(Vec::new(), &["made.always", "made.once"]));
        repetitions.add(report(Vec::new(), &["made.always"]));
        assert_eq!(repetitions.finish().unwrap().stale_baseline, ["made.always"]);
    }

    #[test]
    fn the_evidence_of_a_violation_stays() {
        let mut repetitions = Repetitions::new(9);
        repetitions.add(report(
            vec![result("made.a", CheckStatus::Failed), result("made.b", CheckStatus::Passed)],
            &[],
        ));
        assert_eq!(repetitions.evidence().into_iter().collect::<Vec<_>>(), ["made.a"]);
    }
}
