//! For GitHub Actions: a line a finding that the runner turns into an annotation, and a summary in Markdown.
//!
//! ```text
//! ::error title=life.pong%3A late::expected a pong within 200 ms, got it after 600 ms
//! ```

use std::fmt::Write as _;

use crate::RunReport;
use crate::model::{CheckStatus, ConformanceReport, Verdict};
use crate::wording;

/// Annotations written; the runner shows few of them anyway.
const MOST_ANNOTATIONS: usize = 30;
/// Rows of a table in the summary, which may be 1 MiB long.
const MOST_ROWS: usize = 200;

/// Workflow commands for what was found wrong, one a line.
pub fn annotations(run: &RunReport) -> String {
    let mut text = String::new();
    let findings = wording::findings(run);
    for finding in findings.iter().take(MOST_ANNOTATIONS) {
        let mut message = finding.reason.text.clone();
        if let Some((expected, actual)) = finding.sides {
            message = format!("expected {expected}\nactual {actual}");
        }
        if let Some(more) = &finding.more {
            message.push_str("\nsee ");
            message.push_str(more);
        }
        text.push_str(&command("error", &format!("{} {}", finding.verb, finding.reason.id), &message));
    }
    if findings.len() > MOST_ANNOTATIONS {
        let left = findings.len() - MOST_ANNOTATIONS;
        text.push_str(&command("error", "tidegate", &format!("and {left} more, in the report")));
    }
    let results = run.conformance.iter().flat_map(|conformance| &conformance.results);
    let warned = results.filter(|result| result.status == CheckStatus::Warning);
    for result in warned.take(MOST_ANNOTATIONS) {
        let message = result.reason.as_ref().map_or("", |reason| reason.text.as_str());
        text.push_str(&command("warning", &format!("WARN {}", result.id), message));
    }
    text
}

/// One workflow command; what a target sent can't begin another.
fn command(kind: &str, title: &str, message: &str) -> String {
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = escaped(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={title}::{}\n", escaped(message))
}

/// The run in Markdown, for the summary of a step.
pub fn summary(run: &RunReport) -> String {
    let sign = match run.verdict.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Invalid => "⚠️",
    };
    let word = wording::verdict_word(run.verdict.verdict);
    let mut text = format!(
        "## {sign} tidegate {}: {word}\n\n{}\n\n",
        run.verdict.command,
        cell(&wording::headline(run))
    );
    for number in wording::key_numbers(run) {
        line(
            &mut text,
            &format!("- **{}** {} ({})", cell(&number.value), cell(&number.label), cell(&number.note)),
        );
    }
    let findings = wording::findings(run);
    if !findings.is_empty() {
        text.push_str("\n| | what | expected | actual |\n|---|---|---|---|\n");
        for finding in findings.iter().take(MOST_ROWS) {
            let (expected, actual) = finding.sides.unwrap_or(("", &finding.reason.text));
            let row = [finding.verb, &finding.reason.id, expected, actual].map(cell);
            line(&mut text, &format!("| {} | `{}` | {} | {} |", row[0], row[1], row[2], row[3]));
        }
        if findings.len() > MOST_ROWS {
            line(&mut text, &format!("\n… and {} more in the report.", findings.len() - MOST_ROWS));
        }
    }
    if let Some(conformance) = &run.conformance {
        areas(conformance, &mut text);
    }
    line(&mut text, &format!("\n{}", cell(&wording::next_step(run))));
    text
}

fn areas(conformance: &ConformanceReport, text: &mut String) {
    let mut areas: indexmap::IndexMap<&str, (u64, u64)> = indexmap::IndexMap::new();
    for result in &conformance.results {
        let (passed, total) = areas.entry(&result.area).or_default();
        *passed += u64::from(result.status == CheckStatus::Passed);
        *total += 1;
    }
    text.push_str("\n<details><summary>Areas</summary>\n\n| area | passed | of |\n|---|--:|--:|\n");
    for (area, (passed, total)) in areas {
        line(text, &format!("| {} | {passed} | {total} |", cell(area)));
    }
    text.push_str("\n</details>\n");
}

fn line(text: &mut String, line: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "{line}");
}

/// `text` as a cell of a table: one line, no markup of its own, not endless.
fn cell(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut out = String::new();
    for letter in text.chars().take(LONGEST) {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' => out.push_str("\\|"),
            '`' => out.push('\''),
            '[' | ']' | '*' | '_' | '#' | '!' if out.is_empty() => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    if text.chars().count() > LONGEST {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    #[test]
    fn every_finding_is_an_annotation_with_both_sides() {
        let text = annotations(&sample::gate_fail());
        let first = text.lines().next().unwrap();
        assert!(
            first.starts_with("::error title=FAIL handshake") || first.starts_with("::error title=FAIL "),
            "{first}"
        );
        assert!(first.contains("%0Aactual close 1006") && first.contains("tidegate explain"), "{first}");
        assert_eq!(
            annotations(&sample::check_pass()).lines().filter(|line| line.starts_with("::error")).count(),
            0
        );
    }

    #[test]
    fn the_summary_begins_with_the_verdict() {
        let text = summary(&sample::gate_fail());
        assert!(text.starts_with("## ❌ tidegate gate: FAIL"), "{text}");
        assert!(text.contains("| FAIL | `") && text.contains("<details>"), "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn a_hostile_text_stays_in_its_place(hostile in any::<String>()) {
            let mut run = sample::gate_fail();
            for reason in &mut run.verdict.reasons {
                reason.text.clone_from(&hostile);
                reason.id.clone_from(&hostile);
            }
            for line in annotations(&run).lines() {
                prop_assert!(line.starts_with("::"), "{}", line);
            }
            let table = summary(&run);
            for row in table.lines().filter(|line| line.starts_with("| FAIL")) {
                prop_assert_eq!(row.replace("\\|", "").matches('|').count(), 5);
            }
        }
    }
}
