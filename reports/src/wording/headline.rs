//! The verdict in one sentence, its three most important numbers, and what to do.

use super::figures::{count, micros};
use crate::RunReport;
use crate::model::{
    CapacityReport, ChangeKind, ComparisonReport, ConformanceCounts, GeneratorVerdict, LoadComparison,
    LoadReport, MetricVerdict, ReasonKind, Scalability, Verdict,
};

/// The verdict as a word in capitals.
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Invalid => "INVALID",
    }
}

/// One number that matters, with what it counts and what it is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNumber {
    /// The number with its unit.
    pub value: String,
    /// What it is.
    pub label: String,
    /// What it is held against, or what stands behind it.
    pub note: String,
    /// False when it is a reason against a pass.
    pub ok: bool,
}

/// Id of the reason that no level of a search could be judged.
pub(crate) const LEVELS: &str = "levels";
/// Id of the reason that two runs have no check in common.
pub(crate) const NOTHING_COMMON: &str = "nothing-common";

/// Id of the reason that no check was judged.
pub(crate) const NOTHING_JUDGED: &str = "nothing-judged";

/// That no check was judged, and what became of them instead.
pub(crate) fn nothing_judged(counts: &ConformanceCounts) -> String {
    let all = plural(counts.total, "check");
    format!("nothing was judged: of {all} {}", left_out(counts).join(", "))
}

/// The verdict in one sentence.
pub fn headline(run: &RunReport) -> String {
    match run.verdict.verdict {
        Verdict::Pass => pass_sentence(run),
        Verdict::Fail => sentence(&fail_parts(run)),
        Verdict::Invalid => match run.verdict.reasons.first() {
            Some(reason) => match reason.kind {
                ReasonKind::Target => format!("The target is the trouble: {}.", reason.text),
                ReasonKind::Harness if reason.id == NOTHING_JUDGED => {
                    sentence(std::slice::from_ref(&reason.text))
                }
                ReasonKind::Harness => format!("The instrument failed: {}.", reason.text),
                ReasonKind::Generator if reason.id == LEVELS => "Not one level could be judged.".to_owned(),
                ReasonKind::Generator => "The generator was the limit, not the target.".to_owned(),
                _ => sentence(std::slice::from_ref(&reason.text)),
            },
            None => "The run says nothing about the target.".to_owned(),
        },
    }
}

fn pass_sentence(run: &RunReport) -> String {
    let mut parts = Vec::new();
    if run.conformance.is_some() {
        parts.push(match run.verdict.checks.failed + run.verdict.checks.not_run {
            0 => format!("no violation in {}", plural(run.verdict.checks.judged(), "check")),
            _ => format!("{} of {} checks passed", run.verdict.checks.passed, run.verdict.checks.total),
        });
    }
    if let Some(load) = &run.verdict.load {
        let kept = match load.thresholds.len() as u64 {
            0 => "no threshold set".to_owned(),
            1 => "its threshold kept".to_owned(),
            n => format!("all {n} thresholds kept"),
        };
        parts.push(format!("{} held, {kept}", plural(load.sessions, "live session")));
    }
    if let Some(proof) = &run.proof {
        parts
            .push(format!("{} killed for the declared reason", plural(proof.mutants.len() as u64, "mutant")));
    }
    if let Some(comparison) = &run.comparison {
        parts.push(match &comparison.load {
            None => {
                let passing = comparison.of(ChangeKind::NewlyPassing).count() as u64;
                format!("no check newly fails, {} newly passing", count(passing))
            }
            Some(load) => {
                let better = load.of(MetricVerdict::Better).count() as u64;
                format!("no figure is surely worse, {} surely better", count(better))
            }
        });
    }
    if let Some(capacity) = &run.capacity {
        parts.push(capacity.answer.clone());
    }
    sentence(&[parts.join("; ")])
}

