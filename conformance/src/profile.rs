//! Profiles: what was required in a version, and by which checks, frozen. A target is held to one with
//! `--requirements 1.0`: requirements and checks that were added later, and levels that became stricter later, do not
//! count. A clause does not change once it is frozen: what is required otherwise gets an id of its own.

use std::collections::{BTreeMap, BTreeSet};

use reports::model::Level;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::Error;
use crate::checks::Check;
use crate::requirements::Requirement;
use crate::target::suggestion;

/// Version and text of each.
const FILES: [(&str, &str); 1] = [("1.0", include_str!("../requirements/profiles/1.0.toml"))];

/// Bytes of a clause's digest that are kept: enough to notice a change.
const DIGEST: usize = 8;

/// Requirements and checks, as they stood in a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version, such as `1.0`.
    pub version: String,
    /// Ids of the checks.
    pub checks: BTreeSet<String>,
    /// Requirement id → level.
    pub requirements: BTreeMap<String, Level>,
    /// Requirement id → digest of its clause.
    pub clauses: BTreeMap<String, String>,
}

impl Profile {
    /// Versions there are, the oldest first.
    pub fn versions() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(version, _)| *version)
    }

    /// The profile of `version`.
    ///
    /// # Errors
    /// [`Error::Profile`] when there is none of that version.
    pub fn named(version: &str) -> Result<Self, Error> {
        let found = FILES.iter().find(|(name, _)| *name == version);
        let Some((_, text)) = found else {
            let hint = match suggestion(version, Self::versions()) {
                hint if hint.is_empty() => {
                    format!("; there is {}", Self::versions().collect::<Vec<_>>().join(", "))
                }
                hint => hint,
            };
            return Err(Error::Profile { version: version.to_owned(), hint });
        };
        toml::from_str(text).map_err(|error| Error::Data(format!("profiles/{version}.toml: {error}")))
    }

    /// The profile that `requirements` and `checks` are, under the name `version`.
    pub fn of(version: &str, requirements: &[Requirement], checks: &[Check]) -> Self {
        let mut profile = Self {
            version: version.to_owned(),
            checks: checks.iter().map(|check| check.id.to_owned()).collect(),
            requirements: requirements.iter().map(|one| (one.id.clone(), one.level)).collect(),
            clauses: BTreeMap::new(),
        };
        profile.reword(requirements);
        profile
    }

    /// Takes the clauses as they read in `requirements`: for words that changed while what is required did not.
    pub fn reword(&mut self, requirements: &[Requirement]) {
        let belongs = requirements.iter().filter(|one| self.requirements.contains_key(&one.id));
        self.clauses = belongs.map(|one| (one.id.clone(), digest(&one.clause))).collect();
    }

    /// What of it is gone or reads otherwise in `requirements` and `checks`, a line each. What was added since is no
    /// difference.
    pub fn differences(&self, requirements: &[Requirement], checks: &[Check]) -> Vec<String> {
        let clauses: BTreeMap<&str, String> =
            requirements.iter().map(|one| (one.id.as_str(), digest(&one.clause))).collect();
        let checks: BTreeSet<&str> = checks.iter().map(|check| check.id).collect();
        let requirement = |id: &String| match clauses.get(id.as_str()) {
            None => Some(format!("requirement {id} is gone")),
            Some(now) if self.clauses.get(id) != Some(now) => Some(format!("the clause of {id} has changed")),
            Some(_) => None,
        };
        let gone = self.checks.iter().filter(|id| !checks.contains(id.as_str()));
        let gone = gone.map(|id| format!("check {id} is gone"));
        self.requirements.keys().filter_map(requirement).chain(gone).collect()
    }

    /// The text of its file.
    ///
    /// # Errors
    /// [`Error::Data`] when it has no TOML form.
    pub fn to_toml(&self) -> Result<String, Error> {
        let body = toml::to_string_pretty(self).map_err(|error| Error::Data(error.to_string()))?;
        Ok(format!(
            "# Requirements and checks of {}, frozen. Made by `tests/profiles.rs`; not to be edited.\n{body}",
            self.version
        ))
    }

    /// Those of `requirements` that belong to it, at the level they had.
    pub(crate) fn of_version(&self, requirements: Vec<Requirement>) -> Vec<Requirement> {
        let frozen = |mut requirement: Requirement| {
            requirement.level = *self.requirements.get(&requirement.id)?;
            Some(requirement)
        };
        requirements.into_iter().filter_map(frozen).collect()
    }
}

fn digest(clause: &str) -> String {
    Sha1::digest(clause)[..DIGEST].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(id: &str, level: Level) -> Requirement {
        Requirement {
            id: id.to_owned(),
            level,
            clause: "It does.".to_owned(),
            why: "It should.".to_owned(),
            trace: Vec::new(),
            reproduce: None,
            not_by_hand: None,
        }
    }

    fn check(id: &'static str) -> Check {
        Check::new(id, "made", &["a.old"], |_| async { Ok(()) })
    }

    fn frozen() -> Profile {
        Profile::of("0.9", &[requirement("a.old", Level::Should)], &[check("a.one")])
    }

    #[test]
    fn what_came_later_is_left_out_and_levels_stay() {
        let now = vec![requirement("a.old", Level::Must), requirement("a.new", Level::Must)];
        assert_eq!(frozen().of_version(now), [requirement("a.old", Level::Should)]);
    }

    #[test]
    fn what_was_added_is_no_difference_and_what_changed_is() {
        let old = requirement("a.old", Level::Must);
        let checks = [check("a.one"), check("a.two")];
        assert!(frozen().differences(&[old.clone(), requirement("a.new", Level::Must)], &checks).is_empty());
        let other = Requirement { clause: "It does more.".to_owned(), ..old.clone() };
        assert_eq!(
            frozen().differences(std::slice::from_ref(&other), &checks),
            ["the clause of a.old has changed"]
        );
        let mut reworded = frozen();
        reworded.reword(std::slice::from_ref(&other));
        assert!(reworded.differences(&[other], &checks).is_empty());
        assert_eq!(frozen().differences(&[], &checks), ["requirement a.old is gone"]);
        assert_eq!(frozen().differences(&[old], &checks[1..]), ["check a.one is gone"]);
    }

    #[test]
    fn a_version_there_is_not_is_refused_with_those_there_are() {
        let text = Profile::named("7").unwrap_err().to_string();
        assert!(text.contains("\"7\"") && text.contains("1.0"), "{text}");
        assert_eq!(Profile::named("1.0").unwrap().version, "1.0");
    }
}
