//! A target that goes away: which check it went away in, and whether it can be had again.
//!
//! What ran at that time proves nothing, so it is run again alone, one check after another, on a target that was started
//! again. The check after which it is gone again is the one that fails.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use reports::model::CheckResult;
use tokio::time::Instant;

use crate::Error;
use crate::checks::{Check, ReasonCode, Step, Stop, Violation};
use crate::target::{Target, Tier, is_alive};

use super::attempt::{Attempt, attempt_at};
use super::execution::Execution;

/// A target that dies more often is not started again.
const MOST_RESTARTS: usize = 24;
/// What ended so long before a loss was noticed may have caused it: a program needs a moment to end.
const LATELY: Duration = Duration::from_secs(1);

/// Which target: the usual one, or the variant of that name.
pub(super) type Name = Option<&'static str>;

/// Targets that went away during a run.
#[derive(Debug, Default)]
pub(super) struct Departures {
    /// Those that are not back, and how they went away.
    gone: BTreeMap<Name, String>,
    /// That one went away, when no check does it alone.
    unexplained: Option<String>,
    restarts: usize,
    /// Checks that were concluded of late, and when.
    lately: VecDeque<(usize, Instant)>,
}

impl Departures {
    /// How the target called `name` went away, if it is not back.
    pub(super) fn of(&self, name: Name) -> Option<&str> {
        self.gone.get(&name).map(String::as_str)
    }

    /// How the first of them went away.
    pub(super) fn first(&self) -> Option<String> {
        self.gone.values().next().cloned().or_else(|| self.unexplained.clone())
    }

    /// The check at `at` has been concluded.
    pub(super) fn concluded(&mut self, at: usize) {
        let now = Instant::now();
        while self.lately.front().is_some_and(|(_, when)| now.duration_since(*when) > LATELY) {
            self.lately.pop_front();
        }
        self.lately.push_back((at, now));
    }
}

/// Checks that ran when their target went away, and what they said.
pub(super) type Suspects = Vec<(usize, Attempt)>;

