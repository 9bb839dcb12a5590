//! What of a generic scenario types can't refuse.

use super::{Application, Arrivals, Model, Scenario, Unusable};
use crate::load::did_you_mean;
use crate::script::{Script, operations};
use crate::threshold::{Measure, OPERATIONS};

impl Scenario {
    /// A script that can't be played, one that nobody would play, and thresholds on what never happens.
    pub(super) fn validate_script(&self) -> Result<(), Unusable> {
        match self.application {
            Application::Tidegate => self.has_no_script()?,
            Application::Generic => self.can_be_played()?,
        }
        let own = operations(self);
        for (number, threshold) in self.thresholds.iter().enumerate() {
            let (Measure::Time { operation, .. }
            | Measure::Count(operation)
            | Measure::Throughput(operation)) = &threshold.measure
            else {
                continue;
            };
            if !own.contains(operation) && !OPERATIONS.contains(&operation.as_str()) {
                let known = own.iter().map(String::as_str).chain(OPERATIONS);
                let hint = did_you_mean(operation, known);
                let message = format!("unknown operation `{operation}`{hint}");
                return Err(unusable(&format!("thresholds.{number}"), &message));
            }
        }
        Ok(())
    }

    fn has_no_script(&self) -> Result<(), Unusable> {
        let parts = [
            ("connection", self.connections.is_empty()),
            ("data", self.data.is_empty()),
            ("begin", self.begin.is_empty()),
            ("step", self.steps.is_empty()),
            ("end", self.end.is_empty()),
        ];
        match parts.into_iter().find(|(_, is_empty)| !is_empty) {
            Some((part, _)) => Err(unusable(part, "nobody plays it without application = \"generic\"")),
            None => Ok(()),
        }
    }

    fn can_be_played(&self) -> Result<(), Unusable> {
        if self.steps.is_empty() {
            let message = "a generic scenario needs a [[step]], such as do = \"http\", path = \"/\"";
            return Err(unusable("application", message));
        }
        if self.load.model == Model::Open && self.load.arrivals == Arrivals::Trace {
            let message = "a trace has questions, which a generic session does not ask; choose another one";
            return Err(unusable("load.arrivals", message));
        }
        if let Some(message) = self.pace.think.unusable() {
            return Err(unusable("pace.think", &message));
        }
        if (self.pace.every + self.pace.think.mean()).is_zero() {
            return Err(unusable("pace.every", "every and think can't both be zero"));
        }
        if self.pace.every > super::DAY {
            return Err(unusable("pace.every", &format!("{:?} is longer than a day", self.pace.every)));
        }
        Script::check(self)
    }
}

fn unusable(key: &str, message: &str) -> Unusable {
    Unusable { key: key.to_owned(), message: message.to_owned() }
}
