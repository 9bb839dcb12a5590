//! The capacity stage: levels of load against a target, one whole load run each.

use std::sync::Arc;
use std::time::Duration;

use loadgen::plan::{Circumstances, Load, Observed, PlanError, PlanSettings, Purpose, Trial, observe};
use loadgen::resources::open_file_limit;
use loadgen::statistics::fewest_for_quantile;
use reference_server::config::Source;
use reports::model::{LevelRun, LevelVerdict, StageFigures};
use scenarios::threshold::{Measure, Statistic};
use scenarios::{Model, Scenario};

use super::Findings;
use super::load::{Foreign, LoadPlan, load};
use super::pace::{lengthen, pace, rate};
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::live::Views;
use crate::run::Run;
use crate::workers::Parts;

/// Answers beyond the fewest that a bound needs: neighbours resemble each other and count for less.
const SPARE: f64 = 2.0;
/// A level is measured at most so many times as long as the scenario says.
const LONGEST: u32 = 4;

/// The parameter of a scenario that stands for its size.
const SESSIONS: &str = "sessions";

/// What the levels are made of.
pub(crate) struct Levels {
    /// File or built-in name of the scenario.
    pub(crate) scenario: String,
    /// Overrides of the user's.
    pub(crate) set: Vec<String>,
    /// Length of the measured phase instead of the scenario's.
    pub(crate) duration: Option<Duration>,
    /// The database instead of the scenario's.
    pub(crate) database: Option<Source>,
    /// Where a foreign target stands; without it a reference server is started for each level.
    pub(crate) foreign: Option<Foreign>,
    /// By what the levels are shown while they last.
    pub(crate) views: Arc<Views>,
}

/// Searches what the target holds and puts it into `findings`.
pub(crate) async fn capacity(
    levels: Levels,
    settings: &PlanSettings,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let confidence = settings.confidence;
    let mut trial =
        Runs { levels, confidence, run, console, interrupts, idle_stages: Vec::new(), measured_s: 0.0 };
    let outcome = Box::pin(loadgen::plan::plan(&mut trial, settings, run.header())).await;
    let outcome = outcome.map_err(crate::setup::usage)?;
    match outcome.stopped {
        None => {}
        Some(PlanError::Interrupted) => findings.interrupted = true,
        Some(error) if outcome.report.runs.is_empty() => return Err(crate::setup::target(error)),
        Some(error) => {
            let kind = reports::model::ReasonKind::Target;
            findings.trouble.push(crate::run::trouble(kind, "level", error.to_string()));
        }
    }
    findings.capacity = Some(outcome.report);
    Ok(())
}

/// Runs levels as whole load runs.
struct Runs<'r> {
    levels: Levels,
    confidence: f64,
    run: &'r Run,
    console: &'r Arc<Console>,
    interrupts: &'r mut Interrupts,
    /// The stages at the first level, which is the lowest.
    idle_stages: Vec<StageFigures>,
    /// Seconds that the last level was measured.
    measured_s: f64,
}

impl Trial for Runs<'_> {
    async fn run(&mut self, asked: Load, purpose: Purpose) -> Result<Observed, PlanError> {
        let failed = |message: String| PlanError::Trial { sessions: asked.sessions, message };
        let scenario = self.scenario(asked).map_err(|error| failed(format!("{error:#}")))?;
        let target_per_s = rate(&scenario);
        self.console.step(&format!(
            "{} {} sessions, {} queries a second, {:.0} s",
            purpose.name(),
            asked.sessions,
            target_per_s.map_or_else(|| "the recorded".to_owned(), |rate| format!("{rate:.1}")),
            scenario.sessions.duration.as_secs_f64()
        ));
        let thresholds = scenario.thresholds.clone();
        let plan = LoadPlan {
            scenario,
            sessions: None,
            duration: None,
            rate: None,
            foreign: self.levels.foreign.clone(),
            database: self.levels.database.clone(),
            keep_database: false,
            views: Arc::clone(&self.levels.views),
            parts: Parts::default(),
        };
        let mut findings = Findings::default();
        let loading = load(plan, self.run, self.console, self.interrupts, &mut findings);
        Box::pin(loading).await.map_err(|error| failed(format!("{error:#}")))?;
        if findings.interrupted {
            return Err(PlanError::Interrupted);
        }
        let report = findings.load.ok_or_else(|| failed("it brought no report".to_owned()))?;
        let circumstances = Circumstances {
            socket_limit: open_file_limit(),
            target_per_s,
            confidence: self.confidence,
            idle_stages: &self.idle_stages,
        };
        let mut observed = observe(asked, &report, &thresholds, &circumstances);
        if let (true, Some(inside)) = (self.idle_stages.is_empty(), &report.server.inside) {
            self.idle_stages.clone_from(&inside.stages);
        }
        // A target that does not survive a level does not hold it; what the report says of it is the ruins.
        if let Some(trouble) = findings.trouble.first() {
            observed.invalid = None;
            observed.lost = Some(trouble.text.clone());
        }
        self.measured_s = report.duration_s;
        Ok(observed)
    }

    fn judged(&mut self, level: &LevelRun) {
        let p99 = level.p99_us.map_or_else(|| "unknown".to_owned(), reports::wording::micros);
        self.console.line(&format!(
            "      {} of {} sessions, {:.1} queries a second answered, p99 {p99}, server {} cores",
            level.peak,
            level.sessions,
            level.achieved_per_s,
            level.server_cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{cpu:.2}"))
        ));
        let verdict = match level.verdict {
            LevelVerdict::Held => "held",
            LevelVerdict::Failed => "not held",
            LevelVerdict::Invalid => "nothing can be said",
        };
        let why = match level.reasons.as_slice() {
            [] => String::new(),
            reasons => format!(": {}", reasons.join("; ")),
        };
        self.console.line(&format!("      {verdict}{why} ({} s measured)", self.measured_s.round()));
    }
}

