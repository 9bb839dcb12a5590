//! All parts of a run: checked to belong together, and made one.

use std::time::{Duration, SystemTime};

use reports::model::{
    DatabaseFigures, GeneratorVerdict, Header, LoadReport, Quantiles, SessionCounts, ShardReport,
};
use scenarios::Scenario;

use super::{ClockOffset, ShardError, ShardRecord, Share, Takings, log};
use crate::drive::{Said, report};
use crate::measure::Operation;
use crate::options::{Ending, LoadOutcome};
use crate::verdict::{Joint, judge_instruments};

/// Beginning later than this after the others, or on clocks that far apart, is no common start: the load was not the
/// one that was asked for.
const START_LIMIT: Duration = Duration::from_secs(1);

/// One part, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Folder or address.
    pub origin: String,
    /// What is called in reports, such as `worker 2 of 4`.
    pub name: String,
    /// The part.
    pub record: ShardRecord,
    /// Its `load.hdr`.
    pub hdr_log: Vec<u8>,
}

/// A part whose results are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Which.
    pub share: Share,
    /// What it is called in reports.
    pub name: String,
    /// What became of it, in words that go on after its name.
    pub fate: String,
}

/// The parts of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    members: Vec<Member>,
    lost: Vec<Lost>,
}

impl Family {
    /// Takes `members` for parts of one run.
    ///
    /// # Errors
    /// There are none, two are the same part, or they are not of one run.
    pub fn of(mut members: Vec<Member>) -> Result<Self, ShardError> {
        members.sort_by_key(|member| member.record.share.index());
        let first = members.first().ok_or(ShardError::Nothing)?;
        for member in &members[1..] {
            same(first, member)?;
        }
        for pair in members.windows(2) {
            if pair[0].record.share == pair[1].record.share {
                return Err(ShardError::Twice {
                    share: pair[0].record.share,
                    first: pair[0].origin.clone(),
                    second: pair[1].origin.clone(),
                });
            }
        }
        Ok(Self { members, lost: Vec::new() })
    }

    /// Says what became of parts that are not there.
    #[must_use]
    pub fn without(mut self, lost: Vec<Lost>) -> Self {
        self.lost.extend(lost);
        self
    }

    /// Demands that every part is there, or gives up those that are not when `allow_missing`.
    ///
    /// # Errors
    /// Parts are missing.
    pub fn complete(mut self, allow_missing: bool) -> Result<Self, ShardError> {
        let of = self.members[0].record.share.of();
        let there = |share: Share| self.members.iter().any(|member| member.record.share == share);
        let told = |share: Share| self.lost.iter().any(|lost| lost.share == share);
        let missing: Vec<Share> = (0..of)
            .filter_map(|index| Share::new(index, of))
            .filter(|share| !there(*share) && !told(*share))
            .collect();
        if !missing.is_empty() && !allow_missing {
            let names: Vec<String> = missing.iter().take(8).map(ToString::to_string).collect();
            let more = if missing.len() > names.len() { " …" } else { "" };
            let names = format!("{}{more}", names.join(", "));
            return Err(ShardError::Missing { missing: missing.len(), of, names });
        }
        self.lost.extend(missing.into_iter().map(|share| Lost {
            share,
            name: format!("shard {share}"),
            fate: "is missing".to_owned(),
        }));
        Ok(self)
    }

    /// The scenario of the run.
    pub fn scenario(&self) -> &Scenario {
        &self.members[0].record.scenario
    }

    /// Common fields of the parts, those of the first.
    pub fn header(&self) -> &Header {
        &self.members[0].record.header
    }

    /// The database, as far as a part knew it.
    pub fn database(&self) -> &DatabaseFigures {
        &self.members[0].record.database
    }

    /// Makes them one.
    ///
    /// # Errors
    /// A record's histograms can't be read.
    pub fn merge(self) -> Result<Merged, ShardError> {
        let logs: Vec<(&str, &[u8])> =
            self.members.iter().map(|member| (member.origin.as_str(), member.hdr_log.as_slice())).collect();
        let first = &self.members[0].record;
        let hdr_log = log::merged(&logs, SystemTime::from(first.planned_at))?;
        let mut merged = Merged {
            scenario: first.scenario.clone(),
            target: targets(&self.members),
            shards: self.shards(),
            reasons: self.reasons(),
            ending: ending(&self.members),
            hdr_log,
            takings: Takings::default(),
        };
        let several = self.members.len() > 1;
        let takings = self.members.into_iter().map(|member| named(member, several)).collect();
        let mut takings = Takings::sum(takings)?;
        if !self.lost.is_empty() {
            // Nobody knows what the lost ones sent and heard.
            takings.readings.clear();
            let sessions = merged.scenario.sessions.count;
            takings.sessions.requested +=
                self.lost.iter().map(|lost| lost.share.count(sessions)).sum::<u64>();
        }
        merged.takings = takings;
        Ok(merged)
    }

