//! Faults of metrics.

use crate::checks::ReasonCode::{self, Malformed, Missing, WrongValue};
use crate::mutants::{Mutant, edit};

/// The page is changed.
fn page(
    id: &'static str,
    check: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&str) -> String,
) -> Mutant {
    Mutant::wire(id, description, check, reason, move || {
        edit::edit_response(move |request, response| {
            if request.target.ends_with("/metrics") {
                let text = change(&response.text());
                response.set_body(text);
            }
        })
    })
}

/// The page without the lines for which `gone` holds.
fn without(text: &str, gone: impl Fn(&str) -> bool) -> String {
    text.lines().filter(|line| !gone(line)).map(|line| format!("{line}\n")).collect()
}

/// The page in which `name` has the value `value`.
fn with(text: &str, name: &str, value: &str) -> String {
    let line = |line: &str| match line.split_once(' ') {
        Some((found, _)) if found == name => format!("{name} {value}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "rest.metrics-as-page",
            "metrics are served as a page",
            "rest.metrics-type",
            WrongValue,
            || {
                edit::edit_response(|request, response| {
                    if request.target.ends_with("/metrics") {
                        response.set_field("Content-Type", Some("text/html"));
                    }
                })
            },
        ),
        page(
            "rest.metrics-unquoted",
            "rest.metrics-format",
            Malformed,
            "labels stand without quotes",
            |text| format!("{text}suite_made{{code=1008}} 1\n"),
        ),
        page(
            "rest.metrics-twice",
            "rest.metrics-format",
            Malformed,
            "a figure stands in two places",
            |text| format!("{text}connection_count 1\n"),
        ),
        page(
            "rest.buckets-apart",
            "rest.metrics-histograms",
            WrongValue,
            "buckets are counted each by itself",
            |text| {
                let line = |line: &str| match line.rsplit_once(' ') {
                    Some((name, _)) if name.contains("le=\"+Inf\"") => format!("{name} 0\n"),
                    _ => format!("{line}\n"),
                };
                text.lines().map(line).collect::<String>()
                    + "# TYPE suite_seconds histogram\nsuite_seconds_bucket{le=\"1\"} 2\n\
                       suite_seconds_bucket{le=\"+Inf\"} 1\nsuite_seconds_sum 1\nsuite_seconds_count 1\n"
            },
        ),
        page(
            "rest.breakers-untold",
            "rest.metrics-promised",
            Missing,
            "nothing is told of breakers",
            |text| without(text, |line| line.contains("breaker")),
        ),
        page(
            "rest.connections-uncounted",
            "rest.metrics-connections",
            WrongValue,
            "connections are not counted",
            |text| with(text, "connection_count", "0"),
        ),
        page(
            "rest.messages-uncounted",
            "rest.metrics-sent",
            WrongValue,
            "messages are not counted",
            |text| with(text, "messages_sent_total", "7"),
        ),
    ]
}
