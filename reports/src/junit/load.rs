//! A load run as a document: every threshold a case, and whether the run can be believed.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::ReportError;
use crate::model::{GeneratorVerdict, LoadReport, ReasonKind, ThresholdResult, VerdictReport};

/// The JUnit document of `load`. What `verdict` says against the target or the run itself is a case of its own.
///
/// # Errors
/// [`ReportError::Junit`] when the XML writer fails.
pub fn load_to_xml(load: &LoadReport, verdict: &VerdictReport) -> Result<String, ReportError> {
    let took = Duration::try_from_secs_f64(load.duration_s).unwrap_or_default();
    let mut report = Report::new("tidegate load");
    report.set_time(took);
    let mut thresholds = TestSuite::new(format!("load.{}.thresholds", load.scenario));
    thresholds.set_time(took);
    thresholds.add_property(("target", load.target.as_str()));
    thresholds.add_property(("sessions", load.sessions.peak.to_string().as_str()));
    thresholds.add_test_cases(load.thresholds.iter().map(threshold));
    let mut run = TestSuite::new(format!("load.{}.run", load.scenario));
    run.set_time(took);
    run.add_test_case(case("generator kept its schedule", generator(load)));
    run.add_test_case(case("run came to its end", trouble(verdict)));
    report.add_test_suite(thresholds);
    report.add_test_suite(run);
    report
        .to_string()
        .map_err(|source| ReportError::Junit { name: crate::files::LOAD_JUNIT_FILE.to_owned(), source })
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname("load");
    case
}

fn threshold(threshold: &ThresholdResult) -> TestCase {
    let status = if threshold.ok {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(if threshold.value.is_some() { "threshold" } else { "no_data" });
        status.set_message(format!(
            "{} is {}, the limit is {}",
            threshold.name, threshold.actual, threshold.limit
        ));
        status.set_description(format!("expected: {}\nactual: {}", threshold.limit, threshold.actual));
        status
    };
    let mut case = case(&format!("{} {}", threshold.name, threshold.limit), status);
    case.set_system_out(format!("measured: {}", threshold.actual));
    case
}

/// A run whose generator was the limit says nothing about the target: an error, not a failure.
fn generator(load: &LoadReport) -> TestCaseStatus {
    match load.generator.verdict {
        GeneratorVerdict::Ok => TestCaseStatus::success(),
        GeneratorVerdict::Limit => error("generator", &load.generator.reasons.join("\n")),
    }
}

fn trouble(verdict: &VerdictReport) -> TestCaseStatus {
    let against = [ReasonKind::Target, ReasonKind::Harness, ReasonKind::Interrupted];
    let found: Vec<&str> = verdict
        .reasons
        .iter()
        .filter(|reason| against.contains(&reason.kind))
        .map(|reason| reason.text.as_str())
        .collect();
    if found.is_empty() { TestCaseStatus::success() } else { error("run", &found.join("\n")) }
}

fn error(kind: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind);
    status.set_message(text.lines().next().unwrap_or_default());
    status.set_description(text);
    status
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    fn xml(run: &crate::RunReport) -> String {
        load_to_xml(run.load.as_ref().unwrap(), &run.verdict).unwrap()
    }

    #[test]
    fn a_missed_threshold_is_a_failure_and_an_invalid_run_an_error() {
        let run = sample::gate_fail();
        let missed = Report::deserialize_from_str(&xml(&run)).unwrap();
        assert_eq!((missed.tests, missed.failures, missed.errors), (8, 1, 0));
        assert!(
            xml(&run).contains("p99(progress.first) is 612 ms, the limit is &lt; 100ms"),
            "{}",
            xml(&run)
        );
        let mut run = sample::gate_pass();
        let load = run.load.as_mut().unwrap();
        load.generator.verdict = GeneratorVerdict::Limit;
        load.generator.reasons = vec!["it was 300 ms late".to_owned()];
        let limited = Report::deserialize_from_str(&xml(&run)).unwrap();
        assert_eq!((limited.failures, limited.errors), (0, 1));
        let gone = Report::deserialize_from_str(&xml(&sample::target_gone())).unwrap();
        assert_eq!(gone.errors, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_text_makes_a_document(text in any::<String>(), seconds in any::<f64>()) {
            let mut run = sample::gate_fail();
            let load = run.load.as_mut().unwrap();
            load.duration_s = seconds;
            load.scenario.clone_from(&text);
            for threshold in &mut load.thresholds {
                threshold.name.clone_from(&text);
                threshold.actual.clone_from(&text);
            }
            load.generator.reasons = vec![text.clone()];
            load.generator.verdict = GeneratorVerdict::Limit;
            prop_assert!(Report::deserialize_from_str(&xml(&run)).is_ok());
        }
    }
}
