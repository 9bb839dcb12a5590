//! What types can't refuse.

use std::time::Duration;

use super::{Application, Arrivals, DatabaseKind, Deed, Model, Scenario, Span};

/// Longest time that is believed.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Most sessions that are believed.
const MOST_SESSIONS: u64 = 10_000_000;

/// Agents of the questions a scenario asks.
const AGENTS: [&str; 3] = ["nlp", "data", "viz"];

/// A value that is well-formed but can't be used: dotted key and what is wrong with it.
pub(crate) struct Unusable {
    pub(crate) key: String,
    pub(crate) message: String,
}

impl Scenario {
    /// Refuses values that can't work.
    pub(crate) fn validate(&self) -> Result<(), Unusable> {
        if self.sessions.count == 0 {
            return Err(unusable("sessions.count", "must be at least 1"));
        }
        if self.sessions.count > MOST_SESSIONS {
            let message = format!("{} is more than {MOST_SESSIONS}", self.sessions.count);
            return Err(unusable("sessions.count", &message));
        }
        if self.name.trim().is_empty() {
            return Err(unusable("name", "must not be empty"));
        }
        for (key, value) in [
            ("sessions.duration", self.sessions.duration),
            ("heartbeat.interval", self.heartbeat.interval),
            ("heartbeat.timeout", self.heartbeat.timeout),
            ("questions.timeout", self.questions.timeout),
            ("patience.connect", self.patience.connect),
            ("patience.request", self.patience.request),
            ("patience.close", self.patience.close),
            ("patience.target_gone", self.patience.target_gone),
            ("slow_readers.pause", self.slow_readers.pause),
        ] {
            if value.is_zero() {
                return Err(unusable(key, "must be longer than zero"));
            }
        }
        longest(self)?;
        if let Some(message) = self.questions.think.unusable() {
            return Err(unusable("questions.think", &message));
        }
        weights(self)?;
        actions(self)?;
        self.validate_load()?;
        self.validate_script()?;
        span("reconnect.outage", self.reconnect.outage)?;
        for (key, value) in [
            ("questions.stream_share", self.questions.stream_share),
            ("reconnect.share", self.reconnect.share),
            ("slow_readers.share", self.slow_readers.share),
            ("slow_readers.deaf", self.slow_readers.deaf),
            ("generator.cpu_share", self.generator.cpu_share),
            ("generator.little_residual", self.generator.little_residual),
            ("generator.files_share", self.generator.files_share),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(unusable(key, &format!("{value} is not between 0 and 1")));
            }
        }
        if (self.questions.answer_budget + self.questions.think.mean()).is_zero() {
            return Err(unusable("questions.answer_budget", "budget and think time can't both be zero"));
        }
        Ok(())
    }
}

impl Scenario {
    /// Sessions and arrivals that can't be played.
    fn validate_load(&self) -> Result<(), Unusable> {
        /// More than one process can send; beyond it a typing mistake is likelier than the wish.
        const MOST: f64 = 10_000_000.0;
        if self.sessions.cohort == 0 {
            return Err(unusable("sessions.cohort", "must be at least 1"));
        }
        if self.heartbeat.bytes > 60_000 {
            return Err(unusable("heartbeat.bytes", "a message may have 64 KiB: 60000 at most"));
        }
        let load = &self.load;
        let steps = load.steps.iter().map(|step| ("load.steps", step.rate));
        for (key, rate) in [("load.rate", load.rate), ("load.to", load.to)].into_iter().chain(steps) {
            if !(0.0..=MOST).contains(&rate) {
                return Err(unusable(key, &format!("{rate} is not between 0 and {MOST} a second")));
            }
        }
        if load.model == Model::Closed {
            return Ok(());
        }
        let stepped = load.steps.iter().any(|step| step.rate > 0.0 && !step.length.is_zero());
        match load.arrivals {
            Arrivals::Trace if load.trace.is_none() => {
                Err(unusable("load.trace", "arrivals = \"trace\" needs the file of a trace"))
            }
            Arrivals::Steps if !stepped => Err(unusable(
                "load.steps",
                "arrivals = \"steps\" needs a step with a rate, such as { rate = 10, for = \"30s\" }",
            )),
            Arrivals::Ramp if load.rate.max(load.to) <= 0.0 => {
                Err(unusable("load.to", "must be more than zero"))
            }
            Arrivals::Constant if load.rate <= 0.0 => Err(unusable("load.rate", "must be more than zero")),
            Arrivals::Poisson if load.rate <= 0.0 && !stepped => {
                Err(unusable("load.rate", "must be more than zero"))
            }
            _ if self.application == Application::Tidegate
                && !self.questions.enabled
                && !self.heartbeat.enabled =>
            {
                Err(unusable("load.model", "nothing can arrive: questions and heartbeats are both off"))
            }
            _ => Ok(()),
        }
    }
}

