//! Badges: how many checks passed, of the run and of each area, as pictures for a README.
//!
//! ```xml
//! <svg … role="img" aria-label="tidegate: 231/231"> … </svg>
//! ```

use std::collections::HashSet;

use indexmap::IndexMap;
use maud::{Markup, html};

use crate::RunReport;
use crate::model::{CheckResult, CheckStatus, Verdict};
use crate::wording;

/// Width of a character of the badge's font, about.
const LETTER: usize = 7;
/// Room at both ends of a half.
const PADDING: usize = 12;

/// The badge of `run`: passed of all that apply, in the colour of the verdict.
pub fn svg(run: &RunReport) -> String {
    let counts = &run.verdict.checks;
    let judged = counts.total - counts.not_applicable;
    let (color, text) = match run.verdict.verdict {
        Verdict::Pass => ("#1a7f4b", format!("{}/{judged}", counts.passed)),
        Verdict::Fail => ("#b0201a", format!("{}/{judged}", counts.passed)),
        Verdict::Invalid if judged_nothing(run) => ("#7f5200", "nothing judged".to_owned()),
        Verdict::Invalid => ("#7f5200", "invalid".to_owned()),
    };
    drawn("tidegate", &text, color).into_string()
}

fn judged_nothing(run: &RunReport) -> bool {
    run.verdict.reasons.first().is_some_and(|reason| reason.id == wording::NOTHING_JUDGED)
}

/// A badge of each area: its name, and how many of its checks passed of those that apply, red when one of them stands
/// against the run.
pub fn areas(run: &RunReport) -> Vec<(&str, String)> {
    let mut areas: IndexMap<&str, Vec<&CheckResult>> = IndexMap::new();
    for result in run.conformance.iter().flat_map(|conformance| &conformance.results) {
        areas.entry(&result.area).or_default().push(result);
    }
    let against: HashSet<&str> = run.verdict.reasons.iter().map(|reason| reason.id.as_str()).collect();
    let badge = |(area, results): (_, Vec<&CheckResult>)| {
        let count = |status| results.iter().filter(|result| result.status == status).count();
        let judged = results.len() - count(CheckStatus::NotApplicable);
        let (color, text) = if results.iter().any(|result| against.contains(result.id.as_str())) {
            ("#b0201a", format!("{}/{judged}", count(CheckStatus::Passed)))
        } else if judged == 0 {
            ("#3b4048", "not applicable".to_owned())
        } else {
            ("#1a7f4b", format!("{}/{judged}", count(CheckStatus::Passed)))
        };
        (area, drawn(area, &text, color).into_string())
    };
    areas.into_iter().map(badge).collect()
}

fn drawn(label: &str, text: &str, color: &str) -> Markup {
    let width = |text: &str| text.chars().count() * LETTER + PADDING;
    let (left, right) = (width(label), width(text));
    let all = left + right;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(all) height="20" role="img" aria-label=(format!("{label}: {text}")) {
            title { (label) ": " (text) }
            clipPath id="round" { rect width=(all) height="20" rx="3" {} }
            g clip-path="url(#round)" {
                rect width=(left) height="20" fill="#3b4048" {}
                rect x=(left) width=(right) height="20" fill=(color) {}
            }
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text x=(left / 2) y="14" { (label) }
                text x=(left + right / 2) y="14" { (text) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConformanceCounts;
    use crate::sample;
    use crate::verdict::{Evidence, judge};

    #[test]
    fn a_badge_says_how_many_of_those_that_apply_passed() {
        let passed = svg(&sample::check_pass());
        assert!(passed.contains("96/97") && passed.contains("#1a7f4b"), "{passed}");
        let failed = svg(&sample::gate_fail());
        assert!(failed.contains("94/97") && failed.contains("#b0201a"), "{failed}");
        assert!(svg(&sample::target_gone()).contains("invalid"));
    }

    #[test]
    fn each_area_has_a_badge_of_its_own() {
        let run = sample::gate_fail();
        let red: HashSet<&str> = run
            .conformance
            .iter()
            .flat_map(|conformance| &conformance.results)
            .filter(|result| result.status == CheckStatus::Failed)
            .map(|result| result.area.as_str())
            .collect();
        let badges = areas(&run);
        assert!(!red.is_empty() && badges.len() > red.len());
        for (area, badge) in badges {
            assert!(badge.contains(&format!("aria-label=\"{area}: ")), "{badge}");
            assert_eq!(badge.contains("#b0201a"), red.contains(area), "{badge}");
        }
    }

    #[test]
    fn a_badge_of_a_run_that_judged_nothing_says_so() {
        let mut run = sample::check_pass();
        let conformance = run.conformance.as_mut().unwrap();
        for result in &mut conformance.results {
            result.status = CheckStatus::NotApplicable;
        }
        conformance.counts = ConformanceCounts::of(&conformance.results);
        let evidence = Evidence { conformance: Some(conformance), ..Evidence::default() };
        run.verdict = judge(&conformance.header, "check", &evidence);
        assert!(svg(&run).contains("tidegate: nothing judged"), "{}", svg(&run));
    }
}
