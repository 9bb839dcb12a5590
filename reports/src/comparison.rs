//! What changed between two conformance runs: a pure function over their results. Sets of load runs are judged by
//! the crate that made them; here they get their place in the file.

use std::collections::BTreeMap;

use crate::json::{ReportFile, VERSION};
use crate::model::{
    Change, ChangeKind, CheckResult, CheckStatus, ComparedRun, ComparisonReport, ConformanceCounts,
    ConformanceReport, Header, LoadComparison, LoadReport, SchemaId, Side,
};

/// Compares `before` with `after`, each with its folder. `header` is that of the comparison itself.
pub fn compare(
    header: &Header,
    before: (&str, &ConformanceReport),
    after: (&str, &ConformanceReport),
) -> ComparisonReport {
    let old: BTreeMap<&str, &CheckResult> = by_id(before.1);
    let new: BTreeMap<&str, &CheckResult> = by_id(after.1);
    let mut changes: Vec<Change> = Vec::new();
    let mut unchanged = 0;
    for result in &after.1.results {
        let earlier = old.get(result.id.as_str()).copied();
        match kind(earlier, result) {
            Some(kind) => changes.push(change(kind, result, earlier, Some(result))),
            None => unchanged += 1,
        }
    }
    for result in before.1.results.iter().filter(|result| !new.contains_key(result.id.as_str())) {
        let kind = if counts(result.status) { ChangeKind::Dropped } else { ChangeKind::Gone };
        changes.push(change(kind, result, Some(result), None));
    }
    changes.sort_by_key(|change| change.kind);
    let schema = SchemaId::new(ComparisonReport::SCHEMA, VERSION);
    ComparisonReport {
        header: Header { schema, ..header.clone() },
        before: run(before),
        after: run(after),
        unchanged,
        changes,
        load: None,
    }
}

/// The comparison of two sets of load runs, each side told by its first run and its folder.
pub fn of_load(
    header: &Header,
    before: (&str, &LoadReport),
    after: (&str, &LoadReport),
    load: LoadComparison,
) -> ComparisonReport {
    let run = |(folder, report): (&str, &LoadReport)| ComparedRun {
        folder: folder.to_owned(),
        target: report.target.clone(),
        started_at: report.header.started_at,
        tool_version: report.header.tool_version.clone(),
        seed: report.header.seed,
        profile: None,
        counts: ConformanceCounts::default(),
    };
    ComparisonReport {
        header: Header { schema: SchemaId::new(ComparisonReport::SCHEMA, VERSION), ..header.clone() },
        before: run(before),
        after: run(after),
        unchanged: 0,
        changes: Vec::new(),
        load: Some(load),
    }
}

fn by_id(report: &ConformanceReport) -> BTreeMap<&str, &CheckResult> {
    report.results.iter().map(|result| (result.id.as_str(), result)).collect()
}

/// What was not run is never green, so it is no better than a failure.
fn fails(status: CheckStatus) -> bool {
    matches!(status, CheckStatus::Failed | CheckStatus::NotRun)
}

/// What passed counts for the target; it must not fall out of what is judged unseen.
fn counts(status: CheckStatus) -> bool {
    status == CheckStatus::Passed
}

/// True for outcomes that leave a check out of the verdict.
fn left_out(status: CheckStatus) -> bool {
    matches!(status, CheckStatus::NotApplicable | CheckStatus::Quarantined | CheckStatus::KnownFailing)
}

/// How `after` differs from `before`, which a check that is new does not have.
fn kind(before: Option<&CheckResult>, after: &CheckResult) -> Option<ChangeKind> {
    let Some(before) = before else {
        return Some(if fails(after.status) { ChangeKind::NewlyFailing } else { ChangeKind::New });
    };
    let code = |result: &CheckResult| result.reason.as_ref().map(|reason| reason.code.clone());
    match (fails(before.status), fails(after.status)) {
        (false, true) => Some(ChangeKind::NewlyFailing),
        (true, false) if after.status == CheckStatus::Passed => Some(ChangeKind::NewlyPassing),
        _ if counts(before.status) && left_out(after.status) => Some(ChangeKind::Dropped),
        _ if before.status != after.status => Some(ChangeKind::Changed),
        _ if code(before) != code(after) => Some(ChangeKind::ChangedReason),
        _ => None,
    }
}