impl Execution<'_> {
    /// Which target `check` is for.
    pub(super) fn name_of(check: &Check) -> Name {
        check.variant.filter(|_| !check.own_process)
    }

    /// True when the target of `check`, or the tier of it that it asks, takes no connection any more.
    pub(super) async fn is_lost(near: Target, check: &Check, attempt: &Attempt) -> bool {
        if check.own_process || !attempt.may_have_lost_target() {
            return false;
        }
        let tier = match check.tier() {
            Tier::Backend => None,
            Tier::Mcp => near.mcp_server(),
            Tier::Agents => near.agents.keys().next().and_then(|name| near.agent(name)),
        };
        let tier_is_alive = match &tier {
            Some(tier) => is_alive(tier).await,
            None => true,
        };
        !(tier_is_alive && is_alive(&near).await)
    }

    /// Finds out in which of `suspects` their target went away, and goes on with a new one where there is a way.
    pub(super) async fn explain(
        &mut self,
        suspects: Suspects,
        results: &mut [Option<CheckResult>],
    ) -> Result<(), Error> {
        let mut by_name: BTreeMap<Name, Suspects> = BTreeMap::new();
        for suspect in suspects {
            by_name.entry(Self::name_of(&self.checks[suspect.0])).or_default().push(suspect);
        }
        for (name, suspects) in by_name {
            if self.revive(name).await {
                self.retry_alone(name, suspects, results).await?;
            } else {
                self.lose(name, suspects, results)?;
            }
        }
        Ok(())
    }

    /// Starts the target called `name` again. Where that can't be done it is gone.
    pub(super) async fn revive(&mut self, name: Name) -> bool {
        let target = self.near.named(name).unwrap_or(self.near.main());
        let mut why = format!("target {} at {} takes no connection any more", target.name, target.address());
        if self.departures.restarts == MOST_RESTARTS {
            why.push_str(&format!(", after it was started again {MOST_RESTARTS} times"));
        } else {
            self.departures.restarts += 1;
            match self.near.revive(name).await {
                Ok(()) => return true,
                Err(Error::Unreachable { .. }) => {}
                Err(error) => why.push_str(&format!("; {error}")),
            }
        }
        self.departures.gone.insert(name, why);
        false
    }

    /// Runs `suspects` alone, one after another.
    async fn retry_alone(
        &mut self,
        name: Name,
        suspects: Suspects,
        results: &mut [Option<CheckResult>],
    ) -> Result<(), Error> {
        let count = suspects.len();
        let running: VecDeque<usize> = suspects.iter().map(|(at, _)| *at).collect();
        let before: VecDeque<usize> = std::mem::take(&mut self.departures.lately)
            .into_iter()
            .map(|(at, _)| at)
            .filter(|at| Self::name_of(&self.checks[*at]) == name && !self.checks[*at].own_process)
            .collect();
        if self.find(name, running, results).await? || self.find(name, before, results).await? {
            return Ok(());
        }
        if let [(at, attempt)] = suspects.as_slice()
            && !matches!(attempt.outcome, Err(Stop::Harness(_)))
        {
            self.doubtful.retain(|(other, _)| other != at);
            results[*at] = Some(self.blame(&self.checks[*at], attempt, true)?);
            return Ok(());
        }
        let target = &self.near.named(name).unwrap_or(self.near.main()).name;
        let why = format!("target {target} went away while {count} checks ran, and in none of them alone");
        self.departures.unexplained.get_or_insert(why);
        Ok(())
    }

    /// Runs the checks at `waiting` alone; true when the target went away in one of them.
    async fn find(
        &mut self,
        name: Name,
        mut waiting: VecDeque<usize>,
        results: &mut [Option<CheckResult>],
    ) -> Result<bool, Error> {
        let (mut found, mut before) = (false, None);
        while let Some(at) = waiting.pop_front() {
            if let Some(why) = self.departures.of(name).map(str::to_owned) {
                if results[at].is_none() {
                    results[at] = Some(self.conclude_without(&self.checks[at], why)?);
                }
                continue;
            }
            let check = &self.checks[at];
            let (attempt, lost) = self.alone(check).await;
            if !lost {
                // What was found before stays: only how the target fares is asked here.
                if results[at].is_none() && attempt.is_doubtful() {
                    self.doubtful.push((at, attempt));
                } else if results[at].is_none() {
                    let said = &attempt.outcome;
                    results[at] =
                        Some(self.conclude(check, said, attempt.duration, Some(&attempt.transcript))?);
                }
                before = Some(at);
                continue;
            }
            let said_nothing = matches!(attempt.outcome, Err(Stop::Harness(_)));
            match before.take() {
                // It could not even connect: the one before did it.
                Some(earlier) if said_nothing => {
                    results[earlier] = Some(self.blame(&self.checks[earlier], &attempt, false)?);
                    waiting.push_front(at);
                }
                _ => results[at] = Some(self.blame(&self.checks[at], &attempt, true)?),
            }
            found = true;
            self.revive(name).await;
        }
        Ok(found)
    }

    /// Runs `check` once, and tells whether its target is gone then.
    pub(super) async fn alone(&self, check: &Check) -> (Attempt, bool) {
        let target = self.targets.of(check).unwrap_or(self.judge.target);
        let near = self.near.of(check).unwrap_or(self.judge.target).clone();
        let processes = self.targets.processes(check).unwrap_or_default();
        let attempt =
            attempt_at(check, target, processes.as_deref(), self.pace, &self.options.choices()).await;
        let lost = Self::is_lost(near, check, &attempt).await;
        (attempt, lost)
    }

    /// The target went away in `check`; what the check said of `attempt` is told if it is its `own`.
    pub(super) fn blame(&self, check: &Check, attempt: &Attempt, own: bool) -> Result<CheckResult, Error> {
        let said = match &attempt.outcome {
            Err(Stop::Violation(violation)) if own => {
                format!("; the check saw: expected {}, got {}", violation.expected, violation.actual)
            }
            _ => String::new(),
        };
        let outcome: Step = Err(Violation::new(
            ReasonCode::Gone,
            "a target that takes connections when the check is over",
            format!("a target that takes none any more{said}"),
        )
        .into());
        self.conclude(check, &outcome, attempt.duration, Some(&attempt.transcript).filter(|_| own))
    }

    /// The target called `name` is gone for good. One check that ran alone is the cause; of several, what none of
    /// them can have from its end is kept.
    fn lose(&self, name: Name, suspects: Suspects, results: &mut [Option<CheckResult>]) -> Result<(), Error> {
        let why = self.departures.of(name).unwrap_or_default().to_owned();
        let count = suspects.len();
        for (at, attempt) in suspects {
            let check = &self.checks[at];
            let result = match &attempt.outcome {
                Err(Stop::Harness(_)) => self.conclude_without(check, why.clone())?,
                _ if count == 1 => self.blame(check, &attempt, true)?,
                Err(Stop::Violation(violation)) if !may_be_of_an_end(violation.code) => {
                    self.conclude(check, &attempt.outcome, attempt.duration, Some(&attempt.transcript))?
                }
                _ => {
                    let why =
                        format!("{why}; it ran as one of {count}: --jobs 1 tells in which it goes away");
                    self.conclude_without(check, why)?
                }
            };
            results[at] = Some(result);
        }
        Ok(())
    }

    fn conclude_without(&self, check: &Check, why: String) -> Result<CheckResult, Error> {
        self.conclude(check, &Err(Stop::Harness(why)), Duration::ZERO, None)
    }
}

/// True for what is also seen of a target that only went away.
fn may_be_of_an_end(code: ReasonCode) -> bool {
    match code {
        ReasonCode::Late
        | ReasonCode::Missing
        | ReasonCode::Lost
        | ReasonCode::Closed
        | ReasonCode::Refused
        | ReasonCode::WrongStatus
        | ReasonCode::WrongCloseCode
        | ReasonCode::Malformed
        | ReasonCode::Hung
        | ReasonCode::Gone => true,
        ReasonCode::Unexpected
        | ReasonCode::WrongValue
        | ReasonCode::WrongType
        | ReasonCode::WrongOrder
        | ReasonCode::WrongCloseReason
        | ReasonCode::Duplicate
        | ReasonCode::Leak
        | ReasonCode::NotClosed
        | ReasonCode::Accepted
        | ReasonCode::Early => false,
    }
}
