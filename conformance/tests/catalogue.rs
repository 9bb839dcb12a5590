//! The suite's own data hold together: ids are unique, nothing points into nothing, everything is proven.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use conformance::{checks, mutants, requirements};

/// Areas are those of the files of requirements: nothing is to be added here.
static AREAS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let all = requirements::all().expect("the requirements are read");
    all.iter().filter_map(|found| Some(found.id.split_once('.')?.0.to_owned())).collect()
});

/// `area.words-with-dashes`.
fn is_slug(id: &str) -> bool {
    let letters = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    };
    id.split_once('.').is_some_and(|(area, slug)| AREAS.contains(area) && letters(slug))
}

/// `S4-HS-009`, a standard, or a decision of our own.
fn is_trace(trace: &str) -> bool {
    let ledger = || {
        let mut parts = trace.split('-');
        let (Some(source), Some(topic), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let source = source.strip_prefix('S').is_some_and(|digit| ["0", "1", "2", "3", "4"].contains(&digit));
        source
            && !topic.is_empty()
            && topic.chars().all(|letter| letter.is_ascii_uppercase())
            && number.len() == 3
            && number.chars().all(|letter| letter.is_ascii_digit())
    };
    trace.starts_with("decided: §") || trace.starts_with("MCP 20") || trace.starts_with("RFC ") || ledger()
}

fn repeated<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    ids.filter(|id| !seen.insert(*id)).collect()
}

#[test]
fn ids_are_unique_slugs() {
    let (checks, mutants, requirements) = (checks::all(), mutants::all(), requirements::all().unwrap());
    let check_ids: Vec<&str> = checks.iter().map(|check| check.id).collect();
    let mutant_ids: Vec<&str> = mutants.iter().map(|mutant| mutant.id).collect();
    let requirement_ids: Vec<&str> = requirements.iter().map(|found| found.id.as_str()).collect();
    for ids in [&check_ids, &mutant_ids, &requirement_ids] {
        assert_eq!(repeated(ids.iter().copied()), Vec::<&str>::new());
        let odd: Vec<_> = ids.iter().filter(|id| !is_slug(id)).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

#[test]
fn requirements_say_what_why_and_where_from() {
    for requirement in requirements::all().unwrap() {
        let id = &requirement.id;
        assert!(requirement.clause.len() > 20 && requirement.clause.ends_with('.'), "{id}: clause");
        assert!(requirement.why.len() > 10 && requirement.why.ends_with('.'), "{id}: why");
        assert!(!requirement.trace.is_empty(), "{id}: trace");
        for trace in &requirement.trace {
            assert!(is_trace(trace), "{id}: {trace:?}");
        }
    }
}

/// A line in the data, a reason that there can't be one, or a check whose row makes one.
#[test]
fn requirements_say_how_they_are_seen_by_hand() {
    let checks = checks::all();
    let mut untold = Vec::new();
    for requirement in requirements::all().unwrap() {
        let id = requirement.id.as_str();
        match (&requirement.reproduce, &requirement.not_by_hand) {
            (Some(line), None) => assert!(!line.trim().is_empty(), "{id}: reproduce"),
            (None, Some(why)) => assert!(why.len() > 20 && !why.ends_with('.'), "{id}: not_by_hand"),
            (Some(_), Some(_)) => panic!("{id}: reproduce and not_by_hand"),
            (None, None) => {
                let cites = |check: &&checks::Check| check.requirements.contains(&id);
                if !checks.iter().filter(cites).any(|check| check.line().is_some()) {
                    untold.push(requirement.id);
                }
            }
        }
    }
    assert!(untold.is_empty(), "neither reproduce nor not_by_hand: {untold:?}");
}

#[test]
fn every_requirement_has_a_check_and_every_check_a_requirement() {
    let (checks, requirements) = (checks::all(), requirements::all().unwrap());
    let known: BTreeSet<&str> = requirements.iter().map(|found| found.id.as_str()).collect();
    let cited: BTreeSet<&str> = checks.iter().flat_map(|check| check.requirements.iter().copied()).collect();
    assert_eq!(known.difference(&cited).collect::<Vec<_>>(), Vec::<&&str>::new(), "without a check");
    assert_eq!(cited.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "cited but unknown");
    for check in &checks {
        assert!(!check.requirements.is_empty(), "{} cites nothing", check.id);
        assert!(!check.title.is_empty() && !check.title.ends_with('.'), "{}: title", check.id);
    }
}

#[test]
fn every_check_has_a_mutant_and_every_mutant_a_check() {
    let (checks, mutants) = (checks::all(), mutants::all());
    let known: BTreeSet<&str> = checks.iter().map(|check| check.id).collect();
    let mut proofs: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in &mutants {
        assert!(known.contains(mutant.check), "{} is for {}, which is no check", mutant.id, mutant.check);
        assert!(!mutant.description.is_empty() && !mutant.description.ends_with('.'), "{}", mutant.id);
        *proofs.entry(mutant.check).or_default() += 1;
    }
    let unproven: Vec<_> = known.iter().filter(|id| !proofs.contains_key(**id)).collect();
    assert!(unproven.is_empty(), "without a mutant: {unproven:?}");
}

#[test]
fn configurations_of_mutants_can_be_laid_over_the_reference() {
    for mutant in mutants::all() {
        if let mutants::Seam::Config(toml) = mutant.seam {
            conformance::reference_config(&[toml], 1.0)
                .unwrap_or_else(|error| panic!("{}: {error}", mutant.id));
        }
    }
}

#[test]
fn what_is_listed_can_be_explained() {
    let all = conformance::list().unwrap();
    // Each explanation reads everything anew: some of them tell as much as all.
    for check in all.checks.iter().step_by(37) {
        let about = conformance::explain(&check.id).unwrap();
        assert!(about.checks.iter().any(|found| found.id == check.id), "{}", check.id);
        assert_eq!(about.mutants.is_empty(), check.mutants.is_empty());
    }
    for mutant in all.mutants.iter().step_by(37) {
        let about = conformance::explain(&mutant.id).unwrap();
        assert!(about.mutants.contains(mutant) && !about.requirements.is_empty(), "{}", mutant.id);
    }
    let error = conformance::explain("handshake.establishd-first").unwrap_err().to_string();
    assert!(error.ends_with("did you mean \"handshake.established-first\"?"), "{error}");
}