impl Runs<'_> {
    /// The scenario at a level, long enough for the bounds it is judged by.
    fn scenario(&self, asked: Load) -> anyhow::Result<Scenario> {
        let plain = scenarios::load(&self.levels.scenario, &self.levels.set)?;
        let mut scenario = scenarios::load(&self.levels.scenario, &level(&self.levels.set, &plain, asked))?;
        for threshold in &mut scenario.thresholds {
            // A level that fails is an answer, not an accident.
            threshold.abort = None;
        }
        match asked.queries_per_s {
            Some(wanted) => pace(&mut scenario, wanted),
            // Arrivals that come at the same rate whatever the number of sessions would make no level of it.
            None if rate(&scenario) == rate(&plain) && scenario.load.model == Model::Open => {
                let factor = asked.sessions as f64 / plain.sessions.count as f64;
                pace(&mut scenario, rate(&plain).unwrap_or_default() * factor);
            }
            None => {}
        }
        let duration = self.levels.duration.unwrap_or(scenario.sessions.duration);
        let per_s = rate(&scenario).unwrap_or(f64::INFINITY);
        let needed = answers_needed(&scenario, self.confidence) / per_s.max(1e-6);
        let longest = duration * LONGEST;
        let needed = Duration::try_from_secs_f64(needed).unwrap_or(longest);
        lengthen(&mut scenario, needed.clamp(duration, longest));
        Ok(scenario)
    }
}

/// The overrides that make `plain` the scenario of a level.
fn level(set: &[String], plain: &Scenario, asked: Load) -> Vec<String> {
    let mut set = set.to_vec();
    // A scenario that derives more than its sessions from their number is given that number.
    if plain.parameters.contains_key(SESSIONS) {
        set.push(format!("parameters.{SESSIONS}={}", asked.sessions));
    }
    set.push(format!("sessions.count={}", asked.sessions));
    if asked.fan_out > 1 {
        set.push(format!("sessions.watchers={}", asked.fan_out));
        // Its query socket, its watchers, and one that comes back before the server has noticed that it was gone.
        let sockets = asked.fan_out + 2;
        let limits = plain.server.get("limits");
        let allowed = limits.and_then(|limits| limits.get("max_connections_per_session"));
        let allowed = allowed.and_then(toml::Value::as_integer).and_then(|most| u64::try_from(most).ok());
        if allowed.is_none_or(|allowed| allowed < sockets) {
            set.push(format!("server.limits.max_connections_per_session={sockets}"));
        }
    }
    set
}

/// Answers that the strictest percentile among the thresholds needs.
fn answers_needed(scenario: &Scenario, confidence: f64) -> f64 {
    let shares = scenario.thresholds.iter().filter_map(|threshold| match &threshold.measure {
        Measure::Time { statistic: Statistic::P999, .. } => Some(0.999),
        Measure::Time { statistic: Statistic::P99, .. } => Some(0.99),
        Measure::Time { statistic: Statistic::P95, .. } => Some(0.95),
        _ => None,
    });
    let most = shares.map(|share| fewest_for_quantile(share, confidence)).max().unwrap_or(0);
    most as f64 * SPARE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_has_room_for_its_watchers() {
        let asked = Load { sessions: 20, queries_per_s: None, fan_out: 5 };
        let set = |name: &str| level(&[], &scenarios::load(name, &[]).unwrap(), asked);
        let smoke = set("smoke");
        assert!(smoke.contains(&"sessions.watchers=5".to_owned()), "{smoke:?}");
        assert!(smoke.contains(&"server.limits.max_connections_per_session=7".to_owned()), "{smoke:?}");
        assert!(set("fan-out").iter().all(|set| !set.contains("max_connections")), "it allows 60");
        assert!(set("capacity-1k").contains(&"parameters.sessions=20".to_owned()));
        let made = scenarios::load("smoke", &smoke).unwrap();
        assert_eq!((made.sessions.count, made.sessions.watchers), (20, 5));
    }

    #[test]
    fn the_strictest_percentile_says_how_many_answers_it_takes() {
        let gate = scenarios::load("gate", &[]).unwrap();
        assert!((answers_needed(&gate, 0.95) - 598.0).abs() < 1e-9);
    }
}
