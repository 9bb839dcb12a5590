//! What was found wrong, ready to be shown.

use super::figures::{count, millis, plain, signed_percent};
use super::headline::capital;
use crate::RunReport;
use crate::model::{
    Accounts, ChangeKind, CheckResult, CheckStatus, ConformanceReport, InstrumentVerdict, LoadReport,
    MetricChange, Reason, ReasonKind,
};

/// One reason of a verdict with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The reason.
    pub reason: &'a Reason,
    /// What kind it is, as a word in capitals, such as `FAIL` or `MISSED`.
    pub verb: &'static str,
    /// Expected and actual, when both are known.
    pub sides: Option<(&'a str, &'a str)>,
    /// A command that shows more.
    pub more: Option<String>,
}

/// The reasons of the verdict in their order, the gravest first.
pub fn findings(run: &RunReport) -> Vec<Finding<'_>> {
    run.verdict.reasons.iter().map(|reason| finding(run, reason)).collect()
}

/// Each finding that says something of its own, with how many others say the very same; the order stays.
pub fn told_once<'f, 'a>(findings: &'f [Finding<'a>]) -> Vec<(&'f Finding<'a>, usize)> {
    let mut told: Vec<(&Finding<'a>, usize)> = Vec::new();
    for finding in findings {
        let says_the_same =
            |known: &Finding<'_>| known.verb == finding.verb && known.reason.text == finding.reason.text;
        match told.iter_mut().find(|(known, _)| says_the_same(known)) {
            Some((_, alike)) => *alike += 1,
            None => told.push((finding, 0)),
        }
    }
    told
}

/// That `alike` other findings say what one says.
pub fn others_say(alike: usize) -> String {
    let others = if alike == 1 { "other says" } else { "others say" };
    format!("{} {others} the same", count(alike as u64))
}

fn finding<'a>(run: &'a RunReport, reason: &'a Reason) -> Finding<'a> {
    let check = || {
        let results = run.conformance.iter().flat_map(|conformance| &conformance.results);
        let clean = run.proof.iter().flat_map(|proof| &proof.clean_failures).map(|failure| &failure.result);
        clean.chain(results).find(|result| result.id == reason.id)
    };
    let mutant = || {
        let mutants = run.proof.iter().flat_map(|proof| &proof.mutants);
        mutants.into_iter().find(|mutant| mutant.mutant == reason.id)
    };
    let threshold = || {
        let thresholds = run.verdict.load.iter().flat_map(|load| &load.thresholds);
        thresholds.into_iter().find(|threshold| threshold.name == reason.id && !threshold.ok)
    };
    let sides = match reason.kind {
        ReasonKind::Check | ReasonKind::NotRun | ReasonKind::Flaky => {
            check().and_then(|c| c.reason.as_ref()).map(|r| (r.expected.as_str(), r.actual.as_str()))
        }
        ReasonKind::Mutant => {
            mutant().and_then(|m| m.reason.as_ref()).map(|r| (r.expected.as_str(), r.actual.as_str()))
        }
        ReasonKind::NewlyFailing | ReasonKind::Dropped => {
            let changes = run.comparison.iter().flat_map(|comparison| &comparison.changes);
            let after =
                changes.into_iter().find(|change| change.id == reason.id).and_then(|c| c.after.as_ref());
            after.and_then(|side| side.reason.as_ref()).map(|r| (r.expected.as_str(), r.actual.as_str()))
        }
        ReasonKind::Threshold => threshold().map(|t| (t.limit.as_str(), t.actual.as_str())),
        _ => None,
    };
    let more = match reason.kind {
        ReasonKind::StaleBaseline if check().is_none() => None,
        ReasonKind::Check
        | ReasonKind::NewlyFailing
        | ReasonKind::Dropped
        | ReasonKind::NotRun
        | ReasonKind::Flaky
        | ReasonKind::StaleBaseline
        | ReasonKind::Mutant => Some(format!("tidegate explain {}", reason.id)),
        _ => None,
    };
    Finding { reason, verb: kind_verb(reason.kind), sides, more }
}

/// A kind of reason as a word in capitals.
pub(crate) fn kind_verb(kind: ReasonKind) -> &'static str {
    match kind {
        ReasonKind::Check => "FAIL",
        ReasonKind::NotRun => "NOT RUN",
        ReasonKind::NewlyFailing => "NEW FAIL",
        ReasonKind::Dropped => "DROPPED",
        ReasonKind::Flaky => "FLAKY",
        ReasonKind::StaleBaseline => "STALE",
        ReasonKind::Threshold => "MISSED",
        ReasonKind::Worse => "WORSE",
        ReasonKind::Capacity => "TOO LOW",
        ReasonKind::Inconclusive => "TOO FEW",
        ReasonKind::Mutant => "UNPROVEN",
        ReasonKind::Generator => "LIMIT",
        ReasonKind::Target => "TARGET",
        ReasonKind::Harness => "HARNESS",
        ReasonKind::Interrupted => "CUT SHORT",
    }
}

/// A changed figure in words: `+12 % (95 %: +8 % to +15 %), from 410 to 459 ms`.
pub fn change_sentence(metric: &MetricChange) -> String {
    let effect = metric.effect.map_or_else(|| "unknown".to_owned(), signed_percent);
    let interval = match (metric.effect_low, metric.effect_high) {
        (Some(low), Some(high)) => format!(" (95 %: {} to {})", signed_percent(low), signed_percent(high)),
        _ => String::new(),
    };
    let sides = match (metric.before_median, metric.after_median) {
        (Some(before), Some(after)) => {
            format!(", from {} to {} {}", plain(before), plain(after), metric.unit)
        }
        _ => String::new(),
    };
    format!("{effect}{interval}{}", sides.trim_end())
}

