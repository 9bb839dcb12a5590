//! The whole search, from the first level to the report.

use indexmap::IndexSet;
use reports::json::{ReportFile, VERSION};
use reports::model::{
    Boundary, CapacityReport, Header, LevelRun, LevelVerdict, Scalability, SchemaId, ServerPlan, Surface,
};
use reports::wording::count;

use super::search::Ends;
use super::{
    Grid, Load, Outcome, PlanError, Search, SearchSettings, Step, Trial, bottleneck, judge_level,
    scalability, server_plan, surface, unit_costs,
};

/// What is to be found out.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSettings {
    /// Bounds of the search.
    pub search: SearchSettings,
    /// Confidence of every bound.
    pub confidence: f64,
    /// Users that servers are wanted for.
    pub users: Option<u64>,
    /// Share of each server that is kept free.
    pub headroom: f64,
    /// Points of the capacity surface, when one is wanted.
    pub grid: Option<Grid>,
    /// Name of the scenario.
    pub scenario: String,
    /// Name or URL of the target.
    pub target: String,
    /// What must be said beforehand, such as thresholds that belong to no level.
    pub remarks: Vec<String>,
}

/// What came out, and why no more.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOutcome {
    /// The report up to the end or the interruption.
    pub report: CapacityReport,
    /// Why the search ended before its end, when it did.
    pub stopped: Option<PlanError>,
}

/// Searches what the target behind `trial` holds. `header` is that of the run; its seed is that of the bootstrap.
///
/// # Errors
/// Settings that can't work. Whatever happens later is in the outcome, with all that was found until then.
pub async fn plan(
    trial: &mut impl Trial,
    settings: &PlanSettings,
    header: &Header,
) -> Result<PlanOutcome, PlanError> {
    settings.search.validate()?;
    let mut search = Search::new(settings.search);
    let mut runs = Vec::new();
    let mut stopped = climb(trial, &mut search, &mut runs).await.err();
    let mut found = None;
    if let Some(grid) = settings.grid.as_ref().filter(|_| stopped.is_none()) {
        match surface(trial, grid).await {
            // Their rate is not the scenario's: they are no levels of the line.
            Ok((surface, _)) => found = Some(surface),
            Err(error) => stopped = Some(error),
        }
    }
    Ok(PlanOutcome { report: report(settings, header, &search, runs, found), stopped })
}

async fn climb(
    trial: &mut impl Trial,
    search: &mut Search,
    runs: &mut Vec<LevelRun>,
) -> Result<(), PlanError> {
    while let Step::Run(level, purpose) = search.next() {
        let observed = trial.run(Load::of(level), purpose).await?;
        let (run, outcome) = judge_level(observed, purpose);
        trial.judged(&run);
        search.note(level, purpose, outcome);
        runs.push(run);
    }
    Ok(())
}

fn report(
    settings: &PlanSettings,
    header: &Header,
    search: &Search,
    runs: Vec<LevelRun>,
    surface: Option<Surface>,
) -> CapacityReport {
    let boundary = boundary(search, &runs);
    let mut remarks = settings.remarks.clone();
    if let Some(ceiling) = search.ceiling() {
        remarks.push(format!(
            "the generator was the limit at {ceiling} sessions: what lies above can't be said from this machine"
        ));
    }
    let troubled = runs.iter().filter(|run| run.purpose == "fill" && run.verdict == LevelVerdict::Failed);
    remarks.extend(troubled.map(|run| {
        format!("{} sessions, below the last pass, failed once: {}", run.sessions, run.reasons.join("; "))
    }));
    let rare: IndexSet<String> = runs
        .iter()
        .flat_map(|run| &run.limits)
        .filter(|limit| limit.bound.is_some() && limit.why.is_some())
        .map(|limit| format!("{} {}", limit.name, limit.limit))
        .collect();
    remarks.extend(rare.iter().map(|limit| {
        format!("`{limit}` was judged as measured where it came too rarely for a bound of its percentile")
    }));
    let law: Option<Scalability> = match scalability(&runs, header.seed) {
        Ok(law) => Some(law),
        Err(error) => {
            remarks.push(format!("no scalability law: {error}"));
            None
        }
    };
    let costs = unit_costs(&runs, boundary.last_pass);
    let bottleneck = bottleneck(&runs);
    let servers = settings.users.and_then(|users| server_plan(&boundary, &costs, users, settings.headroom));
    CapacityReport {
        header: Header { schema: SchemaId::new(CapacityReport::SCHEMA, VERSION), ..header.clone() },
        scenario: settings.scenario.clone(),
        target: settings.target.clone(),
        confidence: settings.confidence,
        answer: answer(settings, &boundary, &runs, &bottleneck.text, servers.as_ref()),
        boundary,
        bottleneck,
        scalability: law,
        costs,
        servers,
        surface,
        runs,
        remarks,
    }
}

fn boundary(search: &Search, runs: &[LevelRun]) -> Boundary {
    let Ends { pass, fail } = search.ends();
    let at = |level: Option<u64>, outcome| level.map_or(0, |level| search.runs_at(level, outcome));
    let failing = runs.iter().find(|run| Some(run.sessions) == fail && run.verdict == LevelVerdict::Failed);
    Boundary {
        last_pass: pass,
        first_fail: fail,
        pass_runs: at(pass, Some(Outcome::Held)),
        fail_runs: at(fail, None),
        fail_failed: at(fail, Some(Outcome::Failed)),
        reasons: failing.map(|run| run.reasons.clone()).unwrap_or_default(),
    }
}

