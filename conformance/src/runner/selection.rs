//! Which checks a run is about.

use crate::Error;
use crate::checks::{self, Check, Side};
use crate::profile::Profile;
use crate::requirements::{self, Requirement};
use crate::target::{VARIANTS, Variant};

use super::select::{Mistake, Select};
use super::shard::Shard;

/// Which checks a run is about; all of them by default.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Those of one side of the wire.
    pub side: Side,
    /// Those that match.
    pub select: Option<Select>,
    /// Of these, one part.
    pub shard: Option<Shard>,
    /// Those that a version of the requirements had, at the levels it had.
    pub profile: Option<Profile>,
}

impl Selection {
    /// The checks in the suite's order, and the requirements they are judged by.
    pub(crate) fn checks(&self) -> Result<(Vec<Check>, Vec<Requirement>), Error> {
        let mut requirements = requirements::all()?;
        let mut checks = checks::all();
        checks.retain(|check| check.side == self.side);
        let mistake = self.select.as_ref().and_then(|select| select.mistake(&checks));
        if let Some(profile) = &self.profile {
            requirements = profile.of_version(requirements);
            let belongs = |requirement: &Requirement, check: &Check| {
                check.requirements.contains(&requirement.id.as_str())
            };
            checks.retain(|check| {
                profile.checks.contains(check.id)
                    && requirements.iter().any(|requirement| belongs(requirement, check))
            });
        }
        if let Some(select) = &self.select {
            checks.retain(|check| select.matches(check, &requirements));
        }
        let none_matches = checks.is_empty();
        if let Some(shard) = self.shard {
            checks = shard.of(checks);
        }
        if checks.is_empty() {
            let what = match (&self.select, self.shard) {
                (Some(select), _) if none_matches => select.to_string(),
                (_, Some(shard)) => format!("shard {shard}"),
                _ => "everything".to_owned(),
            };
            let hint = mistake.map_or_else(String::new, |mistake| format!(": {}", mistake.message));
            return Err(Error::NothingSelected { what, hint });
        }
        if let Some(Mistake { column, message }) = mistake {
            return Err(Error::Select { column, message });
        }
        Ok((checks, requirements))
    }
}

/// The variants of the target that the selected checks need.
pub fn variants_needed(selection: &Selection) -> Result<Vec<&'static Variant>, Error> {
    let (checks, _) = selection.checks()?;
    Ok(needed_by(&checks))
}

/// The variants that `checks` need.
pub(crate) fn needed_by(checks: &[Check]) -> Vec<&'static Variant> {
    let shared = |check: &&Check| !check.own_process;
    let needed =
        |variant: &&Variant| checks.iter().filter(shared).any(|check| check.variant == Some(variant.name));
    VARIANTS.iter().filter(needed).collect()
}
