//! From the report of a run to what was observed at its level.

use reports::model::{
    GeneratorVerdict, InsideFigures, LoadReport, PlaceFigures, Resource, StageFigures, TimelineRow,
    Utilisation,
};
use scenarios::threshold::Threshold;

use super::bound::{bound_limits, independent};
use super::{Load, Observed};
use crate::statistics::{mean, stability};

/// Fewest times a stage must have come to its end for its mean to say something.
const STAGES_AT_LEAST: u64 = 30;

/// What is known of the machine beside the report.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Circumstances<'c> {
    /// Open files the server may have.
    pub socket_limit: Option<u64>,
    /// Queries a second that the schedule asks for.
    pub target_per_s: Option<f64>,
    /// Confidence of the bounds.
    pub confidence: f64,
    /// The stages at the lowest level, where nothing waits yet.
    pub idle_stages: &'c [StageFigures],
}

/// What `report`, a run of `load`, shows.
pub fn observe(
    load: Load,
    report: &LoadReport,
    thresholds: &[Threshold],
    circumstances: &Circumstances<'_>,
) -> Observed {
    let steady: Vec<&TimelineRow> = report.timeline.iter().filter(|row| row.phase == "steady").collect();
    let result = report.operations.iter().find(|operation| operation.name == "query.result");
    let failed: u64 = result.map_or(0, |result| result.errors.values().sum());
    let answered = result.map_or(0, |result| result.count.saturating_sub(failed));
    let seconds = report.duration_s.max(f64::MIN_POSITIVE);
    let per_second = |figure: fn(&TimelineRow) -> u64| {
        mean(&steady.iter().map(|row| figure(row) as f64).collect::<Vec<_>>()).unwrap_or_default()
    };
    let of = |figure: fn(&TimelineRow) -> Option<f64>| {
        mean(&steady.iter().filter_map(|row| figure(row)).collect::<Vec<_>>())
    };
    let percentile = |figure: fn(&reports::model::Quantiles) -> u64| {
        result.filter(|result| result.intended_us.count > 0).map(|result| figure(&result.intended_us))
    };
    Observed {
        sessions: load.sessions,
        peak: report.sessions.peak,
        target_per_s: circumstances.target_per_s,
        achieved_per_s: answered as f64 / seconds,
        dropped: report.arrivals.map_or(0, |arrivals| arrivals.dropped),
        delivered_per_s: per_second(|row| row.received),
        p50_us: percentile(|quantiles| quantiles.p50),
        p99_us: percentile(|quantiles| quantiles.p99),
        independent: independent(report, result.map_or(0, |result| result.intended_us.count)),
        limits: bound_limits(thresholds, report, circumstances.confidence),
        // Not latency: a median of some milliseconds swings with whatever else the machine does.
        stability: vec![("queries in flight", stability(&series(&steady, |row| Some(row.in_flight as f64))))],
        lost: None,
        invalid: invalid(report),
        utilisation: utilisation(report, &steady, circumstances),
        server_cpu: of(|row| row.server_cpu),
        server_rss_kib: report.server.rss_kib,
    }
}

fn series(rows: &[&TimelineRow], figure: fn(&TimelineRow) -> Option<f64>) -> Vec<f64> {
    rows.iter().filter_map(|row| figure(row)).collect()
}

fn invalid(report: &LoadReport) -> Option<String> {
    if report.generator.verdict == GeneratorVerdict::Limit {
        return Some(format!("the generator was the limit: {}", report.generator.reasons.join("; ")));
    }
    report.interrupted.then(|| "the run was cut short".to_owned())
}

/// How far each part was used that can be seen from outside.
fn utilisation(
    report: &LoadReport,
    steady: &[&TimelineRow],
    circumstances: &Circumstances<'_>,
) -> Vec<Utilisation> {
    let environment = &report.header.environment;
    let mut found = Vec::new();
    let mut push = |resource, used: Option<f64>| {
        if let Some(used) = used.filter(|used| used.is_finite()) {
            found.push(Utilisation { resource, detail: None, used });
        }
    };
    let server = mean(&series(steady, |row| row.server_cpu));
    let generator = mean(&series(steady, |row| row.generator_cpu)).unwrap_or_default();
    let database = mean(&series(steady, |row| row.database.and_then(|second| second.cpu)));
    // On one machine each can only have what the others leave.
    let left = |others: f64| (environment.cores as f64 - others).max(0.1);
    push(Resource::ServerCpu, server.map(|used| used / left(generator + database.unwrap_or_default())));
    push(Resource::DatabaseCpu, database.map(|used| used / left(generator + server.unwrap_or_default())));
    let memory = environment.memory_mib.filter(|mib| *mib > 0);
    push(
        Resource::Memory,
        memory.and_then(|mib| report.server.rss_kib.map(|kib| kib as f64 / 1_024.0 / mib as f64)),
    );
    let sockets = steady.iter().filter_map(|row| row.server_sockets).max();
    let limit = circumstances.socket_limit.filter(|limit| *limit > 0);
    push(Resource::Sockets, sockets.and_then(|open| limit.map(|limit| open as f64 / limit as f64)));
    if let Some(inside) = &report.server.inside {
        found.extend(inside_utilisation(inside, circumstances.idle_stages));
    }
    found
}

