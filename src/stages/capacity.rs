//! The capacity stage: levels of load against a target, one whole load run each.

use std::sync::Arc;
use std::time::Duration;

use loadgen::plan::{Circumstances, Load, Observed, PlanError, PlanSettings, Purpose, Trial, observe};
use loadgen::resources::open_file_limit;
use loadgen::statistics::fewest_for_quantile;
use reference_server::config::Source;
use reports::model::LoadReport;
use scenarios::threshold::{Measure, Statistic};
use scenarios::{Scenario, Span, ThinkTime};

use super::Findings;
use super::load::{Foreign, LoadPlan, load};
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::live::Views;
use crate::run::Run;

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
    let mut trial = Runs { levels, confidence, run, console, interrupts };
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
}

impl Trial for Runs<'_> {
    async fn run(&mut self, asked: Load, purpose: Purpose) -> Result<Observed, PlanError> {
        let failed = |message: String| PlanError::Trial { sessions: asked.sessions, message };
        let scenario = self.scenario(asked).map_err(|error| failed(format!("{error:#}")))?;
        let target_per_s = rate(&scenario);
        self.console.step(&format!(
            "{} {} sessions, {:.1} queries a second, {:.0} s",
            purpose.name(),
            asked.sessions,
            target_per_s,
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
            target_per_s: Some(target_per_s),
            confidence: self.confidence,
        };
        let mut observed = observe(asked, &report, &thresholds, &circumstances);
        // A target that does not survive a level does not hold it; what the report says of it is the ruins.
        if let Some(trouble) = findings.trouble.first() {
            observed.invalid = None;
            observed.lost = Some(trouble.text.clone());
        }
        self.tell(&observed, &report);
        Ok(observed)
    }
}

impl Runs<'_> {
    /// The scenario at a level, long enough for the bounds it is judged by.
    fn scenario(&self, asked: Load) -> anyhow::Result<Scenario> {
        let mut set = self.levels.set.clone();
        // A scenario that derives more than its sessions from their number is given that number.
        let plain = scenarios::load(&self.levels.scenario, &set)?;
        if plain.parameters.contains_key(SESSIONS) {
            set.push(format!("parameters.{SESSIONS}={}", asked.sessions));
        }
        set.push(format!("sessions.count={}", asked.sessions));
        if asked.fan_out > 1 {
            set.push(format!("sessions.watchers={}", asked.fan_out));
        }
        let mut scenario = scenarios::load(&self.levels.scenario, &set)?;
        for threshold in &mut scenario.thresholds {
            // A level that fails is an answer, not an accident.
            threshold.abort = None;
        }
        if let Some(rate) = asked.queries_per_s {
            pace(&mut scenario, rate);
        }
        let duration = self.levels.duration.unwrap_or(scenario.sessions.duration);
        let needed = answers_needed(&scenario, self.confidence) / rate(&scenario).max(1e-6);
        let longest = duration * LONGEST;
        scenario.sessions.duration =
            Duration::try_from_secs_f64(needed).unwrap_or(longest).clamp(duration, longest);
        Ok(scenario)
    }

    fn tell(&self, observed: &Observed, report: &LoadReport) {
        let p99 = observed.p99_us.map_or_else(|| "unknown".to_owned(), reports::wording::micros);
        self.console.line(&format!(
            "      {} of {} sessions, {:.1} queries a second answered, p99 {p99}, server {} cores",
            observed.peak,
            observed.sessions,
            observed.achieved_per_s,
            observed.server_cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{cpu:.2}"))
        ));
        if let Some(why) = &observed.invalid {
            self.console.line(&format!("      {why} ({} s measured)", report.duration_s.round()));
        }
    }
}

/// Questions a second that the schedule of all sessions asks for.
fn rate(scenario: &Scenario) -> f64 {
    scenario.sessions.count as f64 / cycle(scenario).max(1e-6)
}

/// Seconds from one question of a session to its next.
fn cycle(scenario: &Scenario) -> f64 {
    (scenario.questions.answer_budget + scenario.questions.think.mean()).as_secs_f64()
}

/// Stretches or shortens the cycle so that all sessions together ask `rate` questions a second.
fn pace(scenario: &mut Scenario, rate: f64) {
    let factor = scenario.sessions.count as f64 / rate.max(1e-6) / cycle(scenario).max(1e-6);
    let scaled = |duration: Duration| {
        Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
    };
    let questions = &mut scenario.questions;
    questions.answer_budget = scaled(questions.answer_budget);
    questions.think = match questions.think {
        ThinkTime::Constant(value) => ThinkTime::Constant(scaled(value)),
        ThinkTime::Uniform(span) => ThinkTime::Uniform(Span { min: scaled(span.min), max: scaled(span.max) }),
        ThinkTime::Exponential { mean, max } => {
            ThinkTime::Exponential { mean: scaled(mean), max: max.map(scaled) }
        }
        ThinkTime::LogNormal { median, p95, max } => {
            ThinkTime::LogNormal { median: scaled(median), p95: scaled(p95), max: max.map(scaled) }
        }
    };
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
    fn the_schedule_has_a_rate_and_can_be_given_another() {
        let mut gate = scenarios::load("gate", &[]).unwrap();
        assert!((rate(&gate) - 1_000.0 / 5.5).abs() < 1e-9, "a budget of 3.5 s and 1 to 3 s of thought");
        pace(&mut gate, 50.0);
        assert!((rate(&gate) - 50.0).abs() < 1e-6);
        assert!((answers_needed(&gate, 0.95) - 598.0).abs() < 1e-9);
    }
}
