//! What types can't refuse.

use std::time::Duration;

use super::{Scenario, Span};

/// A value that is well-formed but can't be used: dotted key and what is wrong with it.
pub(crate) struct Unusable {
    pub(crate) key: &'static str,
    pub(crate) message: String,
}

impl Scenario {
    /// Refuses values that can't work.
    pub(crate) fn validate(&self) -> Result<(), Unusable> {
        if self.sessions.count == 0 {
            return Err(unusable("sessions.count", "must be at least 1"));
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
        ] {
            if value.is_zero() {
                return Err(unusable(key, "must be longer than zero"));
            }
        }
        longest(self)?;
        span("questions.think", self.questions.think)?;
        span("reconnect.outage", self.reconnect.outage)?;
        for (key, value) in [
            ("questions.stream_share", self.questions.stream_share),
            ("reconnect.share", self.reconnect.share),
            ("generator.cpu_share", self.generator.cpu_share),
            ("generator.little_residual", self.generator.little_residual),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(unusable(key, &format!("{value} is not between 0 and 1")));
            }
        }
        if (self.questions.answer_budget + self.questions.think.min).is_zero() {
            return Err(unusable("questions.answer_budget", "budget and think time can't both be zero"));
        }
        Ok(())
    }
}

/// No phase longer than a day: beyond that a typing mistake is likelier than the wish.
fn longest(scenario: &Scenario) -> Result<(), Unusable> {
    const DAY: Duration = Duration::from_secs(86_400);
    let sessions = &scenario.sessions;
    for (key, value) in [
        ("sessions.ramp", sessions.ramp),
        ("sessions.settle", sessions.settle),
        ("sessions.duration", sessions.duration),
        ("sessions.drain", sessions.drain),
        ("heartbeat.interval", scenario.heartbeat.interval),
        ("heartbeat.timeout", scenario.heartbeat.timeout),
        ("questions.answer_budget", scenario.questions.answer_budget),
        ("questions.think.max", scenario.questions.think.max),
        ("questions.timeout", scenario.questions.timeout),
        ("reconnect.outage.max", scenario.reconnect.outage.max),
        ("patience.connect", scenario.patience.connect),
        ("patience.request", scenario.patience.request),
        ("patience.close", scenario.patience.close),
        ("patience.target_gone", scenario.patience.target_gone),
    ] {
        if value > DAY {
            return Err(unusable(key, &format!("{value:?} is longer than a day")));
        }
    }
    Ok(())
}

fn span(key: &'static str, span: Span) -> Result<(), Unusable> {
    if span.min > span.max {
        return Err(unusable(key, &format!("min {:?} is longer than max {:?}", span.min, span.max)));
    }
    Ok(())
}

fn unusable(key: &'static str, message: &str) -> Unusable {
    Unusable { key, message: message.to_owned() }
}
