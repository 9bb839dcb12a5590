//! A run made of its parts.

use reports::model::{DatabaseFigures, GeneratorVerdict, Header, LoadReport, Quantiles, ShardReport};
use scenarios::Scenario;

use super::Member;
use crate::drive::{Said, report};
use crate::measure::Operation;
use crate::options::{Ending, LoadOutcome};
use crate::shards::Takings;
use crate::verdict::{Joint, judge_instruments};

/// A run made of its parts, before a report is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The scenario.
    pub scenario: Scenario,
    /// Names of the targets.
    pub target: String,
    /// Everything that was measured.
    pub takings: Takings,
    /// All histogram logs as one.
    pub hdr_log: Vec<u8>,
    /// How it ended, by the part that ended worst.
    pub ending: Ending,
    /// The parts.
    pub shards: Vec<ShardReport>,
    /// What makes the whole invalid.
    pub reasons: Vec<String>,
}

impl Merged {
    /// Makes the report, judged once by the thresholds of the scenario.
    pub fn outcome(self, header: Header, database: DatabaseFigures) -> LoadOutcome {
        let said = Said { header, database, target: self.target };
        let mut report: LoadReport = report(&self.scenario, said, self.takings);
        report.shards = self.shards;
        if !self.reasons.is_empty() {
            report.generator.verdict = GeneratorVerdict::Limit;
            // What is missing or was late explains the rest.
            report.generator.reasons.splice(0..0, self.reasons);
        }
        LoadOutcome { report, hdr_log: self.hdr_log, ending: self.ending }
    }
}

/// The takings of a member, its processes with its name where there are several members.
pub(super) fn named(member: Member, several: bool) -> Takings {
    let mut takings = member.record.takings;
    for instrument in &mut takings.instruments {
        if several {
            instrument.name = match instrument.name.is_empty() {
                true => member.name.clone(),
                false => format!("{}, {}", member.name, instrument.name),
            };
        }
    }
    takings
}

pub(super) fn targets(members: &[Member]) -> String {
    let mut names: Vec<&str> = members.iter().map(|member| member.record.target.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

pub(super) fn shard(member: &Member) -> ShardReport {
    let record = &member.record;
    let takings = &record.takings;
    let lag = takings.judged.get(Operation::SendLag.name());
    let send_lag = lag.map(|tally| Quantiles::of(&tally.service)).unwrap_or_default();
    let joint = Joint { send_lag, contradictions: Vec::new() };
    let figures = judge_instruments(&takings.instruments, joint, &record.scenario.generator);
    let first = takings.instruments.first();
    ShardReport {
        name: member.name.clone(),
        machine: first.map(|instrument| instrument.machine.clone()),
        target: first.map(|instrument| instrument.target.clone()).unwrap_or_default(),
        sessions: takings.sessions,
        sent: takings.messages.sent,
        received: takings.messages.received,
        planned_at: Some(record.planned_at),
        late_us: Some(record.late_us),
        clock_offset_us: record.clock.map(|clock| clock.offset_us),
        clock_bound_us: record.clock.map(|clock| clock.bound_us),
        send_lag_p99_us: (send_lag.count > 0).then_some(send_lag.p99),
        cpu_cores: figures.cpu_cores,
        lost: None,
    }
}

/// The run ended as the part that ended worst.
pub(super) fn ending(members: &[Member]) -> Ending {
    let lost = members.iter().find_map(|member| match &member.record.ending {
        Ending::TargetLost { after, cause } => Some(Ending::TargetLost {
            after: *after,
            cause: if members.len() > 1 { format!("{}: {cause}", member.name) } else { cause.clone() },
        }),
        Ending::Completed | Ending::Stopped => None,
    });
    let stopped = || members.iter().any(|member| member.record.ending == Ending::Stopped);
    lost.unwrap_or_else(|| if stopped() { Ending::Stopped } else { Ending::Completed })
}