    fn shards(&self) -> Vec<ShardReport> {
        let sessions = self.scenario().sessions.count;
        let there = self.members.iter().map(|member| (member.record.share, shard(member)));
        let lost = self.lost.iter().map(|lost| {
            let requested = lost.share.count(sessions);
            let shard = ShardReport {
                name: lost.name.clone(),
                sessions: SessionCounts { requested, ..SessionCounts::default() },
                lost: Some(lost.fate.clone()),
                ..ShardReport::default()
            };
            (lost.share, shard)
        });
        let mut shards: Vec<(Share, ShardReport)> = there.chain(lost).collect();
        shards.sort_by_key(|(share, _)| share.index());
        shards.into_iter().map(|(_, shard)| shard).collect()
    }

    /// What makes the whole of them invalid, in words with advice.
    fn reasons(&self) -> Vec<String> {
        let sessions = self.scenario().sessions.count;
        let lost = self.lost.iter().map(|lost| {
            let held = lost.share.count(sessions);
            format!("{} {}, and with it the results of {held} sessions", lost.name, lost.fate)
        });
        let own = self.members.iter().flat_map(|member| {
            member.record.reasons.iter().map(|reason| format!("{}: {reason}", member.name))
        });
        lost.chain(own).chain(late(&self.members, self.scenario())).chain(apart(&self.members)).collect()
    }
}

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

/// Refuses two records that can't be of one run.
fn same(left: &Member, right: &Member) -> Result<(), ShardError> {
    let (a, b) = (&left.record, &right.record);
    let text = |run: &Option<String>| run.clone().unwrap_or_else(|| "not named".to_owned());
    let different = |what: &'static str, a: String, b: String| ShardError::Different {
        what,
        first: left.origin.clone(),
        second: right.origin.clone(),
        left: a,
        right: b,
    };
    if a.run != b.run {
        return Err(different("the run", text(&a.run), text(&b.run)));
    }
    let facts = [
        ("the number of shards", a.share.of().to_string(), b.share.of().to_string()),
        ("the seed", a.header.seed.to_string(), b.header.seed.to_string()),
        ("the scenario", a.scenario.name.clone(), b.scenario.name.clone()),
        ("the version of tidegate", a.header.tool_version.clone(), b.header.tool_version.clone()),
    ];
    for (what, a, b) in facts {
        if a != b {
            return Err(different(what, a, b));
        }
    }
    if let Some((key, a, b)) = first_difference(&a.scenario, &b.scenario) {
        return Err(different("the scenario", format!("{key} = {a}"), format!("{key} = {b}")));
    }
    let sessions = &a.scenario.sessions;
    let length = sessions.ramp + sessions.settle + sessions.duration + sessions.drain;
    if u128::from(a.began_us().abs_diff(b.began_us())) > length.as_micros() {
        return Err(different("the start", a.planned_at.to_string(), b.planned_at.to_string()));
    }
    Ok(())
}

/// The first part of two scenarios that differs, with both of its values.
fn first_difference(left: &Scenario, right: &Scenario) -> Option<(String, String, String)> {
    if left == right {
        return None;
    }
    let (left, right) = (serde_json::to_value(left).ok()?, serde_json::to_value(right).ok()?);
    let keys = left.as_object()?.keys().chain(right.as_object()?.keys());
    let value = |of: &serde_json::Value, key: &str| {
        of.get(key).map_or_else(|| "nothing".to_owned(), ToString::to_string)
    };
    keys.map(|key| (key.clone(), value(&left, key), value(&right, key)))
        .find(|(_, left, right)| left != right)
}