fn answer(
    settings: &PlanSettings,
    boundary: &Boundary,
    runs: &[LevelRun],
    bottleneck: &str,
    servers: Option<&ServerPlan>,
) -> String {
    let confidence = settings.confidence * 100.0;
    let held = |sessions: u64| {
        format!("{} sessions are held within every limit with {confidence:.0} % confidence", count(sessions))
    };
    let mut answer = match (boundary.last_pass, boundary.first_fail) {
        (Some(pass), Some(fail)) => format!("{}, {} are not", held(pass), count(fail)),
        (Some(pass), None) => format!("{}, and no level failed", held(pass)),
        (None, Some(fail)) => {
            let unsaid = runs.iter().rfind(|run| run.sessions < fail && run.verdict == LevelVerdict::Invalid);
            match unsaid {
                None => format!("not even the lowest level was held: {} sessions failed", count(fail)),
                Some(run) => format!(
                    "{} sessions failed, and nothing can be said of less: at {} {}",
                    count(fail),
                    count(run.sessions),
                    run.reasons.join("; ")
                ),
            }
        }
        (None, None) => "no level could be judged".to_owned(),
    };
    if boundary.first_fail.is_some() {
        answer.push_str(&format!("; {bottleneck}"));
    }
    if let Some(servers) = servers {
        answer.push_str(&format!(
            "; {} users need {} servers with {:.0} % headroom",
            count(servers.users),
            count(servers.servers),
            servers.headroom * 100.0
        ));
    }
    answer
}

#[cfg(test)]
mod tests {
    use reports::model::{LimitBound, Resource, Utilisation};

    use super::super::level::tests::{limit, observed};
    use super::super::{Observed, Purpose};
    use super::*;
    use crate::made::empty;
    use crate::statistics::usl::Law;

    /// A server that follows the law; its latency grows with its CPU, and at 1,000 sessions p99 passes 2 s.
    struct Model {
        law: Law,
        interrupted_after: usize,
        runs: usize,
    }

    impl Model {
        fn new(interrupted_after: usize) -> Self {
            Self { law: Law { lambda: 0.25, sigma: 0.000_1, kappa: 4e-8 }, interrupted_after, runs: 0 }
        }
    }

    impl Trial for Model {
        async fn run(&mut self, load: Load, _: Purpose) -> Result<Observed, PlanError> {
            if self.runs == self.interrupted_after {
                return Err(PlanError::Interrupted);
            }
            self.runs += 1;
            let mut made = observed(load.sessions);
            let wobble = 1.0 + 0.004 * ((self.runs * 5 % 7) as f64 / 3.0 - 1.0);
            made.achieved_per_s = self.law.throughput(load.sessions as f64) * wobble;
            made.target_per_s = None;
            let p99 = load.sessions as f64 / 500.0;
            made.limits = vec![LimitBound { ..limit(p99 * 0.95, Some(p99), p99 < 2.0) }];
            made.server_rss_kib = Some(60_000 + 15 * load.sessions);
            let used = load.sessions as f64 / 1_100.0;
            made.utilisation = vec![Utilisation { resource: Resource::ServerCpu, detail: None, used }];
            Ok(made)
        }
    }

    fn settings() -> PlanSettings {
        PlanSettings {
            search: SearchSettings::default(),
            confidence: 0.95,
            users: Some(100_000),
            headroom: 0.3,
            grid: None,
            scenario: "capacity".to_owned(),
            target: "model".to_owned(),
            remarks: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_known_server_is_described_as_it_is() {
        let outcome = plan(&mut Model::new(usize::MAX), &settings(), &empty().header).await.unwrap();
        assert_eq!(outcome.stopped, None);
        let report = outcome.report;
        let boundary = &report.boundary;
        let (pass, fail) = (boundary.last_pass.unwrap(), boundary.first_fail.unwrap());
        assert!(pass < 1_000 && fail >= 1_000 && fail - pass <= 50, "{boundary:?}");
        assert_eq!((boundary.pass_runs, boundary.fail_failed), (3, 3));
        assert!(boundary.reasons[0].contains("surely no more than"), "{boundary:?}");
        assert_eq!(report.bottleneck.resource, Some(Resource::ServerCpu));
        assert!((report.costs.kib_per_session.unwrap().value - 15.0).abs() < 0.1);
        let servers = report.servers.as_ref().unwrap();
        assert_eq!(servers.servers, 100_000_u64.div_ceil(pass * 7 / 10), "{servers:?}");
        assert!(report.scalability.as_ref().unwrap().levels >= 6);
        assert!(report.answer.starts_with(&format!("{pass} sessions are held")), "{}", report.answer);
        assert_eq!(report.header.schema.name, "tidegate.capacity");
    }

    #[tokio::test]
    async fn what_was_found_before_an_interruption_is_kept() {
        let outcome = plan(&mut Model::new(3), &settings(), &empty().header).await.unwrap();
        assert_eq!(outcome.stopped, Some(PlanError::Interrupted));
        assert_eq!((outcome.report.runs.len(), outcome.report.boundary.last_pass), (3, Some(200)));
        assert!(outcome.report.scalability.is_none());
        assert!(outcome.report.remarks.iter().any(|remark| remark.contains("at least 6 levels")));
        let none = plan(&mut Model::new(0), &settings(), &empty().header).await.unwrap();
        assert_eq!(none.report.boundary.last_pass, None);
    }
}
