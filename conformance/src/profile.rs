//! Profiles: the requirements of a version, frozen. A target is held to one with `--requirements 1.0`: what
//! was added later, or was made stricter later, does not count.

use std::collections::BTreeMap;

use reports::model::Level;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::requirements::Requirement;
use crate::target::suggestion;

/// Version and text of each.
const FILES: [(&str, &str); 1] = [("1.0", include_str!("../requirements/profiles/1.0.toml"))];

/// Requirement ids and levels, as they stood in a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version, such as `1.0`.
    pub version: String,
    /// Requirement id → level.
    pub requirements: BTreeMap<String, Level>,
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

    /// The profile that `requirements` are, under the name `version`.
    pub fn of(version: &str, requirements: &[Requirement]) -> Self {
        let entry = |requirement: &Requirement| (requirement.id.clone(), requirement.level);
        Self { version: version.to_owned(), requirements: requirements.iter().map(entry).collect() }
    }

    /// The text of its file.
    ///
    /// # Errors
    /// [`Error::Data`] when it has no TOML form.
    pub fn to_toml(&self) -> Result<String, Error> {
        let body = toml::to_string(self).map_err(|error| Error::Data(error.to_string()))?;
        Ok(format!(
            "# The requirements of {}, frozen. Made by `tests/profiles.rs`; not to be edited.\n{body}",
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

    #[test]
    fn what_came_later_is_left_out_and_levels_stay() {
        let profile = Profile::of("0.9", &[requirement("a.old", Level::Should)]);
        let now = vec![requirement("a.old", Level::Must), requirement("a.new", Level::Must)];
        assert_eq!(profile.of_version(now), [requirement("a.old", Level::Should)]);
    }

    #[test]
    fn a_version_there_is_not_is_refused_with_those_there_are() {
        let text = Profile::named("7").unwrap_err().to_string();
        assert!(text.contains("\"7\"") && text.contains("1.0"), "{text}");
        assert_eq!(Profile::named("1.0").unwrap().version, "1.0");
    }
}