/// A kind of change in words: `newly failing`.
pub fn change_word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::NewlyFailing => "newly failing",
        ChangeKind::Dropped => "dropped",
        ChangeKind::NewlyPassing => "newly passing",
        ChangeKind::ChangedReason => "failing for another reason",
        ChangeKind::Changed => "changed",
        ChangeKind::Gone => "gone",
        ChangeKind::New => "new",
    }
}

/// Outcome of a check as the verb of a line: `PASS`, `FAIL`.
pub fn status_verb(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Passed => "PASS",
        CheckStatus::Failed => "FAIL",
        CheckStatus::Warning => "WARN",
        CheckStatus::NotApplicable => "N/A",
        CheckStatus::NotRun => "NOT RUN",
        CheckStatus::Quarantined => "QUARANT",
        CheckStatus::KnownFailing => "KNOWN",
    }
}

/// What a reason's code means; `None` for one that is not of the suite's own.
pub fn reason_meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "late" => "it came, after its time",
        "missing" => "it is not there, or never came",
        "unexpected" => "something came that must not",
        "wrong_value" => "a field has another value",
        "wrong_type" => "a field has another type",
        "wrong_order" => "the order is another",
        "wrong_close_code" => "the close code is another",
        "wrong_close_reason" => "the close reason is another",
        "wrong_status" => "the HTTP status is another",
        "duplicate" => "it came twice",
        "lost" => "something of a sequence is gone",
        "leak" => "something reached one who must not see it",
        "not_closed" => "the connection should have been closed",
        "closed" => "the connection should have stayed open",
        "refused" => "something allowed was refused",
        "accepted" => "something forbidden was accepted",
        "malformed" => "the bytes break RFC 6455, HTTP or JSON",
        "early" => "it came before its time",
        "gone" => "the target went away",
        "hung" => "the check did not come to an end in its time",
        _ => return None,
    })
}

/// What is wrong with the stale baseline entry `id`, in one sentence.
pub fn stale(conformance: &ConformanceReport, id: &str) -> String {
    let found = conformance.results.iter().find(|result| result.id == id);
    let now = match found.map(|result| result.status) {
        None => return "no check is called so: take it out of the baseline".to_owned(),
        Some(CheckStatus::Passed) => "passes now",
        Some(CheckStatus::NotApplicable) => "does not apply to this target",
        Some(CheckStatus::Quarantined) => "passes now, in quarantine",
        Some(_) => "does not fail now",
    };
    format!("{now}, but the baseline says it fails: take it out of the baseline")
}

/// Outcome of a check in words: `not applicable`.
pub fn status_word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Passed => "passed",
        CheckStatus::Failed => "failed",
        CheckStatus::Warning => "warning",
        CheckStatus::NotApplicable => "not applicable",
        CheckStatus::NotRun => "not run",
        CheckStatus::Quarantined => "quarantined",
        CheckStatus::KnownFailing => "known failing",
    }
}

/// Whether the sums were closed, in words.
pub fn accounts(accounts: Accounts) -> &'static str {
    match accounts {
        Accounts::Agree => "the target's own counters agree with the sums",
        Accounts::Contradict => "the target's own counters contradict the sums",
        Accounts::NotTold => "the target tells no counters: sums were not closed against it",
        Accounts::NotComparable => {
            "the target was started anew, or others used it: sums were not closed against its counters"
        }
    }
}

/// What the reader of a load run has to know beside its verdict: that its sums were not closed.
pub fn open_accounts(load: &LoadReport) -> Option<&'static str> {
    let open = |told: &Accounts| matches!(told, Accounts::NotTold | Accounts::NotComparable);
    load.server.accounts.filter(open).map(accounts)
}

/// What the reader has to know beside the verdict, a sentence each.
pub fn notes(run: &RunReport) -> Vec<String> {
    let accounts = run.load.as_ref().and_then(open_accounts).map(|note| format!("{}.", capital(note)));
    let conformance = run.conformance.as_ref();
    accounts.into_iter().chain(conformance.and_then(retried)).chain(conformance.and_then(stalled)).collect()
}

/// That checks passed only when they were run again.
fn retried(conformance: &ConformanceReport) -> Option<String> {
    let saved = |result: &&CheckResult| result.status == CheckStatus::Passed && result.at_first.is_some();
    let found: Vec<&CheckResult> = conformance.results.iter().filter(saved).collect();
    let first = found.first()?;
    let code = first.at_first.as_ref().map_or("", |reason| reason.code.as_str());
    Some(match found.len() {
        1 => format!("{} passed only when it was run again alone ({code} at first).", first.id),
        n => format!(
            "{} checks passed only when run again alone; {} was {code} at first.",
            count(n as u64),
            first.id
        ),
    })
}

/// That the instrument was not steady.
fn stalled(conformance: &ConformanceReport) -> Option<String> {
    let stood = conformance.instrument.filter(|figures| figures.verdict == InstrumentVerdict::Stalled)?;
    let (total, longest) = (millis(stood.total_stall_ms), millis(stood.longest_stall_ms));
    Some(format!("The instrument itself stood still for {total} ({longest} at a time): doubt what is late."))
}