/// No phase longer than a day: beyond that a typing mistake is likelier than the wish.
fn longest(scenario: &Scenario) -> Result<(), Unusable> {
    let sessions = &scenario.sessions;
    for (key, value) in [
        ("sessions.ramp", sessions.ramp),
        ("sessions.settle", sessions.settle),
        ("sessions.duration", sessions.duration),
        ("sessions.drain", sessions.drain),
        ("heartbeat.interval", scenario.heartbeat.interval),
        ("heartbeat.timeout", scenario.heartbeat.timeout),
        ("questions.answer_budget", scenario.questions.answer_budget),
        ("questions.timeout", scenario.questions.timeout),
        ("reconnect.outage.max", scenario.reconnect.outage.max),
        ("patience.connect", scenario.patience.connect),
        ("patience.request", scenario.patience.request),
        ("patience.close", scenario.patience.close),
        ("patience.target_gone", scenario.patience.target_gone),
        ("slow_readers.pause", scenario.slow_readers.pause),
    ] {
        if value > DAY {
            return Err(unusable(key, &format!("{value:?} is longer than a day")));
        }
    }
    Ok(())
}

fn weights(scenario: &Scenario) -> Result<(), Unusable> {
    let strange =
        scenario.questions.weights.iter().find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0));
    strange.map_or(Ok(()), |(id, weight)| {
        Err(unusable(&format!("questions.weights.{id}"), &format!("{weight} is not a number from 0")))
    })
}

fn actions(scenario: &Scenario) -> Result<(), Unusable> {
    for (number, action) in scenario.actions.iter().enumerate() {
        let refuse = |key: &str, message: &str| unusable(&format!("action.{number}.{key}"), message);
        if action.at >= scenario.sessions.duration {
            let message = format!(
                "{:?} is not inside the measured phase of {:?}",
                action.at, scenario.sessions.duration
            );
            return Err(refuse("at", &message));
        }
        if action.lasting > DAY {
            return Err(refuse("for", &format!("{:?} is longer than a day", action.lasting)));
        }
        match (action.deed, &action.agent) {
            (Deed::StopAgent, None) => {
                return Err(refuse("do", "`stop-agent` needs to know which: agent = \"data\""));
            }
            (Deed::StopAgent, Some(agent)) if !AGENTS.contains(&agent.as_str()) => {
                let hint = crate::load::did_you_mean(agent, AGENTS.into_iter());
                return Err(refuse("agent", &format!("no agent {agent:?}{hint}; there are nlp, data, viz")));
            }
            (deed, Some(_)) if deed != Deed::StopAgent => {
                return Err(refuse("agent", &format!("`{}` is done to no agent", deed.name())));
            }
            (Deed::StopDatabase, None) if scenario.database.kind == DatabaseKind::Embedded => {
                let message = "the embedded database can't be stopped; say [database] kind = \"tidb\"";
                return Err(refuse("do", message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn span(key: &str, span: Span) -> Result<(), Unusable> {
    if span.min > span.max {
        return Err(unusable(key, &format!("min {:?} is longer than max {:?}", span.min, span.max)));
    }
    Ok(())
}

fn unusable(key: &str, message: &str) -> Unusable {
    Unusable { key: key.to_owned(), message: message.to_owned() }
}
