//! Whether all parts of a run began at one moment.

use std::time::Duration;

use scenarios::Scenario;

use super::Member;
use crate::shards::ClockOffset;

/// Beginning later than this after the others, or on clocks that far apart, is no common start: the load was not the
/// one that was asked for.
const START_LIMIT: Duration = Duration::from_secs(1);

/// Parts that began much later than the first.
pub(super) fn late(members: &[Member], scenario: &Scenario) -> Vec<String> {
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
pub(super) fn apart(members: &[Member]) -> Vec<String> {
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
mod tests {
    use super::*;
    use crate::shards::family::Family;
    use crate::shards::family::made::member;

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
