//! For GitHub Actions: a line a finding that the runner turns into an annotation. The summary of a step is the
//! [Markdown](crate::markdown) of every run.
//!
//! ```text
//! ::error title=life.pong%3A late::expected a pong within 200 ms, got it after 600 ms
//! ```

use crate::RunReport;
use crate::model::CheckStatus;
use crate::wording;

/// Annotations written; the runner shows few of them anyway.
const MOST_ANNOTATIONS: usize = 30;

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
        }
    }
}
