//! All parts of a run: checked to belong together, and made one.

use std::time::SystemTime;

use reports::model::{DatabaseFigures, Header, SessionCounts, ShardReport};
use scenarios::Scenario;

use super::{ShardError, ShardRecord, Share, Takings, log};

mod kinship;
mod merged;
mod synchrony;

use kinship::same;
pub use merged::Merged;
use merged::{ending, named, shard, targets};
use synchrony::{apart, late};

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

#[cfg(test)]
pub(super) mod made {
    //! Made parts.

    use super::*;
    use crate::made::empty;
    use crate::options::Ending;

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

    /// Why they can't be made one.
    pub(super) fn told(members: Vec<Member>) -> String {
        Family::of(members).and_then(|family| family.complete(false)).unwrap_err().to_string()
    }
}

#[cfg(test)]
mod tests {
    use reports::model::GeneratorVerdict;

    use super::made::{member, told};
    use super::*;

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
}
