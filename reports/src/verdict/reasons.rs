//! Every reason against a pass, the gravest kind first and in the order of the results within a kind.

use super::judge::Evidence;
use crate::model::{
    CapacityReport, Change, ChangeKind, CheckResult, CheckStatus, ComparisonReport, ConformanceReport,
    GeneratorVerdict, LevelVerdict, LoadComparison, LoadReport, MetricVerdict, MutantResult, ProofReport,
    Reason, ReasonKind,
};
use crate::wording;

/// Collects the reasons of `evidence`.
pub(super) fn of(evidence: &Evidence<'_>) -> Vec<Reason> {
    let mut reasons = evidence.trouble.clone();
    if evidence.conformance.is_none()
        && evidence.load.is_none()
        && evidence.proof.is_none()
        && evidence.comparison.is_none()
        && evidence.capacity.is_none()
        && reasons.is_empty()
        && !evidence.interrupted
    {
        reasons.push(reason(ReasonKind::Harness, "nothing-run", "nothing was run, so nothing can be said"));
    }
    if let Some(conformance) = evidence.conformance {
        checks(conformance, evidence.allow_not_run, &mut reasons);
    }
    if let Some(load) = evidence.load {
        load_run(load, &mut reasons);
    }
    if let Some(proof) = evidence.proof {
        proof_run(proof, &mut reasons);
    }
    match evidence.comparison {
        Some(ComparisonReport { load: Some(load), .. }) => load_comparison(load, &mut reasons),
        Some(comparison) => check_comparison(comparison, evidence.allow_dropped, &mut reasons),
        None => {}
    }
    if let Some(capacity) = evidence.capacity {
        capacity_search(capacity, evidence, &mut reasons);
    }
    let cut_short = evidence.load.is_some_and(|load| load.interrupted) && !evidence.aborted;
    if evidence.interrupted || cut_short {
        // A target that went away ends a run early too: then that is the cause to name.
        if !reasons.iter().any(|reason| gravity(reason.kind) < gravity(ReasonKind::Interrupted)) {
            reasons.push(interruption(evidence.load));
        }
    }
    reasons.sort_by_key(|reason| gravity(reason.kind));
    reasons
}

/// Rank of a kind, 0 being the gravest: what leaves nothing to say about the target comes first.
fn gravity(kind: ReasonKind) -> u8 {
    match kind {
        ReasonKind::Target => 0,
        ReasonKind::Harness => 1,
        ReasonKind::Generator => 2,
        ReasonKind::Interrupted => 3,
        ReasonKind::Inconclusive => 4,
        ReasonKind::Check | ReasonKind::NewlyFailing => 5,
        ReasonKind::Dropped | ReasonKind::Flaky => 6,
        ReasonKind::Threshold | ReasonKind::Worse | ReasonKind::Capacity => 7,
        ReasonKind::Mutant => 8,
        ReasonKind::StaleBaseline => 9,
        ReasonKind::NotRun => 10,
    }
}

fn reason(kind: ReasonKind, id: &str, text: impl Into<String>) -> Reason {
    Reason { kind, id: id.to_owned(), text: text.into() }
}

fn checks(conformance: &ConformanceReport, allow_not_run: bool, reasons: &mut Vec<Reason>) {
    if let Some(how) = &conformance.target_gone {
        reasons.push(reason(ReasonKind::Target, "target-gone", how));
    }
    if conformance.results.is_empty() {
        reasons.push(reason(ReasonKind::Harness, "no-checks", "not one check was run"));
    } else if conformance.counts.judged() == 0 && !explained(reasons) {
        reasons.push(reason(
            ReasonKind::Harness,
            wording::NOTHING_JUDGED,
            wording::nothing_judged(&conformance.counts),
        ));
    }
    for result in &conformance.results {
        if let Some(text) = flakiness(result, conformance.repetition.is_some()) {
            reasons.push(reason(ReasonKind::Flaky, &result.id, text));
            continue;
        }
        match result.status {
            CheckStatus::Failed => reasons.push(reason(ReasonKind::Check, &result.id, why(result))),
            CheckStatus::NotRun if !allow_not_run => {
                reasons.push(reason(ReasonKind::NotRun, &result.id, why(result)));
            }
            CheckStatus::NotRun
            | CheckStatus::Passed
            | CheckStatus::Warning
            | CheckStatus::NotApplicable
            | CheckStatus::Quarantined
            | CheckStatus::KnownFailing => {}
        }
    }
    for id in &conformance.stale_baseline {
        reasons.push(reason(ReasonKind::StaleBaseline, id, wording::stale(conformance, id)));
    }
}

