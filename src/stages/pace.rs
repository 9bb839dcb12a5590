//! How many questions a second the schedule of a scenario asks for, and how it is made to ask for another number.

use std::time::Duration;

use scenarios::{Arrivals, Model, Scenario, Span, ThinkTime};

/// Questions a second that the schedule asks for, of all sessions together and on average over the measured phase;
/// `None` for a trace, which has its own times.
pub(crate) fn rate(scenario: &Scenario) -> Option<f64> {
    if scenario.load.model == Model::Closed {
        return Some(scenario.sessions.count as f64 / cycle(scenario).max(1e-6));
    }
    let load = &scenario.load;
    match load.arrivals {
        Arrivals::Trace => None,
        Arrivals::Ramp => Some(f64::midpoint(load.rate, load.to)),
        Arrivals::Steps => Some(stepped(scenario)),
        Arrivals::Poisson if !load.steps.is_empty() => Some(stepped(scenario)),
        Arrivals::Constant | Arrivals::Poisson => Some(load.rate),
    }
}

/// Mean rate of the steps; the last one goes on.
fn stepped(scenario: &Scenario) -> f64 {
    let whole = scenario.sessions.duration.as_secs_f64();
    let (mut left, mut arrivals, mut last) = (whole, 0.0, 0.0);
    for step in &scenario.load.steps {
        let length = step.length.as_secs_f64().min(left);
        arrivals += length * step.rate;
        left -= length;
        last = step.rate;
    }
    if whole > 0.0 { (arrivals + left * last) / whole } else { last }
}

/// Seconds from one question of a session to its next, in the closed model.
fn cycle(scenario: &Scenario) -> f64 {
    (scenario.questions.answer_budget + scenario.questions.think.mean()).as_secs_f64()
}

/// Makes all sessions together ask `wanted` questions a second: in the closed model each session's cycle is stretched
/// or shortened, in the open one every rate is scaled. A trace stays as it was recorded.
pub(crate) fn pace(scenario: &mut Scenario, wanted: f64) {
    let Some(rate) = rate(scenario) else { return };
    match scenario.load.model {
        Model::Closed => stretch_cycle(scenario, rate / wanted.max(1e-6)),
        Model::Open => {
            let factor = wanted / rate.max(1e-9);
            scenario.load.rate *= factor;
            scenario.load.to *= factor;
            for step in &mut scenario.load.steps {
                step.rate *= factor;
            }
        }
    }
}

/// Makes the measured phase as long as said; steps keep their shares of it.
pub(crate) fn lengthen(scenario: &mut Scenario, duration: Duration) {
    let factor = duration.as_secs_f64() / scenario.sessions.duration.as_secs_f64().max(1e-6);
    for step in &mut scenario.load.steps {
        step.length = scaled(step.length, factor);
    }
    scenario.sessions.duration = duration;
}

fn stretch_cycle(scenario: &mut Scenario, factor: f64) {
    let by = |duration: Duration| scaled(duration, factor);
    let questions = &mut scenario.questions;
    questions.answer_budget = by(questions.answer_budget);
    questions.think = match questions.think {
        ThinkTime::Constant(value) => ThinkTime::Constant(by(value)),
        ThinkTime::Uniform(span) => ThinkTime::Uniform(Span { min: by(span.min), max: by(span.max) }),
        ThinkTime::Exponential { mean, max } => ThinkTime::Exponential { mean: by(mean), max: max.map(by) },
        ThinkTime::LogNormal { median, p95, max } => {
            ThinkTime::LogNormal { median: by(median), p95: by(p95), max: max.map(by) }
        }
    };
}

fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-6)
    }

    fn open(set: &[&str]) -> Scenario {
        let mut all = vec!["load.model=open".to_owned(), "sessions.duration=60s".to_owned()];
        all.extend(set.iter().map(|text| (*text).to_owned()));
        scenarios::load("gate", &all).unwrap()
    }

    #[test]
    fn the_closed_model_asks_faster_in_shorter_cycles() {
        let mut gate = scenarios::load("gate", &[]).unwrap();
        assert!(near(rate(&gate), 1_000.0 / 5.5), "a budget of 3.5 s and 1 to 3 s of thought");
        pace(&mut gate, 50.0);
        assert!(near(rate(&gate), 50.0));
    }

    #[test]
    fn every_rate_of_the_open_model_is_scaled() {
        let steps = "load.steps=[{ rate = 10, for = \"20s\" }, { rate = 40, for = \"10s\" }, { rate = 5, for = \"1s\" }]";
        for (set, before) in [
            (vec!["load.rate=20"], 20.0),
            (vec!["load.rate=20", "load.arrivals=poisson"], 20.0),
            (vec!["load.rate=20", "load.to=60", "load.arrivals=ramp"], 40.0),
            (vec!["load.arrivals=steps", steps], (200.0 + 400.0 + 30.0 * 5.0) / 60.0),
        ] {
            let mut scenario = open(&set);
            assert!(near(rate(&scenario), before), "{set:?}: {:?}", rate(&scenario));
            pace(&mut scenario, 7.0);
            assert!(near(rate(&scenario), 7.0), "{set:?}: {:?}", rate(&scenario));
            lengthen(&mut scenario, Duration::from_secs(240));
            assert!(near(rate(&scenario), 7.0), "{set:?}: the steps grow along");
        }
        let mut trace = open(&["load.arrivals=trace", "load.trace=t.csv"]);
        pace(&mut trace, 7.0);
        assert_eq!(rate(&trace), None);
    }
}