/// The takings of a member, its processes with its name where there are several members.
fn named(member: Member, several: bool) -> Takings {
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

fn targets(members: &[Member]) -> String {
    let mut names: Vec<&str> = members.iter().map(|member| member.record.target.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

fn shard(member: &Member) -> ShardReport {
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
fn ending(members: &[Member]) -> Ending {
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

/// Parts that began much later than the first.
fn late(members: &[Member], scenario: &Scenario) -> Vec<String> {
    // A scenario that lets a process stand still for longer lets it begin late as well.
    let limit = START_LIMIT.max(scenario.generator.pause_p999);
    let first =
        members.iter().map(|member| member.record.planned_at.as_microsecond()).min().unwrap_or_default();
    members
        .iter()
        .filter_map(|member| {
            let late = u64::try_from(member.record.began_us().saturating_sub(first)).unwrap_or_default();
            let late = Duration::from_micros(late);
            (late > limit).then(|| {
                format!(
                    "{} began {late:.1?} after the planned start, the limit is {limit:?}: plan the start later, \
                     or give all of them the same one (--start-at)",
                    member.name
                )
            })
        })
        .collect()
}

/// Parts whose clock is surely not that of the others, by the clock of the target they share.
fn apart(members: &[Member]) -> Vec<String> {
    let clock = |member: &Member| -> Option<(String, ClockOffset)> {
        Some((member.record.takings.instruments.first()?.target.clone(), member.record.clock?))
    };
    let mut found = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let Some((target, own)) = clock(member) else { continue };
        let others = members[..index].iter().filter_map(|other| Some((other, clock(other)?)));
        let Some((other, (_, known))) = others.into_iter().find(|(_, (there, _))| *there == target) else {
            continue;
        };
        let differ = own.offset_us.abs_diff(known.offset_us);
        let surely = differ.saturating_sub(own.bound_us.saturating_add(known.bound_us));
        if Duration::from_micros(surely) > START_LIMIT {
            found.push(format!(
                "the clocks of {} and {} differ by {:.1?}, so they did not start together: set them by NTP",
                other.name,
                member.name,
                Duration::from_micros(differ)
            ));
        }
    }
    found
}

#[cfg(test)]
pub(super) mod made {
    //! Made parts.

    use super::*;
    use crate::made::empty;
    use crate::shards::ShardRecord;

    /// Part `index` of `of`, in which nothing happened.
    pub(in super::super) fn record(index: u32, of: u32) -> ShardRecord {
        ShardRecord {
            header: Header { schema: ShardRecord::schema(), ..empty().header },
            run: Some("nightly".to_owned()),
            share: Share::new(index, of).unwrap(),
            scenario: scenarios::load("smoke", &[]).unwrap(),
            target: "a server".to_owned(),
            database: DatabaseFigures::default(),
            planned_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            late_us: 1_500,
            clock: None,
            ending: Ending::Completed,
            reasons: Vec::new(),
            takings: Takings::default(),
        }
    }

    /// The same with where it came from.
    pub(super) fn member(index: u32, of: u32) -> Member {
        let record = record(index, of);
        let name = format!("shard {}", record.share);
        Member { origin: format!("dir-{index}"), name, record, hdr_log: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::made::member;
    use super::*;

    fn told(members: Vec<Member>) -> String {
        Family::of(members).and_then(|family| family.complete(false)).unwrap_err().to_string()
    }

    #[test]
    fn a_missing_part_and_one_that_is_there_twice_are_refused() {
        assert_eq!(told(vec![]), "there is no shard to merge");
        let missing = told(vec![member(2, 4), member(0, 4)]);
        assert!(missing.starts_with("2 of 4 shards are missing (2/4, 4/4): "), "{missing}");
        let mut again = member(0, 2);
        again.origin = "elsewhere".to_owned();
        assert_eq!(
            told(vec![member(0, 2), member(1, 2), again]),
            "shard 1/2 is there twice: dir-0 and elsewhere"
        );
    }

    #[test]
    fn parts_of_different_runs_are_refused_each_for_its_reason() {
        let spoilt = |spoil: fn(&mut ShardRecord)| {
            let mut other = member(1, 2);
            spoil(&mut other.record);
            told(vec![member(0, 2), other])
        };
        for (text, spoil) in [
            (
                "the run is nightly in one and weekly in the other",
                (|r| r.run = Some("weekly".into())) as fn(&mut ShardRecord),
            ),
            ("the number of shards is 2 in one and 3 in the other", |r| r.share = Share::new(1, 3).unwrap()),
            ("the seed is 0 in one and 7 in the other", |r| r.header.seed = 7),
            ("the scenario is smoke in one and gate in the other", |r| {
                r.scenario = scenarios::load("gate", &[]).unwrap();
            }),
            ("the scenario is sessions = ", |r| r.scenario.sessions.count += 1),
            ("the start is 2026-01-01T00:00:00Z in one and 2026-01-02", |r| {
                r.planned_at = "2026-01-02T00:00:00Z".parse().unwrap();
            }),
        ] {
            let error = spoilt(spoil);
            assert!(
                error.starts_with("dir-0 and dir-1 are not shards of one run: ") && error.contains(text),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_missing_makes_the_run_invalid_and_is_named() {
        let family = Family::of(vec![member(0, 2)]).unwrap().complete(true).unwrap();
        let outcome =
            family.merge().unwrap().outcome(crate::made::empty().header, DatabaseFigures::default());
        let generator = &outcome.report.generator;
        assert_eq!(generator.verdict, GeneratorVerdict::Limit);
        assert_eq!(generator.reasons, ["shard 2/2 is missing, and with it the results of 25 sessions"]);
        assert_eq!(outcome.report.shards[1].lost.as_deref(), Some("is missing"));
        assert_eq!(outcome.report.sessions.requested, 25);
    }

    #[test]
    fn a_late_start_and_clocks_apart_are_reasons() {
        let reasons = |spoil: fn(&mut Member)| {
            let mut other = member(1, 2);
            other.record.takings.instruments.clear();
            spoil(&mut other);
            Family::of(vec![member(0, 2), other]).unwrap().reasons()
        };
        assert_eq!(reasons(|_| {}), Vec::<String>::new());
        let late = reasons(|other| other.record.late_us = 3_000_000);
        assert!(late.len() == 1 && late[0].starts_with("shard 2/2 began 3.0s after"), "{late:?}");
    }
}
