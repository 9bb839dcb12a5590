//! Was a level held?

use reports::model::{LevelRun, LevelVerdict, LimitBound};

use super::{Observed, Outcome, Purpose};
use crate::statistics::Stability;

/// Least share of the queries asked for that must be answered, and of the sessions that must be there.
pub const ACHIEVED_AT_LEAST: f64 = 0.98;

/// Judges what was observed: the run as it stands in the report, and what the search makes of it.
pub fn judge_level(observed: Observed, purpose: Purpose) -> (LevelRun, Outcome) {
    let (outcome, reasons) = judge(&observed);
    let verdict = match outcome {
        Outcome::Held => LevelVerdict::Held,
        Outcome::Failed => LevelVerdict::Failed,
        Outcome::TooFew | Outcome::Invalid => LevelVerdict::Invalid,
    };
    let run = LevelRun {
        sessions: observed.sessions,
        purpose: purpose.name().to_owned(),
        verdict,
        reasons,
        peak: observed.peak,
        target_per_s: observed.target_per_s,
        achieved_per_s: observed.achieved_per_s,
        dropped: observed.dropped,
        p50_us: observed.p50_us,
        p99_us: observed.p99_us,
        independent: observed.independent,
        limits: observed.limits,
        utilisation: observed.utilisation,
        server_cpu: observed.server_cpu,
        server_rss_kib: observed.server_rss_kib,
        delivered_per_s: observed.delivered_per_s,
    };
    (run, outcome)
}

fn judge(observed: &Observed) -> (Outcome, Vec<String>) {
    if let Some(why) = &observed.lost {
        return (Outcome::Failed, vec![why.clone()]);
    }
    if let Some(why) = &observed.invalid {
        return (Outcome::Invalid, vec![why.clone()]);
    }
    let mut failed = Vec::new();
    if (observed.peak as f64) < observed.sessions as f64 * ACHIEVED_AT_LEAST {
        failed.push(format!("{} of {} sessions were there at one time", observed.peak, observed.sessions));
    }
    if let Some(target) = observed.target_per_s.filter(|target| *target > 0.0) {
        let share = observed.achieved_per_s / target;
        if share < ACHIEVED_AT_LEAST {
            failed.push(format!(
                "{:.1} of {target:.1} queries a second were answered, {:.0} %",
                observed.achieved_per_s,
                share * 100.0
            ));
        }
    }
    if observed.dropped > 0 {
        failed.push(format!("{} arrivals were dropped", observed.dropped));
    }
    failed.extend(observed.limits.iter().filter(|limit| is_broken(limit)).map(broken));
    failed.extend(observed.stability.iter().filter_map(|(what, found)| growing(what, *found)));
    if !failed.is_empty() {
        return (Outcome::Failed, failed);
    }
    let mut unsure: Vec<String> = observed.limits.iter().filter(|limit| !limit.ok).map(broken).collect();
    unsure.extend(observed.stability.iter().filter_map(|(what, found)| swinging(what, *found)));
    if unsure.is_empty() { (Outcome::Held, Vec::new()) } else { (Outcome::TooFew, unsure) }
}

/// True when the limit is surely not kept; one without a bound only lacks answers.
fn is_broken(limit: &LimitBound) -> bool {
    !limit.ok && (limit.bound.is_some() || limit.value.is_none())
}

fn broken(limit: &LimitBound) -> String {
    let name = format!("{} {}", limit.name, limit.limit);
    match (limit.value, limit.bound, &limit.why) {
        (Some(value), Some(_), Some(why)) => format!("{name}: {} measured ({why})", short(value)),
        (_, _, Some(why)) => format!("{name}: {why}"),
        (Some(value), Some(bound), _) if (bound - value).abs() > 1e-9 => {
            format!("{name}: {} measured, surely no more than {}", short(value), short(bound))
        }
        (Some(value), ..) => format!("{name}: {} measured", short(value)),
        (None, ..) => format!("{name}: no data"),
    }
}