fn fail_parts(run: &RunReport) -> Vec<String> {
    let of =
        |kind: ReasonKind| run.verdict.reasons.iter().filter(|reason| reason.kind == kind).count() as u64;
    let mut parts = Vec::new();
    let mut push = |kind, one: &str, thing: &str| {
        let found = of(kind);
        if found > 0 {
            let verb = if found == 1 { one.to_owned() } else { many(one) };
            parts.push(format!("{} {verb}", plural(found, thing)));
        }
    };
    push(ReasonKind::Check, "failed", "check");
    push(ReasonKind::NewlyFailing, "failing that did not fail before", "check");
    push(ReasonKind::Dropped, "was dropped", "check");
    push(ReasonKind::Flaky, "is flaky", "check");
    push(ReasonKind::Threshold, "was missed", "threshold");
    push(ReasonKind::Worse, "is surely worse", "figure");
    push(ReasonKind::Mutant, "does not hold", "proof");
    push(ReasonKind::StaleBaseline, "is stale", "baseline entry");
    push(ReasonKind::NotRun, "could not be run", "check");
    let capacity = run.verdict.reasons.iter().filter(|reason| reason.kind == ReasonKind::Capacity);
    parts.extend(capacity.map(|reason| reason.text.clone()));
    parts
}

/// The plural of the few verbs used above.
fn many(verb: &str) -> String {
    verb.replacen("was ", "were ", 1).replacen("is ", "are ", 1).replacen("does ", "do ", 1)
}

