//! The summary: verdict, key numbers, findings, and what each part of the run adds.

use super::load;
use super::text::{cell, line};
use crate::RunReport;
use crate::model::{CheckStatus, ConformanceReport, Verdict};
use crate::wording;

/// Rows of a table in the summary, which may be 1 MiB long.
const MOST_ROWS: usize = 200;

/// The run in Markdown.
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
    if let Some(report) = &run.load {
        load::load(report, &mut text);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    #[test]
    fn the_summary_begins_with_the_verdict() {
        let text = summary(&sample::gate_fail());
        assert!(text.starts_with("## ❌ tidegate gate: FAIL"), "{text}");
        assert!(text.contains("| FAIL | `") && text.contains("<details>"), "{text}");
        let missed = text.find("| ❌ | `p99(progress.first)` | &lt; 100ms | 612 ms |");
        assert!(missed < text.find("| ✅ |") && missed.is_some(), "{text}");
        assert!(text.contains("| `query.result` |"), "{text}");
    }

    #[test]
    fn dropped_arrivals_are_told() {
        let text = summary(&sample::hour());
        assert!(text.contains("open model") && text.contains("found no free session."), "{text}");
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
            let load = run.load.as_mut().unwrap();
            for threshold in &mut load.thresholds {
                threshold.name.clone_from(&hostile);
                threshold.actual.clone_from(&hostile);
            }
            load.operations[0].name.clone_from(&hostile);
            let text = summary(&run);
            for (begin, bars) in [("| FAIL", 5), ("| ✅", 5), ("| ❌", 5)] {
                for row in text.lines().filter(|line| line.starts_with(begin)) {
                    prop_assert_eq!(row.replace("\\|", "").matches('|').count(), bars);
                }
            }
        }
    }
}