/// Three decimals at most.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A queue that still grew: the level is more than the target gets through.
fn growing(what: &str, found: Stability) -> Option<String> {
    match found {
        // A level that empties is one that recovers from its ramp: no overload.
        Stability::Drifting(share) if share > 0.0 => {
            Some(format!("{what} still grew, by {:.0} % in the run", share * 100.0))
        }
        _ => None,
    }
}

/// A level that did not settle: nothing can be said of it yet.
fn swinging(what: &str, found: Stability) -> Option<String> {
    match found {
        Stability::Swinging(share) => Some(format!("{what} swung by {:.0} %", share * 100.0)),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::plan) fn limit(value: f64, bound: Option<f64>, ok: bool) -> LimitBound {
        LimitBound {
            name: "p99(query.result.intended)".to_owned(),
            limit: "< 2s".to_owned(),
            value: Some(value),
            bound,
            ok,
            why: bound.is_none().then(|| "too few".to_owned()),
        }
    }

    pub(in crate::plan) fn observed(sessions: u64) -> Observed {
        Observed {
            sessions,
            peak: sessions,
            target_per_s: Some(100.0),
            achieved_per_s: 99.5,
            dropped: 0,
            delivered_per_s: 800.0,
            p50_us: Some(900_000),
            p99_us: Some(1_500_000),
            independent: 3_000,
            limits: vec![limit(1.5, Some(1.6), true)],
            stability: vec![("queries in flight", Stability::Settled)],
            lost: None,
            invalid: None,
            utilisation: Vec::new(),
            server_cpu: Some(0.8),
            server_rss_kib: Some(80_000),
        }
    }

    /// What makes a level fail.
    type Spoil = fn(&mut Observed);

    #[test]
    fn each_way_to_fail_is_told() {
        assert_eq!(judge(&observed(100)), (Outcome::Held, Vec::new()));
        let cases: [(&str, Outcome, Spoil); 10] = [
            ("the server died", Outcome::Failed, |o| o.lost = Some("the server died".to_owned())),
            ("96 of 100 sessions", Outcome::Failed, |o| o.peak = 96),
            ("97.0 of 100.0 queries a second were answered, 97 %", Outcome::Failed, |o| {
                o.achieved_per_s = 97.0;
            }),
            ("3 arrivals were dropped", Outcome::Failed, |o| o.dropped = 3),
            ("1.9 measured, surely no more than 2.1", Outcome::Failed, |o| {
                o.limits = vec![limit(1.9, Some(2.1), false)];
            }),
            ("still grew, by 40 %", Outcome::Failed, |o| {
                o.stability = vec![("queries in flight", Stability::Drifting(0.4))];
            }),
            ("swung by 30 %", Outcome::TooFew, |o| {
                o.stability = vec![("queries in flight", Stability::Swinging(0.3))];
            }),
            ("too few", Outcome::TooFew, |o| o.limits = vec![limit(1.5, None, false)]),
            ("the generator", Outcome::Invalid, |o| {
                o.invalid = Some("the generator was the limit".to_owned());
            }),
            ("no data", Outcome::Failed, |o| {
                o.limits = vec![LimitBound { value: None, why: None, ..limit(0.0, None, false) }];
            }),
        ];
        for (word, expected, spoil) in cases {
            let mut made = observed(100);
            spoil(&mut made);
            let (outcome, reasons) = judge(&made);
            assert_eq!(outcome, expected, "{word}: {reasons:?}");
            assert!(reasons.len() == 1 && reasons[0].contains(word), "{word}: {reasons:?}");
        }
    }

    #[test]
    fn a_queue_that_empties_is_no_failure() {
        let mut made = observed(100);
        made.stability = vec![("queries in flight", Stability::Drifting(-0.4))];
        assert_eq!(judge(&made).0, Outcome::Held);
    }
}