/// Parts as one sentence: capital first, `and` last, a full stop.
fn sentence(parts: &[String]) -> String {
    let text = match parts {
        [] => "nothing was found".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    format!("{}.", capital(text.trim_end_matches('.')))
}

/// `text` as a sentence begins.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

pub(crate) fn plural(number: u64, thing: &str) -> String {
    let ending = match (number, thing.strip_suffix('y')) {
        (1, _) => thing.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        _ => format!("{thing}s"),
    };
    format!("{} {ending}", count(number))
}

/// The three most important numbers: what went wrong first, then what a reader asks first.
pub fn key_numbers(run: &RunReport) -> Vec<KeyNumber> {
    let mut numbers = Vec::new();
    if run.conformance.is_some() {
        numbers.push(checks(&run.verdict.checks));
    }
    if let Some(load) = &run.load {
        load_numbers(load, &mut numbers);
    }
    if let Some(proof) = &run.proof {
        let killed = proof.mutants.iter().filter(|mutant| mutant.killed).count();
        let unproven = proof.checks_without_mutant.len() as u64;
        numbers.push(KeyNumber {
            value: format!("{killed} of {}", proof.mutants.len()),
            label: "mutants killed".to_owned(),
            note: format!("{} without a mutant", plural(unproven, "check")),
            ok: proof.holds(),
        });
    }
    if let Some(comparison) = &run.comparison {
        match &comparison.load {
            Some(load) => load_comparison_numbers(load, &mut numbers),
            None => comparison_numbers(comparison, &mut numbers),
        }
    }
    if let Some(capacity) = &run.capacity {
        capacity_numbers(capacity, &mut numbers);
    }
    if let Some(repetition) = run.conformance.as_ref().and_then(|conformance| conformance.repetition.as_ref())
    {
        numbers.push(KeyNumber {
            value: format!("{} of {}", count(repetition.runs), count(repetition.asked)),
            label: "runs of the suite".to_owned(),
            note: format!(
                "{} flaky, {} passed alone",
                plural(repetition.flaky.len() as u64, "check"),
                count(repetition.late_at_first)
            ),
            ok: repetition.flaky.is_empty(),
        });
    }
    if let Some(conformance) = run.conformance.as_ref().filter(|_| numbers.len() < 3) {
        numbers.push(KeyNumber {
            value: super::millis(conformance.duration_ms),
            label: "for the whole suite".to_owned(),
            note: round_trip(conformance.round_trip_ms),
            ok: true,
        });
        let must = conformance.results.iter().filter(|r| r.level == crate::model::Level::Must).count();
        numbers.push(KeyNumber {
            value: count(must as u64),
            label: "binding checks (MUST)".to_owned(),
            note: plural(run.verdict.checks.warning, "warning"),
            ok: true,
        });
    }
    numbers.sort_by_key(|number| number.ok);
    numbers.truncate(3);
    numbers
}

/// The way to the target; a client that was started here has none.
fn round_trip(millis: f64) -> String {
    if millis > 0.0 {
        format!("round trip to the target {}", super::millis(millis))
    } else {
        "started by the suite itself".to_owned()
    }
}

fn comparison_numbers(comparison: &ComparisonReport, numbers: &mut Vec<KeyNumber>) {
    let of = |kind| comparison.of(kind).count() as u64;
    let mut push = |kind, label: &str, note: String, ok| {
        numbers.push(KeyNumber { value: count(of(kind)), label: label.to_owned(), note, ok });
    };
    let failing = of(ChangeKind::NewlyFailing);
    let same = format!("{} came out the same", plural(comparison.unchanged, "check"));
    push(ChangeKind::NewlyFailing, "newly failing", same, failing == 0);
    let other = format!("{} for another reason", plural(of(ChangeKind::ChangedReason), "failure"));
    push(ChangeKind::NewlyPassing, "newly passing", other, true);
    let gone = format!("{} new, {} gone", count(of(ChangeKind::New)), count(of(ChangeKind::Gone)));
    push(ChangeKind::Dropped, "dropped", gone, of(ChangeKind::Dropped) == 0);
}

fn load_comparison_numbers(load: &LoadComparison, numbers: &mut Vec<KeyNumber>) {
    let of = |verdict| load.of(verdict).count() as u64;
    let mut push = |value: String, label: &str, note: String, ok| {
        numbers.push(KeyNumber { value, label: label.to_owned(), note, ok });
    };
    let worse = of(MetricVerdict::Worse);
    let same = format!("{} the same within noise", plural(of(MetricVerdict::Same), "figure"));
    push(count(worse), "surely worse", same, worse == 0);
    push(count(of(MetricVerdict::Better)), "surely better", format!("of {}", load.metrics.len()), true);
    let runs = format!("{} and {}", load.before_runs.len(), load.after_runs.len());
    let order = if load.interleaved { "taking turns" } else { "not interleaved: drift can show as a change" };
    push(runs, "runs compared", order.to_owned(), load.conclusive);
}

fn capacity_numbers(capacity: &CapacityReport, numbers: &mut Vec<KeyNumber>) {
    let boundary = &capacity.boundary;
    let number = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), count);
    numbers.push(KeyNumber {
        value: format!("[{}, {}]", number(boundary.last_pass), number(boundary.first_fail)),
        label: "last pass, first fail".to_owned(),
        note: format!("sessions; {} at the last pass", plural(boundary.pass_runs, "run")),
        ok: boundary.last_pass.is_some(),
    });
    if let Some(servers) = &capacity.servers {
        let (least, most) = servers.documents_servers;
        numbers.push(KeyNumber {
            value: count(servers.servers),
            label: "servers".to_owned(),
            note: format!(
                "for {} users; documents: {} to {}",
                count(servers.users),
                count(least),
                count(most)
            ),
            ok: true,
        });
    }
    let knee = capacity.scalability.as_ref().and_then(Scalability::seen_knee);
    numbers.push(KeyNumber {
        value: knee.map_or_else(|| "not seen".to_owned(), |knee| count(knee.value.round().max(0.0) as u64)),
        label: "sessions at the knee".to_owned(),
        note: capacity.bottleneck.text.clone(),
        ok: true,
    });
}

/// What became of the checks that did not pass, in figures.
fn left_out(counts: &ConformanceCounts) -> Vec<String> {
    let rest = [
        (counts.failed, "failed"),
        (counts.not_run, "not run"),
        (counts.warning, "warned"),
        (counts.known_failing, "known failing"),
        (counts.quarantined, "quarantined"),
        (counts.not_applicable, "not applicable"),
    ];
    rest.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", count(*n))).collect()
}

fn checks(counts: &ConformanceCounts) -> KeyNumber {
    let rest = left_out(counts);
    KeyNumber {
        value: format!("{} of {}", count(counts.passed), count(counts.total)),
        label: "checks passed".to_owned(),
        note: if rest.is_empty() { "nothing left out".to_owned() } else { rest.join(", ") },
        ok: counts.failed == 0 && counts.not_run == 0 && counts.judged() > 0,
    }
}