/// True when it is known already why nothing was judged.
fn explained(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| matches!(reason.kind, ReasonKind::Target | ReasonKind::Harness))
}

/// What its runs say of a check that did not end the same in all of them. One in quarantine is known to.
fn flakiness(result: &CheckResult, repeated: bool) -> Option<String> {
    let runs = result.runs.filter(crate::model::RunCounts::is_flaky)?;
    if result.status == CheckStatus::Quarantined {
        return None;
    }
    if !repeated {
        return Some(format!(
            "passed when it was run again alone, which does not undo this: {}",
            why(result)
        ));
    }
    let first = runs.first_bad_run.map_or_else(String::new, |run| format!(", first in run {run}"));
    let (passed, failed) = (wording::count(runs.passed), wording::count(runs.failed));
    Some(format!("passed in {passed} runs and failed in {failed}{first}: {}", why(result)))
}

fn why(result: &CheckResult) -> String {
    result.reason.as_ref().map_or_else(|| "no reason was recorded".to_owned(), |reason| reason.text.clone())
}

fn load_run(load: &LoadReport, reasons: &mut Vec<Reason>) {
    if load.sessions.requested > 0 && load.sessions.established == 0 {
        let asked = wording::count(load.sessions.requested);
        let text = format!("not one of {asked} sessions could be established with {}", load.target);
        reasons.push(reason(ReasonKind::Target, "sessions", text));
    }
    if load.generator.verdict == GeneratorVerdict::Limit {
        let why = load.generator.reasons.join("; ");
        let why = if why.is_empty() { "no reason was recorded".to_owned() } else { why };
        let text = format!("the generator was the limit, so the figures say nothing about the target: {why}");
        reasons.push(reason(ReasonKind::Generator, "generator", text));
    }
    for threshold in load.thresholds.iter().filter(|threshold| !threshold.ok) {
        let text = format!("{}, limit {}", threshold.actual, threshold.limit);
        reasons.push(reason(ReasonKind::Threshold, &threshold.name, text));
    }
}

fn check_comparison(comparison: &ComparisonReport, allow_dropped: bool, reasons: &mut Vec<Reason>) {
    if comparison.in_both() == 0 {
        let text = "the two runs have no check in common, so nothing was compared";
        reasons.push(reason(ReasonKind::Inconclusive, wording::NOTHING_COMMON, text));
        return;
    }
    for change in comparison.of(ChangeKind::NewlyFailing) {
        let why = change.after.as_ref().and_then(|side| side.reason.as_ref());
        let why = why.map_or("no reason was recorded", |reason| reason.text.as_str());
        let new = if change.before.is_none() { "new, and fails: " } else { "" };
        reasons.push(reason(ReasonKind::NewlyFailing, &change.id, format!("{new}{why}")));
    }
    let dropped = comparison.of(ChangeKind::Dropped).filter(|_| !allow_dropped);
    reasons.extend(dropped.map(|change| reason(ReasonKind::Dropped, &change.id, where_it_went(change))));
}

/// Why a check that passed no longer counts.
fn where_it_went(change: &Change) -> String {
    let Some(after) = &change.after else { return "passed before, and is not in the second run".to_owned() };
    let why = after.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", reason.text));
    format!("passed before, and is now {}{why}", wording::status_word(after.status))
}