/// The fullest pool, the places for queries, and the stage that waits most.
fn inside_utilisation(inside: &InsideFigures, idle: &[StageFigures]) -> Vec<Utilisation> {
    let place = |resource, place: &PlaceFigures| {
        let named = resource == Resource::DatabasePool;
        let waiting = (place.waiting >= 0.5).then(|| format!("{:.0} wait", place.waiting));
        let detail: Vec<String> = named.then(|| place.name.clone()).into_iter().chain(waiting).collect();
        let detail = (!detail.is_empty()).then(|| detail.join(", "));
        Utilisation { resource, detail, used: place.taken / place.size }
    };
    let stage = |stage: &StageFigures| {
        let enough = |stage: &&StageFigures| stage.count >= STAGES_AT_LEAST && stage.mean_us > 0;
        let idle = idle.iter().filter(enough).find(|idle| idle.agent == stage.agent)?;
        let alone = idle.mean_us as f64 / Some(stage).filter(enough)?.mean_us as f64;
        let detail = Some(stage.agent.clone());
        Some(Utilisation { resource: Resource::AgentStage, detail, used: (1.0 - alone).max(0.0) })
    };
    let fullest = |used: Vec<Utilisation>| used.into_iter().max_by(|a, b| a.used.total_cmp(&b.used));
    let pools = inside.pools.iter().map(|pool| place(Resource::DatabasePool, pool)).collect();
    let queries = inside.queries.as_ref().map(|queries| place(Resource::QueryPlaces, queries));
    let stages = inside.stages.iter().filter_map(stage).collect();
    fullest(pools).into_iter().chain(queries).chain(fullest(stages)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::sound;
    use crate::statistics::Stability;

    fn report() -> LoadReport {
        let mut report = sound();
        let mut result = report.operations[0].clone();
        result.name = "query.result".to_owned();
        result.count = 1_201;
        result.intended_us.p50 = 900_000;
        report.operations.push(result);
        report.header.environment.cores = 2;
        report.header.environment.memory_mib = Some(600);
        report.timeline = (0..60_u32)
            .map(|t| TimelineRow {
                t: f64::from(t),
                phase: "steady".to_owned(),
                received: 500,
                in_flight: 100 + u64::from(t * 7_919 % 13),
                p50_us: Some(40_000 + u64::from(t * 7_919 % 997)),
                server_cpu: Some(1.2),
                generator_cpu: Some(0.5),
                server_sockets: Some(2_000),
                ..TimelineRow::default()
            })
            .collect();
        report
    }

    #[test]
    fn a_run_is_read_as_a_level() {
        let circumstances = Circumstances {
            socket_limit: Some(4_000),
            target_per_s: Some(20.0),
            confidence: 0.95,
            ..Circumstances::default()
        };
        let thresholds = ["lost == 0".parse().unwrap(), "sessions.peak >= 5".parse().unwrap()];
        let observed = observe(Load::of(1_000), &report(), &thresholds, &circumstances);
        assert_eq!((observed.sessions, observed.peak), (1_000, 1_000));
        assert!((observed.achieved_per_s - 20.0).abs() < 1e-9, "one of 1,201 failed");
        assert_eq!((observed.delivered_per_s, observed.p50_us), (500.0, Some(900_000)));
        assert_eq!(observed.limits.len(), 1);
        assert!(observed.stability.iter().all(|(_, found)| *found == Stability::Settled), "{observed:?}");
        let of = |resource| observed.utilisation.iter().find(|used| used.resource == resource).unwrap().used;
        assert!((of(Resource::ServerCpu) - 0.8).abs() < 1e-9);
        assert_eq!((of(Resource::Sockets), of(Resource::Memory)), (0.5, 0.5));
    }

    #[test]
    fn pools_and_stages_are_read_from_the_inside() {
        let place =
            |name: &str, taken, waiting| PlaceFigures { name: name.to_owned(), size: 4.0, taken, waiting };
        let stage = |agent: &str, count, mean_us| StageFigures { agent: agent.to_owned(), count, mean_us };
        let mut full = report();
        full.server.inside = Some(InsideFigures {
            pools: vec![place("financial_db", 3.8, 6.2), place("tpch", 1.0, 0.0)],
            queries: Some(place("queries", 1.0, 0.0)),
            stages: vec![stage("nlp", 500, 110_000), stage("data", 500, 400_000), stage("viz", 3, 900_000)],
        });
        let idle = [stage("nlp", 500, 100_000), stage("data", 500, 100_000), stage("viz", 500, 100_000)];
        let circumstances = Circumstances { idle_stages: &idle, ..Circumstances::default() };
        let observed = observe(Load::of(1_000), &full, &[], &circumstances);
        let of = |resource| {
            let found = observed.utilisation.iter().filter(|used| used.resource == resource);
            found.map(|used| (used.detail.as_deref(), (used.used * 100.0).round())).collect::<Vec<_>>()
        };
        assert_eq!(of(Resource::DatabasePool), [(Some("financial_db, 6 wait"), 95.0)]);
        assert_eq!(of(Resource::QueryPlaces), [(None, 25.0)]);
        assert_eq!(of(Resource::AgentStage), [(Some("data"), 75.0)], "viz was seen too seldom");
        let lowest = observe(Load::of(1_000), &full, &[], &Circumstances::default());
        assert!(lowest.utilisation.iter().all(|used| used.resource != Resource::AgentStage));
    }

    #[test]
    fn a_generator_at_its_limit_makes_the_run_invalid() {
        let mut late = report();
        late.generator.verdict = GeneratorVerdict::Limit;
        late.generator.reasons = vec!["it sent late".to_owned()];
        let observed = observe(Load::of(1), &late, &[], &Circumstances::default());
        assert!(observed.invalid.unwrap().contains("it sent late"));
    }
}
