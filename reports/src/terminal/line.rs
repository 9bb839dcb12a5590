//! Lines for what is going on: one a check, and one about a running load.

use std::time::Duration;

use super::paint::{Paint, fit};
use crate::model::{CheckResult, ConformanceReport, MutantResult};
use crate::wording;

/// Width of the verb, right-aligned, so that ids stand under each other.
const VERB: usize = 8;

/// One line about a finished check: `    PASS [   0.203s] heartbeat.pong`, with the reason when there is one.
pub fn check_line(result: &CheckResult, color: bool) -> String {
    let paint = Paint::new(color);
    let verb = format!("{:>VERB$}", wording::status_verb(result.status));
    let time = format!("[{:>8.3}s]", result.duration_ms / 1000.0);
    let mut line =
        format!("{} {} {}", paint.status(result.status, &verb), paint.dim(&time), fit(&result.id, 60));
    if let Some(reason) = &result.reason {
        let room = 120usize.saturating_sub(VERB + 14 + result.id.chars().count().min(60));
        line.push_str(&paint.dim(&format!("  {}", fit(&format!("{}: {}", reason.code, reason.text), room))));
    }
    if let Some(first) = &result.at_first {
        let told = format!("  {} at first, beside other checks; run again alone", first.code);
        line.push_str(&paint.odd(&told));
    }
    line
}

/// One line about a mutant that was not killed for its declared reason: `SURVIVED life.late-pong: life.pong-in-time found
/// nothing, expected late`, with what the check said instead and where its transcript is.
pub fn mutant_line(result: &MutantResult) -> String {
    let found = result.reason_code.as_deref().unwrap_or("nothing");
    let mut line = format!(
        "SURVIVED {}: {} found {found}, expected {}",
        result.mutant, result.check, result.expected_reason_code
    );
    if let Some(reason) = &result.reason {
        line.push_str(&format!("; it said: {}", fit(&reason.text, 120)));
    }
    if let Some(path) = &result.transcript {
        line.push_str(&format!("  {path}"));
    }
    line
}

/// One line about one of several runs of the suite: `run  17/1000  231 of 231 passed in 9.8 s`.
pub fn runs_line(number: u64, of: u64, run: &ConformanceReport, color: bool) -> String {
    let paint = Paint::new(color);
    let width = of.to_string().len();
    let counts = &run.counts;
    let text = format!(
        "run {number:>width$}/{of}  {} of {} passed in {}",
        wording::count(counts.passed),
        wording::count(counts.total),
        wording::millis(run.duration_ms)
    );
    let bad = counts.failed + counts.warning + counts.not_run;
    let late = run.results.iter().filter(|result| result.at_first.is_some()).count();
    let late = if late > 0 { format!(", {late} run again alone") } else { String::new() };
    if bad > 0 { paint.bad(&(text + &late)) } else { text + &late }
}

/// How a load run stands at this moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoadStatus {
    /// Phase: `ramp`, `steady` or `drain`.
    pub phase: String,
    /// Time since the start.
    pub elapsed: Duration,
    /// Time that is still to come, when it is known.
    pub left: Option<Duration>,
    /// Sessions connected now.
    pub sessions: u64,
    /// Sessions the scenario asks for.
    pub requested: u64,
    /// Messages a second, both ways, over the last second.
    pub messages_per_s: f64,
    /// Queries finished a second; shown where there is room.
    pub queries_per_s: f64,
    /// 99th percentile of the time to the first progress over the last second.
    pub p99: Option<Duration>,
    /// Errors so far.
    pub errors: u64,
}

/// Columns a status line may take.
const STATUS_WIDTH: usize = 80;

/// One line about a running load, within 80 columns up to five-digit sessions:
/// `0:34 steady  1,000/1,000 sessions  1,510 msg/s  p99 61 ms  0 errors  0:26 left`.
pub fn load_status(status: &LoadStatus, color: bool) -> String {
    let queries = format!("  {} q/s", wording::compact(status.queries_per_s.round()));
    let roomy = line(status, &queries, Paint::new(false)).chars().count() <= STATUS_WIDTH;
    line(status, if roomy { &queries } else { "" }, Paint::new(color))
}

fn line(status: &LoadStatus, queries: &str, paint: Paint) -> String {
    let p99 = status.p99.map_or_else(
        || "–".to_owned(),
        |p99| wording::micros(u64::try_from(p99.as_micros()).unwrap_or(u64::MAX)),
    );
    let errors = match status.errors {
        0 => "0 errors".to_owned(),
        1 => paint.bad("1 error"),
        n => paint.bad(&format!("{} errors", wording::count(n))),
    };
    let left = status.left.map(|left| format!("  {} left", wording::clock(left.as_secs_f64())));
    format!(
        "{} {}  {}/{} sessions  {} msg/s{queries}  p99 {p99}  {errors}{}",
        paint.bold(&wording::clock(status.elapsed.as_secs_f64())),
        fit(&status.phase, 7),
        wording::count(status.sessions),
        wording::count(status.requested),
        wording::compact(status.messages_per_s.round()),
        left.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_line_a_check() {
        let lines: Vec<_> =
            sample::one_of_each().results.iter().map(|result| check_line(result, false)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn a_running_load_in_one_line() {
        let status = LoadStatus {
            phase: "steady".into(),
            elapsed: Duration::from_secs(34),
            left: Some(Duration::from_secs(26)),
            sessions: 1000,
            requested: 1000,
            messages_per_s: 1510.4,
            queries_per_s: 412.0,
            p99: Some(Duration::from_millis(61)),
            errors: 0,
        };
        let line = load_status(&status, false);
        insta::assert_snapshot!(line);
        assert!(line.chars().count() <= 80, "{line}");
        assert!(
            load_status(&LoadStatus { errors: 2, ..status }, true).contains("\u{1b}[1m\u{1b}[31m2 errors")
        );
    }
}
