//! Load runs from their folders.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use reports::json;
use reports::model::LoadReport;

use crate::setup;

/// One load run.
pub(super) struct LoadRun {
    /// Its folder.
    pub(super) folder: String,
    /// Its results.
    pub(super) report: LoadReport,
}

/// The load run in `folder`, or those in the folders in it, in the order they were made. The link `latest` is one of
/// them already.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<LoadRun>> {
    if let Some(run) = one(folder)? {
        return Ok(vec![run]);
    }
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|source| setup::usage(reports::ReportError::Read { path: folder.to_owned(), source }))?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    let mut runs = Vec::new();
    for folder in folders {
        runs.extend(one(&folder)?);
    }
    runs.sort_by_key(|run| run.report.header.started_at);
    Ok(runs)
}

/// The load run in each of `folders`.
pub(super) fn each(folders: &[PathBuf]) -> anyhow::Result<Vec<LoadRun>> {
    let mut runs = Vec::new();
    for folder in folders {
        runs.extend(one(folder)?);
    }
    Ok(runs)
}

fn one(folder: &Path) -> anyhow::Result<Option<LoadRun>> {
    let report = json::read::<LoadReport>(folder).map_err(setup::usage)?;
    Ok(report.map(|report| LoadRun { folder: folder.display().to_string(), report }))
}

/// True when the runs of both sides took turns: never three of one side on end.
pub(super) fn interleaved(before: &[LoadRun], after: &[LoadRun]) -> bool {
    let starts = |runs: &[LoadRun], side: bool| -> Vec<(Timestamp, bool)> {
        runs.iter().map(|run| (run.report.header.started_at, side)).collect()
    };
    take_turns(starts(before, false).into_iter().chain(starts(after, true)).collect())
}

fn take_turns(mut starts: Vec<(Timestamp, bool)>) -> bool {
    starts.sort_unstable();
    starts.len() > 2 && starts.windows(3).all(|three| three.iter().any(|(_, side)| *side != three[0].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_seen_by_the_clock() {
        let runs = |sides: &str| {
            let start = |(second, side): (usize, char)| {
                (Timestamp::from_second(1_000 + second as i64).unwrap(), side == 'B')
            };
            take_turns(sides.chars().enumerate().map(start).collect())
        };
        assert!(runs("ABABAB") && runs("ABBAABBA"));
        assert!(!runs("AAABBB") && !runs("AB") && !runs("ABABBBA"));
    }
}
