//! Whether two records are of one run.

use scenarios::Scenario;

use super::Member;
use crate::shards::ShardError;

/// Refuses two records that can't be of one run.
pub(super) fn same(left: &Member, right: &Member) -> Result<(), ShardError> {
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

#[cfg(test)]
mod tests {
    use crate::shards::family::made::{member, told};
    use crate::shards::{ShardRecord, Share};

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
}