fn load_comparison(load: &LoadComparison, reasons: &mut Vec<Reason>) {
    if !load.conclusive {
        reasons.push(reason(ReasonKind::Inconclusive, "runs", load.power.clone()));
    }
    for metric in load.of(MetricVerdict::Worse) {
        reasons.push(reason(ReasonKind::Worse, &metric.name, wording::change_sentence(metric)));
    }
}

fn capacity_search(capacity: &CapacityReport, evidence: &Evidence<'_>, reasons: &mut Vec<Reason>) {
    let boundary = &capacity.boundary;
    match (boundary.last_pass, evidence.at_least) {
        // Cut short before any level was judged: that is the cause to name.
        (None, _) if evidence.interrupted && capacity.runs.is_empty() => {}
        (None, _) if capacity.runs.iter().all(|run| run.verdict == LevelVerdict::Invalid) => {
            let why = capacity.runs.last().and_then(|run| run.reasons.first());
            let why = why.map_or("no run came to its end", String::as_str);
            reasons.push(reason(
                ReasonKind::Generator,
                wording::LEVELS,
                format!("not one level could be judged: {why}"),
            ));
        }
        (None, _) => {
            let why = boundary.reasons.join("; ");
            reasons.push(reason(ReasonKind::Capacity, "capacity", format!("not one level was held: {why}")));
        }
        (Some(held), Some(wanted)) if held < wanted => {
            let (held, wanted) = (wording::count(held), wording::count(wanted));
            let text = format!("{held} sessions are held, {wanted} were asked for");
            reasons.push(reason(ReasonKind::Capacity, "capacity", text));
        }
        (Some(_), _) => {}
    }
}

fn proof_run(proof: &ProofReport, reasons: &mut Vec<Reason>) {
    if proof.mutants.is_empty() {
        reasons.push(reason(ReasonKind::Harness, "no-mutants", "not one mutant was run"));
    }
    for id in &proof.failed_on_clean {
        reasons.push(reason(ReasonKind::Check, id, failure_on_clean(proof, id)));
    }
    for mutant in proof.mutants.iter().filter(|mutant| !mutant.killed) {
        reasons.push(reason(ReasonKind::Mutant, &mutant.mutant, survival(mutant)));
    }
    for id in &proof.checks_without_mutant {
        reasons.push(reason(ReasonKind::Mutant, id, "has no mutant, so nothing proves that it can fail"));
    }
}

fn failure_on_clean(proof: &ProofReport, id: &str) -> String {
    let failure = proof.clean_failures.iter().find(|failure| failure.result.id == id);
    let place = match failure {
        Some(failure) if failure.proxied => "through a proxy that does nothing",
        _ => "on the clean reference",
    };
    let why = failure.and_then(|failure| failure.result.reason.as_ref());
    let why = why.map_or_else(String::new, |why| format!(": `{}`, {}", why.code, why.text));
    format!("does not pass {place}, so its failures prove nothing{why}")
}

fn survival(mutant: &MutantResult) -> String {
    match &mutant.reason_code {
        Some(code) => {
            let expected = &mutant.expected_reason_code;
            let told = mutant.reason.as_ref().map_or_else(String::new, |why| format!(": {}", why.text));
            format!("{} failed with `{code}`, where `{expected}` was declared{told}", mutant.check)
        }
        None => format!("survived: {} passed in spite of it", mutant.check),
    }
}

fn interruption(load: Option<&LoadReport>) -> Reason {
    let text = match load {
        Some(load) => {
            let measured = wording::seconds(load.duration_s);
            format!("the run was cut short, {measured} of the steady phase were measured")
        }
        None => "the run was cut short before it was complete".to_owned(),
    };
    reason(ReasonKind::Interrupted, "interrupted", text)
}
