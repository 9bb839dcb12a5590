//! The capacity surface: sessions × queries a second × fan-out, and the edge of what is held.
//!
//! More of anything is never easier. So a point is not run when a point that asks for no more in every direction
//! has failed already: it is taken to fail, and says so.

use reports::model::{FrontierPoint, LevelRun, LevelVerdict, Surface, SurfacePoint};

use super::{Load, PlanError, Purpose, Trial, judge_level};

/// The points of a surface.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    /// Sessions.
    pub sessions: Vec<u64>,
    /// Queries a second.
    pub queries_per_s: Vec<f64>,
    /// Sessions that watch each session.
    pub fan_out: Vec<u64>,
}

impl Grid {
    /// Every point, the easiest first.
    fn points(&self) -> Vec<Load> {
        let mut points = Vec::new();
        for fan_out in ascending(&self.fan_out, u64::cmp) {
            for rate in ascending(&self.queries_per_s, f64::total_cmp) {
                for sessions in ascending(&self.sessions, u64::cmp) {
                    points.push(Load { sessions, queries_per_s: Some(rate), fan_out });
                }
            }
        }
        points
    }
}

fn ascending<T: Copy + PartialEq>(values: &[T], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(order);
    sorted.dedup();
    sorted
}

/// Runs `grid`. The runs that really took place come with it.
///
/// # Errors
/// As [`Trial::run`]; what was run until then is lost.
pub async fn surface(trial: &mut impl Trial, grid: &Grid) -> Result<(Surface, Vec<LevelRun>), PlanError> {
    let (mut points, mut runs): (Vec<SurfacePoint>, Vec<LevelRun>) = (Vec::new(), Vec::new());
    for load in grid.points() {
        let rate = load.queries_per_s.unwrap_or_default();
        let implied = points.iter().any(|point| {
            point.verdict == LevelVerdict::Failed
                && point.sessions <= load.sessions
                && point.queries_per_s <= rate
                && point.fan_out <= load.fan_out
        });
        let (verdict, p99_us) = if implied {
            (LevelVerdict::Failed, None)
        } else {
            let (run, _) = judge_level(trial.run(load, Purpose::Surface).await?, Purpose::Surface);
            trial.judged(&run);
            let found = (run.verdict, run.p99_us);
            runs.push(run);
            found
        };
        points.push(SurfacePoint {
            sessions: load.sessions,
            queries_per_s: rate,
            fan_out: load.fan_out,
            verdict,
            implied,
            p99_us,
        });
    }
    let frontier = frontier(&points);
    Ok((Surface { points, frontier }, runs))
}

/// For each rate and fan-out the most sessions held, below every number that failed.
fn frontier(points: &[SurfacePoint]) -> Vec<FrontierPoint> {
    let mut edges: Vec<FrontierPoint> = Vec::new();
    for point in points {
        let known = |edge: &&FrontierPoint| {
            edge.fan_out == point.fan_out && edge.queries_per_s == point.queries_per_s
        };
        if edges.iter().any(|edge| known(&edge)) {
            continue;
        }
        let row = || {
            points
                .iter()
                .filter(|other| other.fan_out == point.fan_out && other.queries_per_s == point.queries_per_s)
        };
        let failed =
            row().filter(|other| other.verdict == LevelVerdict::Failed).map(|other| other.sessions).min();
        let held = row().filter(|other| other.verdict == LevelVerdict::Held).map(|other| other.sessions);
        let sessions = held.filter(|sessions| failed.is_none_or(|failed| *sessions < failed)).max();
        edges.push(FrontierPoint { queries_per_s: point.queries_per_s, fan_out: point.fan_out, sessions });
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::super::Observed;
    use super::super::level::tests::observed;
    use super::*;

    /// Holds while sessions + 10 × queries a second × fan-out stay under 1,000.
    struct Linear {
        runs: usize,
    }

    impl Trial for Linear {
        async fn run(&mut self, load: Load, _: Purpose) -> Result<Observed, PlanError> {
            self.runs += 1;
            let mut made = observed(load.sessions);
            let cost = load.sessions as f64 + 10.0 * load.queries_per_s.unwrap() * load.fan_out as f64;
            made.dropped = u64::from(cost > 1_000.0);
            Ok(made)
        }
    }

    #[tokio::test]
    async fn the_edge_is_found_with_fewer_runs_than_points() {
        let grid = Grid {
            sessions: vec![800, 200, 400, 600],
            queries_per_s: vec![20.0, 60.0, 40.0],
            fan_out: vec![1, 2],
        };
        let mut trial = Linear { runs: 0 };
        let (found, runs) = surface(&mut trial, &grid).await.unwrap();
        let edge = |rate: f64, fan_out: u64| {
            let point = found.frontier.iter().find(|p| p.queries_per_s == rate && p.fan_out == fan_out);
            point.unwrap().sessions
        };
        assert_eq!((edge(20.0, 1), edge(40.0, 1), edge(60.0, 1)), (Some(800), Some(600), Some(400)));
        assert_eq!((edge(20.0, 2), edge(40.0, 2), edge(60.0, 2)), (Some(600), Some(200), None));
        assert_eq!(found.points.len(), 24);
        assert_eq!(
            (runs.len(), trial.runs),
            (trial.runs, found.points.iter().filter(|p| !p.implied).count())
        );
        assert!(trial.runs < 20, "{}", trial.runs);
    }
}
