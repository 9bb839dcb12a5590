//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use reports::model::Header;

use crate::Error;
use crate::checks::{self, Check};
use crate::requirements::{self, Requirement};
use crate::target::{VARIANTS, Variant};

use super::baseline::Baseline;
use super::select::Select;
use super::shard::Shard;

/// Which transcripts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transcripts {
    /// Those of checks that did not pass.
    #[default]
    Failures,
    /// All.
    All,
}

/// What a run is asked to do. Begin with [`RunOptions::new`].
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Common fields of the report; its seed is the seed of the run.
    pub header: Header,
    /// Which checks; all of them without one.
    pub select: Option<Select>,
    /// Which part of them.
    pub shard: Option<Shard>,
    /// Checks at one time.
    pub jobs: usize,
    /// End at the first failure.
    pub fail_fast: bool,
    /// Factor on every time limit.
    pub timing_scale: f64,
    /// Longest time of one check.
    pub check_limit: Duration,
    /// Checks that are known to fail.
    pub baseline: Baseline,
    /// Folder of the run; transcripts go into `transcripts/` in it.
    pub folder: Option<PathBuf>,
    /// Which transcripts are written.
    pub transcripts: Transcripts,
}

impl RunOptions {
    /// All checks, 32 at a time, 10 s each, nothing written.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            select: None,
            shard: None,
            jobs: 32,
            fail_fast: false,
            timing_scale: 1.0,
            check_limit: Duration::from_secs(10),
            baseline: Baseline::default(),
            folder: None,
            transcripts: Transcripts::default(),
        }
    }
}

/// The variants of the target that the selected checks need.
pub fn variants_needed(
    select: Option<&Select>,
    shard: Option<Shard>,
) -> Result<Vec<&'static Variant>, Error> {
    let (checks, _) = selected(select, shard)?;
    Ok(needed_by(&checks))
}

/// The variants that `checks` need.
pub(crate) fn needed_by(checks: &[Check]) -> Vec<&'static Variant> {
    let needed = |variant: &&Variant| checks.iter().any(|check| check.variant == Some(variant.name));
    VARIANTS.iter().filter(needed).collect()
}

/// The checks that `select` and `shard` leave, in the suite's order.
pub(crate) fn selected(
    select: Option<&Select>,
    shard: Option<Shard>,
) -> Result<(Vec<Check>, Vec<Requirement>), Error> {
    let requirements = requirements::all()?;
    let mut checks = checks::all();
    if let Some(select) = select {
        checks.retain(|check| select.matches(check, &requirements));
    }
    let none_matches = checks.is_empty();
    if let Some(shard) = shard {
        checks = shard.of(checks);
    }
    if checks.is_empty() {
        let what = match (select, shard) {
            (Some(select), _) if none_matches => select.to_string(),
            (_, Some(shard)) => format!("shard {shard}"),
            _ => "everything".to_owned(),
        };
        return Err(Error::NothingSelected(what));
    }
    Ok((checks, requirements))
}
