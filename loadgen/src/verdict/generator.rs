//! Was the generator the limit? Then no figure of the run speaks of the target.

use std::time::Duration;

use reports::model::{GeneratorFigures, GeneratorVerdict, Quantiles};
use scenarios::GeneratorLimits;
use serde::{Deserialize, Serialize};

/// Something of which the system gives a process only so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Most in use at one time.
    pub used: u64,
    /// What there is.
    pub limit: u64,
}

/// What the verdict on the generator is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Send lag, microseconds.
    pub send_lag: Quantiles,
    /// How late the generator's own clockwork came to its turn, microseconds.
    pub pauses: Quantiles,
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
    /// Open files of this process.
    pub files: Option<Budget>,
    /// Local ports towards the target.
    pub ports: Option<Budget>,
    /// Connections that found no local port.
    pub without_port: u64,
    /// What the target's own counters contradict; empty when they agree or can't be read.
    pub contradictions: Vec<String>,
}

/// Judges the generator: each reason says what was seen, and what to do.
pub fn judge_generator(evidence: Evidence, limits: &GeneratorLimits) -> GeneratorFigures {
    let mut reasons = Vec::new();
    let lag = Duration::from_micros(evidence.send_lag.p99);
    if lag > limits.send_lag_p99 {
        reasons.push(format!(
            "the generator sent late: p99 of the send lag is {lag:.1?}, the limit is {:?}; use fewer sessions, a \
             larger cohort, or another machine than the target's",
            limits.send_lag_p99
        ));
    }
    let pause = Duration::from_micros(evidence.pauses.p999);
    if pause > limits.pause_p999 {
        reasons.push(format!(
            "the generator stood still: p999 of its pauses is {pause:.1?}, the limit is {:?}; see what else runs on \
             this machine, or whether it is a shared one that was taken away",
            limits.pause_p999
        ));
    }
    if let Some(residual) = evidence.little_residual.filter(|residual| *residual > limits.little_residual) {
        reasons.push(format!(
            "Little's law misses by {:.1} %, the limit is {:.1} %: answers were lost or timed wrongly; measure \
             longer, and report it when it stays",
            residual * 100.0,
            limits.little_residual * 100.0
        ));
    }
    #[expect(clippy::cast_precision_loss, reason = "the number of processors is small")]
    let allowed = evidence.cores as f64 * limits.cpu_share;
    if let Some(used) = evidence.cpu_cores.filter(|used| *used > allowed) {
        reasons.push(format!(
            "the generator's CPU was saturated: {used:.2} of {} processors, the limit is {allowed:.2}; use fewer \
             sessions or more machines",
            evidence.cores
        ));
    }
    reasons.extend(exhausted("open files", evidence.files, limits, "raise the limit with ulimit -n"));
    let more_ports = "widen net.ipv4.ip_local_port_range, or give the target several addresses";
    reasons.extend(exhausted("local ports", evidence.ports, limits, more_ports));
    if evidence.without_port > 0 {
        reasons.push(format!("{} connections found no local port; {more_ports}", evidence.without_port));
    }
    reasons.extend(evidence.contradictions);
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

/// More than the allowed share is in use.
fn exhausted(what: &str, budget: Option<Budget>, limits: &GeneratorLimits, advice: &str) -> Option<String> {
    let Budget { used, limit } = budget?;
    #[expect(clippy::cast_precision_loss, reason = "files and ports are far below 2^53")]
    let beyond = used as f64 > limit as f64 * limits.files_share;
    beyond.then(|| format!("{used} of {limit} {what} were in use; {advice}"))
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
            pauses: Quantiles { p999: 3_000, ..Quantiles::default() },
            files: Some(Budget { used: 2_100, limit: 20_000 }),
            ports: Some(Budget { used: 2_000, limit: 28_232 }),
            without_port: 0,
            contradictions: Vec::new(),
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
            (
                "stood still",
                Evidence { pauses: Quantiles { p999: 260_000, ..Quantiles::default() }, ..evidence() },
            ),
            ("ulimit -n", Evidence { files: Some(Budget { used: 19_500, limit: 20_000 }), ..evidence() }),
            (
                "ip_local_port_range",
                Evidence { ports: Some(Budget { used: 28_000, limit: 28_232 }), ..evidence() },
            ),
            ("found no local port", Evidence { without_port: 1, ..evidence() }),
            ("counted", Evidence { contradictions: vec!["the target counted 1".to_owned()], ..evidence() }),
        ];
        for (word, changed) in cases {
            let figures = judge_generator(changed, &limits);
            assert_eq!(figures.verdict, GeneratorVerdict::Limit, "{word}");
            assert!(figures.reasons.len() == 1 && figures.reasons[0].contains(word), "{:?}", figures.reasons);
        }
    }
}