fn change(
    kind: ChangeKind,
    about: &CheckResult,
    before: Option<&CheckResult>,
    after: Option<&CheckResult>,
) -> Change {
    let side = |result: &CheckResult| Side { status: result.status, reason: result.reason.clone() };
    Change {
        kind,
        id: about.id.clone(),
        title: about.title.clone(),
        area: about.area.clone(),
        level: about.level,
        before: before.map(side),
        after: after.map(side),
    }
}

fn run((folder, report): (&str, &ConformanceReport)) -> ComparedRun {
    ComparedRun {
        folder: folder.to_owned(),
        target: report.target.clone(),
        started_at: report.header.started_at,
        tool_version: report.header.tool_version.clone(),
        seed: report.header.seed,
        profile: report.profile.clone(),
        counts: report.counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// The kind of change of the first check, from `before` to `after`.
    fn changed(before: (CheckStatus, &str), after: (CheckStatus, &str)) -> Option<ChangeKind> {
        let made = |(status, code): (CheckStatus, &str)| {
            let mut report = sample::conformance(3, &[0]);
            let result = &mut report.results[0];
            result.status = status;
            if let Some(reason) = &mut result.reason {
                reason.code = code.to_owned();
            }
            if status == CheckStatus::Passed {
                result.reason = None;
            }
            report
        };
        let header = sample::header("made");
        let report = compare(&header, ("a", &made(before)), ("b", &made(after)));
        assert_eq!(report.unchanged + report.changes.len() as u64, 3);
        report.changes.first().map(|change| change.kind)
    }

    #[test]
    fn each_kind_of_change_is_told() {
        use CheckStatus::{Failed, KnownFailing, NotApplicable, NotRun, Passed, Quarantined, Warning};
        for (before, after, expected) in [
            ((Passed, ""), (Failed, "late"), Some(ChangeKind::NewlyFailing)),
            ((Passed, ""), (NotRun, "not_run"), Some(ChangeKind::NewlyFailing)),
            ((KnownFailing, "late"), (Failed, "late"), Some(ChangeKind::NewlyFailing)),
            ((Failed, "late"), (Passed, ""), Some(ChangeKind::NewlyPassing)),
            ((Failed, "late"), (Failed, "missing"), Some(ChangeKind::ChangedReason)),
            ((Passed, ""), (NotApplicable, "not_applicable"), Some(ChangeKind::Dropped)),
            ((Passed, ""), (Quarantined, "late"), Some(ChangeKind::Dropped)),
            ((Passed, ""), (KnownFailing, "late"), Some(ChangeKind::Dropped)),
            ((Warning, "late"), (NotApplicable, "not_applicable"), Some(ChangeKind::Changed)),
            ((Passed, ""), (Warning, "late"), Some(ChangeKind::Changed)),
            ((Failed, "late"), (Failed, "late"), None),
            ((Passed, ""), (Passed, ""), None),
        ] {
            assert_eq!(changed(before, after), expected, "{before:?} → {after:?}");
        }
    }

    #[test]
    fn what_is_only_in_one_run_counts_by_how_it_came_out() {
        let small = sample::conformance(3, &[]);
        let (green, red) = (sample::conformance(5, &[]), sample::conformance(5, &[3, 4]));
        let header = sample::header("made");
        let of = |before, after, kind| compare(&header, ("a", before), ("b", after)).of(kind).count();
        assert_eq!(of(&small, &green, ChangeKind::New), 2);
        assert_eq!(of(&small, &red, ChangeKind::NewlyFailing), 2);
        assert_eq!(of(&green, &small, ChangeKind::Dropped), 2);
        assert_eq!(of(&red, &small, ChangeKind::Gone), 2);
    }

    #[test]
    fn runs_without_a_common_check_are_seen() {
        let (before, mut after) = (sample::conformance(3, &[]), sample::conformance(3, &[]));
        let header = sample::header("made");
        assert_eq!(compare(&header, ("a", &before), ("b", &after)).in_both(), 3);
        for result in &mut after.results {
            result.id.insert_str(0, "other.");
        }
        assert_eq!(compare(&header, ("a", &before), ("b", &after)).in_both(), 0);
    }
}
