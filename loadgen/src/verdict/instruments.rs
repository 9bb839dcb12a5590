//! Judging the processes of a run: each by itself, and what they share.

use std::time::Duration;

use reports::model::{GeneratorFigures, GeneratorVerdict, Quantiles};
use scenarios::GeneratorLimits;

use super::{Budget, Evidence, FlowSums, judge_generator};
use crate::shards::Instrument;

/// What is known of all processes together.
#[derive(Debug, Clone, Default)]
pub struct Joint {
    /// Send lag of all of them, microseconds.
    pub send_lag: Quantiles,
    /// What the targets' own counters contradict.
    pub contradictions: Vec<String>,
}

/// The verdict over all of `instruments`: that of the worst of them, each reason with its name; processors and ports
/// that several share are judged together. One alone is judged as what it is.
pub fn judge_instruments(
    instruments: &[Instrument],
    joint: Joint,
    limits: &GeneratorLimits,
) -> GeneratorFigures {
    let whole = together(instruments);
    if instruments.len() <= 1 {
        let own = instruments.first().map(evidence).unwrap_or_default();
        let evidence = Evidence { send_lag: joint.send_lag, contradictions: joint.contradictions, ..own };
        return judge_generator(evidence, limits);
    }
    let mut reasons = Vec::new();
    for instrument in instruments {
        let own = judge_generator(evidence(instrument), limits).reasons;
        reasons.extend(own.into_iter().map(|reason| format!("{}: {reason}", instrument.name)));
    }
    for (machine, shared) in shared(instruments) {
        let found = judge_generator(shared, limits).reasons;
        reasons.extend(found.into_iter().map(|reason| format!("all of {machine} together: {reason}")));
    }
    let law = Evidence { little_residual: whole.residual, ..Evidence::default() };
    if !reasons.iter().any(|reason| reason.contains("Little's law")) {
        reasons.extend(judge_generator(law, limits).reasons);
    }
    reasons.extend(joint.contradictions);
    GeneratorFigures {
        verdict: if reasons.is_empty() { GeneratorVerdict::Ok } else { GeneratorVerdict::Limit },
        reasons,
        cpu_us_per_message: whole.cpu_us_per_message,
        rss_kib_per_session: whole.rss_kib_per_session,
        send_lag_us: joint.send_lag,
        little_residual: whole.residual,
        cpu_cores: whole.cpu_cores,
    }
}

/// Figures of all processes.
struct Whole {
    residual: Option<f64>,
    cpu_us_per_message: Option<f64>,
    rss_kib_per_session: Option<f64>,
    cpu_cores: Option<f64>,
}

fn together(instruments: &[Instrument]) -> Whole {
    let flow = instruments.iter().fold(FlowSums::default(), |sum, instrument| sum.and(&instrument.flow));
    let messages: u64 = instruments.iter().map(|instrument| instrument.steady_messages).sum();
    let sessions: u64 = instruments.iter().map(|instrument| instrument.peak).sum();
    // A sum that lacks a part is no sum.
    let cpu: Option<Duration> = instruments.iter().map(|instrument| instrument.cpu).sum();
    let grown: Option<u64> = instruments.iter().map(|instrument| instrument.grown_kib).sum();
    Whole {
        residual: flow.residual(),
        cpu_us_per_message: ratio(cpu.map(|cpu| cpu.as_secs_f64() * 1e6), as_f64(messages)),
        rss_kib_per_session: ratio(grown.map(as_f64), as_f64(sessions)),
        cpu_cores: instruments.iter().map(cores).sum(),
    }
}

/// One process, as its judge sees it.
fn evidence(instrument: &Instrument) -> Evidence {
    Evidence {
        send_lag: instrument.send_lag,
        pauses: instrument.pauses,
        little_residual: instrument.flow.residual(),
        cpu_cores: cores(instrument),
        cores: instrument.cores,
        cpu_us_per_message: ratio(
            instrument.cpu.map(|cpu| cpu.as_secs_f64() * 1e6),
            as_f64(instrument.steady_messages),
        ),
        rss_kib_per_session: ratio(instrument.grown_kib.map(as_f64), as_f64(instrument.peak)),
        files: instrument.files,
        ports: instrument.port_limit.map(|limit| Budget { used: instrument.ports, limit }),
        without_port: instrument.without_port,
        contradictions: Vec::new(),
    }
}

