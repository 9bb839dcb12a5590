//! What one of something costs the server.

use reports::model::{Estimate, LevelRun, LevelVerdict, UnitCosts};

use crate::statistics::{line, mean};

/// Confidence of the slopes.
const CONFIDENCE: f64 = 0.95;

/// Unit costs at `level`, from every valid run there, and memory by a line through all levels. The CPU figures each
/// divide all processor time by one thing: they are ways to say the same, not parts of a sum.
pub fn unit_costs(runs: &[LevelRun], level: Option<u64>) -> UnitCosts {
    let valid: Vec<&LevelRun> = runs.iter().filter(|run| run.verdict != LevelVerdict::Invalid).collect();
    let at: Vec<&LevelRun> = valid.iter().copied().filter(|run| Some(run.sessions) == level).collect();
    let per = |of: fn(&LevelRun) -> f64| {
        let costs: Vec<f64> = at
            .iter()
            .filter_map(|run| Some(run.server_cpu? * 1e6 / of(run)))
            .filter(|cost| cost.is_finite())
            .collect();
        mean(&costs)
    };
    UnitCosts {
        cpu_us_per_session_second: per(|run| run.peak as f64),
        cpu_us_per_query: per(|run| run.achieved_per_s),
        cpu_us_per_event: per(|run| run.delivered_per_s),
        kib_per_session: slope(&valid, |run| run.peak as f64),
        kib_per_query_per_s: slope(&valid, |run| run.achieved_per_s).map(|slope| slope.value),
    }
}

/// `None` when the line does not rise: runs too small or too alike to tell a cost from noise.
fn slope(runs: &[&LevelRun], of: fn(&LevelRun) -> f64) -> Option<Estimate> {
    let points: Vec<(f64, f64)> =
        runs.iter().filter_map(|run| Some((of(run), run.server_rss_kib? as f64))).collect();
    let line = line(&points, CONFIDENCE).ok().filter(|line| line.slope > 0.0)?;
    Some(Estimate { value: line.slope, low: line.slope_interval.low, high: line.slope_interval.high })
}

#[cfg(test)]
mod tests {
    use super::super::level::tests::observed;
    use super::super::{Purpose, judge_level};
    use super::*;

    /// Runs of a server whose memory is `rss_kib` of the sessions.
    fn runs(rss_kib: impl Fn(u64) -> u64) -> Vec<LevelRun> {
        [100, 200, 400, 400]
            .into_iter()
            .map(|sessions| {
                let mut made = observed(sessions);
                made.server_cpu = Some(sessions as f64 / 400.0);
                made.achieved_per_s = sessions as f64 / 4.0;
                made.target_per_s = Some(made.achieved_per_s);
                made.delivered_per_s = sessions as f64 * 10.0;
                made.server_rss_kib = Some(rss_kib(sessions));
                judge_level(made, Purpose::Ramp).0
            })
            .collect()
    }

    #[test]
    fn costs_come_from_the_level_and_memory_from_all() {
        let runs = runs(|sessions| 50_000 + sessions * 12);
        let costs = unit_costs(&runs, Some(400));
        assert_eq!(costs.cpu_us_per_session_second, Some(2_500.0));
        assert_eq!((costs.cpu_us_per_query, costs.cpu_us_per_event), (Some(10_000.0), Some(250.0)));
        assert!((costs.kib_per_session.unwrap().value - 12.0).abs() < 1e-6);
        assert!((costs.kib_per_query_per_s.unwrap() - 48.0).abs() < 1e-6);
        assert_eq!(unit_costs(&runs, Some(300)).cpu_us_per_query, None);
        assert_eq!(unit_costs(&[], None), UnitCosts::default());
    }

    #[test]
    fn memory_that_does_not_rise_tells_no_cost() {
        for rss_kib in [|_| 50_000, |sessions| 50_000 - sessions] {
            let costs = unit_costs(&runs(rss_kib), Some(400));
            assert_eq!((costs.kib_per_session, costs.kib_per_query_per_s), (None, None));
            assert!(costs.cpu_us_per_query.is_some());
        }
    }
}
