//! Every statement of the source documents that can be checked from outside is cited by a requirement, or
//! excused in `not-covered.toml` with a reason; never both, and nothing else is cited.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use conformance::requirements;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    topic: Vec<Topic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    name: String,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    other: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Excuses {
    not_covered: BTreeMap<String, String>,
}

struct Ids {
    /// Id → topic, of statements that can be checked.
    check: BTreeMap<String, String>,
    other: BTreeSet<String>,
    excused: BTreeMap<String, String>,
    cited: BTreeSet<String>,
}

fn ids() -> Ids {
    let ledger: Ledger = toml::from_str(include_str!("../ledger-ids.toml")).unwrap();
    let excuses: Excuses = toml::from_str(include_str!("../not-covered.toml")).unwrap();
    let (mut check, mut other) = (BTreeMap::new(), BTreeSet::new());
    for topic in ledger.topic {
        check.extend(topic.check.into_iter().map(|id| (id, topic.name.clone())));
        other.extend(topic.other);
    }
    let cited = requirements::all().unwrap().into_iter().flat_map(|requirement| requirement.trace);
    let cited = cited.filter(|trace| trace.starts_with('S')).collect();
    Ids { check, other, excused: excuses.not_covered, cited }
}

#[test]
fn every_statement_is_cited_or_excused() {
    let ids = ids();
    let unexplained: Vec<String> = ids
        .check
        .iter()
        .filter(|(id, _)| !ids.cited.contains(*id) && !ids.excused.contains_key(*id))
        .map(|(id, topic)| format!("{id} ({topic})"))
        .collect();
    assert!(unexplained.is_empty(), "{} unexplained: {unexplained:#?}", unexplained.len());
}

#[test]
fn nothing_is_both_cited_and_excused() {
    let ids = ids();
    let both: Vec<_> = ids.excused.keys().filter(|id| ids.cited.contains(*id)).collect();
    assert!(both.is_empty(), "cited and excused: {both:?}");
}

#[test]
fn only_what_there_is_is_cited_and_excused() {
    let ids = ids();
    let unknown: Vec<_> =
        ids.cited.iter().filter(|id| !ids.check.contains_key(*id) && !ids.other.contains(*id)).collect();
    assert!(unknown.is_empty(), "cited, but in no document: {unknown:?}");
    for (id, reason) in &ids.excused {
        assert!(ids.check.contains_key(id), "{id} is excused and need not be");
        assert!(reason.len() > 15 && reason.ends_with('.'), "{id}: {reason:?} is no reason");
    }
}