/// What the processes of each machine share, where there are several: its processors, and its ports towards one target.
fn shared(instruments: &[Instrument]) -> Vec<(String, Evidence)> {
    let mut found = Vec::new();
    for (index, first) in instruments.iter().enumerate() {
        let here = |other: &&Instrument| other.machine == first.machine;
        let there = |other: &&Instrument| here(other) && other.target == first.target;
        let all: Vec<&Instrument> = instruments.iter().filter(here).collect();
        let is_first = |same: &dyn Fn(&&Instrument) -> bool| {
            instruments.iter().position(|other| same(&other)) == Some(index)
        };
        if all.len() > 1 && is_first(&here) {
            let cpu_cores = all.iter().map(|other| cores(other)).sum();
            let shared = Evidence { cpu_cores, cores: first.cores, ..Evidence::default() };
            found.push((first.machine.clone(), shared));
        }
        let towards: Vec<&Instrument> = instruments.iter().filter(there).collect();
        if let Some(limit) = first.port_limit.filter(|_| towards.len() > 1 && is_first(&there)) {
            let used = towards.iter().map(|other| other.ports).sum();
            let shared = Evidence { ports: Some(Budget { used, limit }), ..Evidence::default() };
            found.push((first.machine.clone(), shared));
        }
    }
    found
}

/// Processors used on average in the measured phase.
fn cores(instrument: &Instrument) -> Option<f64> {
    ratio(instrument.cpu.map(|cpu| cpu.as_secs_f64()), instrument.steady?.as_secs_f64())
}

/// `part / whole`, where the part is known and the whole is something.
fn ratio(part: Option<f64>, whole: f64) -> Option<f64> {
    part.filter(|_| whole > 0.0).map(|part| part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "counts and KiB of a run are far below 2^53")]
fn as_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(number: u32) -> Instrument {
        Instrument {
            name: format!("worker {number} of 2"),
            machine: "here".to_owned(),
            target: "127.0.0.1:1".to_owned(),
            cores: 2,
            cpu: Some(Duration::from_secs(8)),
            steady: Some(Duration::from_secs(10)),
            steady_messages: 1_000_000,
            grown_kib: Some(10_000),
            peak: 10_000,
            ports: 10_000,
            port_limit: Some(28_232),
            without_port: 0,
            files: Some(Budget { used: 10_100, limit: 20_000 }),
            send_lag: Quantiles { p99: 2_000, count: 10, ..Quantiles::default() },
            pauses: Quantiles::default(),
            flow: FlowSums::default(),
        }
    }

    fn judged(spoil: impl FnOnce(&mut [Instrument; 2])) -> GeneratorFigures {
        let mut pair = [worker(1), worker(2)];
        spoil(&mut pair);
        judge_instruments(&pair, Joint::default(), &GeneratorLimits::default())
    }

    #[test]
    fn the_worst_process_decides_and_is_named() {
        let sound = judged(|_| {});
        assert_eq!(sound.reasons, Vec::<String>::new());
        assert_eq!((sound.cpu_us_per_message, sound.rss_kib_per_session), (Some(8.0), Some(1.0)));
        assert!((sound.cpu_cores.unwrap() - 1.6).abs() < 1e-9);
        let late = judged(|pair| pair[1].send_lag.p99 = 90_000);
        assert_eq!(late.verdict, GeneratorVerdict::Limit);
        assert!(
            late.reasons.len() == 1 && late.reasons[0].starts_with("worker 2 of 2: the generator sent late")
        );
    }

    #[test]
    fn what_a_machine_has_once_is_judged_once() {
        let busy =
            judged(|pair| pair.iter_mut().for_each(|one| one.cpu = Some(Duration::from_millis(9_500))));
        assert!(
            busy.reasons.len() == 1 && busy.reasons[0].contains("all of here together"),
            "{:?}",
            busy.reasons
        );
        let apart = judged(|pair| {
            pair.iter_mut().for_each(|one| one.cpu = Some(Duration::from_millis(9_500)));
            pair[1].machine = "there".to_owned();
        });
        assert_eq!(apart.reasons, Vec::<String>::new(), "each has its own processors");
        let ports = judged(|pair| pair.iter_mut().for_each(|one| one.ports = 14_000));
        assert!(
            ports.reasons.len() == 1 && ports.reasons[0].contains("28000 of 28232 local ports"),
            "{:?}",
            ports.reasons
        );
        let targets = judged(|pair| {
            pair.iter_mut().for_each(|one| one.ports = 14_000);
            pair[1].target = "127.0.0.1:2".to_owned();
        });
        assert_eq!(targets.reasons, Vec::<String>::new(), "ports are counted by target");
    }

    #[test]
    fn a_sum_that_lacks_a_part_is_unknown() {
        let figures = judged(|pair| pair[0].cpu = None);
        assert_eq!((figures.cpu_cores, figures.cpu_us_per_message), (None, None));
    }
}
