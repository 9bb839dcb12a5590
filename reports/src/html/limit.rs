//! Limits of a scenario as values, where their text can be read as one.

use crate::model::{LoadReport, ThresholdResult};

/// The threshold on the 99th percentile of the time to the first progress, in milliseconds, with its text.
pub(super) fn first_progress(load: &LoadReport) -> Option<(f64, &ThresholdResult)> {
    load.thresholds.iter().find_map(|threshold| {
        let name = threshold.name.to_ascii_lowercase().replace('_', ".");
        let first = name.contains("progress") && name.contains("first");
        // The curve shows service time: a limit on intended time is not its limit.
        let first = first && !name.contains("intended");
        let upper = threshold.limit.trim_start().starts_with('<');
        (name.contains("p99") && !name.contains("p999") && first && upper)
            .then(|| milliseconds(&threshold.limit))
            .flatten()
            .map(|limit| (limit, threshold))
    })
}

/// Reads `< 100ms`, `<= 1.5 s`; `None` when it is no time.
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(['<', '>', '=', ' ']).trim_end();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "us" | "µs" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" | "min" => 60_000.0,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        let cases = [
            ("< 100ms", Some(100.0)),
            ("<= 1.5 s", Some(1_500.0)),
            ("<250µs", Some(0.25)),
            ("2 min", Some(120_000.0)),
            ("< 0.1 %", None),
            ("", None),
            ("fast", None),
            ("1.2.3 s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn the_limit_of_the_curve_is_that_of_service_time() {
        let mut run = crate::sample::gate_pass();
        let load = run.load.as_mut().unwrap();
        assert_eq!(first_progress(load).map(|(limit, _)| limit), Some(100.0));
        load.thresholds[0].name = "p99(progress.first.intended)".into();
        assert_eq!(first_progress(load).map(|(limit, _)| limit), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_not(text in ".{0,40}") {
            let _ = milliseconds(&text);
        }
    }
}
