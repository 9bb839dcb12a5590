//! Was the generator the limit? Then no figure of the run speaks of the target.

use std::time::Duration;

use reports::model::{GeneratorFigures, GeneratorVerdict, Quantiles};
use scenarios::GeneratorLimits;

/// What the verdict on the generator is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Send lag, microseconds.
    pub send_lag: Quantiles,
    /// Deviation from Little's law.
    pub little_residual: Option<f64>,
    /// Processors used on average in the steady phase.
    pub cpu_cores: Option<f64>,
    /// Processors of the machine.
    pub cores: usize,
    /// CPU per message, microseconds.
    pub cpu_us_per_message: Option<f64>,
    /// Memory per session, KiB.
    pub rss_kib_per_session: Option<f64>,
}

/// Judges the generator.
pub fn judge_generator(evidence: Evidence, limits: &GeneratorLimits) -> GeneratorFigures {
    let mut reasons = Vec::new();
    let lag = Duration::from_micros(evidence.send_lag.p99);
    if lag > limits.send_lag_p99 {
        reasons.push(format!(
            "the generator sent late: p99 of the send lag is {lag:.1?}, the limit is {:?}",
            limits.send_lag_p99
        ));
    }
    if let Some(residual) = evidence.little_residual.filter(|residual| *residual > limits.little_residual) {
        reasons.push(format!(
            "Little's law misses by {:.1} %, the limit is {:.1} %: answers were lost or timed wrongly",
            residual * 100.0,
            limits.little_residual * 100.0
        ));
    }
    #[expect(clippy::cast_precision_loss, reason = "the number of processors is small")]
    let allowed = evidence.cores as f64 * limits.cpu_share;
    if let Some(used) = evidence.cpu_cores.filter(|used| *used > allowed) {
        reasons.push(format!(
            "the generator's CPU was saturated: {used:.2} of {} processors, the limit is {allowed:.2}",
            evidence.cores
        ));
    }
    let verdict = if reasons.is_empty() { GeneratorVerdict::Ok } else { GeneratorVerdict::Limit };
    GeneratorFigures {
        verdict,
        reasons,
        cpu_us_per_message: evidence.cpu_us_per_message,
        rss_kib_per_session: evidence.rss_kib_per_session,
        send_lag_us: evidence.send_lag,
        little_residual: evidence.little_residual,
        cpu_cores: evidence.cpu_cores,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Evidence {
        Evidence {
            send_lag: Quantiles { p99: 2_000, ..Quantiles::default() },
            little_residual: Some(0.01),
            cpu_cores: Some(0.8),
            cores: 2,
            cpu_us_per_message: None,
            rss_kib_per_session: None,
        }
    }

    #[test]
    fn each_limit_is_a_reason_of_its_own() {
        let limits = GeneratorLimits::default();
        assert_eq!(judge_generator(evidence(), &limits).verdict, GeneratorVerdict::Ok);
        let late = Quantiles { p99: 50_100, ..Quantiles::default() };
        let cases = [
            ("sent late", Evidence { send_lag: late, ..evidence() }),
            ("Little's law", Evidence { little_residual: Some(0.06), ..evidence() }),
            ("saturated", Evidence { cpu_cores: Some(1.9), ..evidence() }),
        ];
        for (word, changed) in cases {
            let figures = judge_generator(changed, &limits);
            assert_eq!(figures.verdict, GeneratorVerdict::Limit, "{word}");
            assert!(figures.reasons.len() == 1 && figures.reasons[0].contains(word), "{:?}", figures.reasons);
        }
    }
}
