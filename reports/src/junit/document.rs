//! The document, built with quick-junit.

use std::time::Duration;

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::ReportError;
use crate::model::{CheckResult, CheckStatus, ConformanceReport};

/// The JUnit document of `conformance`.
///
/// # Errors
/// [`ReportError::Junit`] when the XML writer fails.
pub fn to_xml(conformance: &ConformanceReport) -> Result<String, ReportError> {
    let mut suites: IndexMap<&str, Vec<&CheckResult>> = IndexMap::new();
    for result in &conformance.results {
        suites.entry(&result.area).or_default().push(result);
    }
    let mut report = Report::new("tidegate conformance");
    report.set_time(milliseconds(conformance.duration_ms));
    for (area, results) in suites {
        let mut suite = TestSuite::new(area);
        suite.set_time(milliseconds(results.iter().map(|result| result.duration_ms).sum()));
        suite.add_property(("target", conformance.target.as_str()));
        suite.add_test_cases(results.into_iter().map(case));
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|source| ReportError::Junit { name: "conformance.junit.xml".to_owned(), source })
}

fn case(result: &CheckResult) -> TestCase {
    let mut status = match result.status {
        CheckStatus::Passed | CheckStatus::Warning => TestCaseStatus::success(),
        CheckStatus::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        CheckStatus::NotRun => TestCaseStatus::non_success(NonSuccessKind::Error),
        CheckStatus::NotApplicable | CheckStatus::Quarantined | CheckStatus::KnownFailing => {
            TestCaseStatus::skipped()
        }
    };
    match &result.reason {
        Some(reason) if result.status != CheckStatus::Passed => {
            status.set_message(reason.text.as_str());
            status.set_type(reason.code.as_str());
            status.set_description(details(result));
        }
        None if result.status != CheckStatus::Passed => {
            status.set_message("no reason was recorded");
        }
        _ => {}
    }
    let mut case = TestCase::new(result.id.as_str(), status);
    case.set_classname(result.area.as_str());
    case.set_time(milliseconds(result.duration_ms));
    if result.status == CheckStatus::Warning {
        case.set_system_out(format!("warning\n{}", details(result)));
    }
    case
}

/// What a person needs to begin: the title, the clause, both sides, and where the bytes are.
fn details(result: &CheckResult) -> String {
    let mut text = result.title.clone();
    if !result.clause.is_empty() {
        text.push_str("\nclause: ");
        text.push_str(&result.clause);
    }
    if let Some(reason) = &result.reason {
        text.push_str(&format!("\nexpected: {}\nactual: {}", reason.expected, reason.actual));
    }
    if let Some(transcript) = &result.transcript {
        text.push_str("\ntranscript: ");
        text.push_str(transcript);
    }
    text
}

/// A time in milliseconds; what is no time (negative, not a number) counts as none.
fn milliseconds(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    #[test]
    fn every_status_has_its_element() {
        insta::assert_snapshot!(to_xml(&sample::one_of_each()).unwrap());
    }

    proptest! {
        #[test]
        fn any_text_makes_a_document(text in any::<String>(), ms in any::<f64>()) {
            let mut report = sample::one_of_each();
            for result in &mut report.results {
                result.title.clone_from(&text);
                result.area.clone_from(&text);
                result.duration_ms = ms;
                if let Some(reason) = &mut result.reason {
                    reason.text.clone_from(&text);
                }
            }
            let xml = to_xml(&report).unwrap();
            prop_assert!(Report::deserialize_from_str(&xml).is_ok());
        }
    }
}