fn load_numbers(load: &LoadReport, numbers: &mut Vec<KeyNumber>) {
    for threshold in load.thresholds.iter().filter(|threshold| !threshold.ok) {
        numbers.push(KeyNumber {
            value: threshold.actual.clone(),
            label: threshold.name.clone(),
            note: format!("limit {}", threshold.limit),
            ok: false,
        });
    }
    if load.generator.verdict == GeneratorVerdict::Limit {
        numbers.push(KeyNumber {
            value: micros(load.generator.send_lag_us.p99),
            label: "generator send lag, p99".to_owned(),
            note: "the instrument itself was late".to_owned(),
            ok: false,
        });
    }
    let messages = &load.messages;
    let disturbed = messages.lost + messages.duplicated + messages.out_of_order;
    numbers.push(KeyNumber {
        value: count(load.sessions.peak),
        label: "live sessions".to_owned(),
        note: match disturbed {
            0 => "no event lost, duplicated or reordered".to_owned(),
            _ => format!("{} events lost, duplicated or reordered", count(disturbed)),
        },
        ok: true,
    });
    let first = &load.progress.time_to_first_us;
    // A missed threshold has said it already.
    let said = numbers.iter().any(|number| number.value == micros(first.p99));
    if (first.count > 0 || first.max > 0) && !said {
        numbers.push(KeyNumber {
            value: micros(first.p99),
            label: "to first progress, p99".to_owned(),
            note: format!("of {}", plural(first.count, "query")),
            ok: true,
        });
    }
    numbers.push(KeyNumber {
        value: count(messages.wrong_answers),
        label: "wrong answers".to_owned(),
        note: format!("{} compared with expected rows", count(messages.verified_answers)),
        ok: true,
    });
}

/// What to do now, in one sentence.
pub fn next_step(run: &RunReport) -> String {
    let Some(reason) = run.verdict.reasons.first() else {
        return "Nothing to do. The page has every figure behind this verdict.".to_owned();
    };
    match reason.kind {
        ReasonKind::Check => {
            format!("Read the clause with `tidegate explain {}`, then its transcript in the page.", reason.id)
        }
        ReasonKind::NewlyFailing => {
            format!("See in the page what {} said before and after, and what lies between.", reason.id)
        }
        ReasonKind::Dropped => {
            format!("Find out why {} no longer counts; if that is meant, --allow-dropped lets it pass.", reason.id)
        }
        ReasonKind::Flaky => {
            "Read its transcript in the page; repeat the bad run with --seed and its number.".to_owned()
        }
        ReasonKind::Threshold => {
            "See in the page when the limit was passed, and what the server did at that time.".to_owned()
        }
        ReasonKind::Worse => {
            "See in the page which runs differ, and what lies between the two sides.".to_owned()
        }
        ReasonKind::Capacity => {
            "See in the page which limit broke first, and what was used up at that level.".to_owned()
        }
        ReasonKind::Inconclusive if reason.id == NOTHING_COMMON => {
            "Compare runs of the same selection.".to_owned()
        }
        ReasonKind::Inconclusive => "Compare more runs: ten a side show most changes.".to_owned(),
        ReasonKind::StaleBaseline => {
            "Run again with --update-baseline and commit the shorter baseline.".to_owned()
        }
        ReasonKind::Mutant => {
            format!("See `tidegate explain {}`: sharpen the check until it notices.", reason.id)
        }
        ReasonKind::NotRun => {
            "Find out why the check could not be run: what was not run proves nothing.".to_owned()
        }
        ReasonKind::Generator if reason.id == LEVELS => {
            "See in the page why: most often a level needs more time (--duration), or the generator more processor."
                .to_owned()
        }
        ReasonKind::Generator => {
            "Give the generator more processor, more --workers or fewer sessions, and run again.".to_owned()
        }
        ReasonKind::Target => {
            "Look at the target first: is it running, and what does its log say?".to_owned()
        }
        ReasonKind::Harness if reason.id == NOTHING_JUDGED => {
            "Select other checks, or mend what the target file says: [features], [quarantine], [doors].".to_owned()
        }
        ReasonKind::Harness => "Run again with -v; if it stays, it is a fault of this tool.".to_owned(),
        ReasonKind::Interrupted => "Run again to the end for a verdict.".to_owned(),
    }
}
