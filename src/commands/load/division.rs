//! How a load run is divided, from its arguments.

use std::time::SystemTime;

use loadgen::shards::Share;
use scenarios::Scenario;

use crate::arguments::{LoadArguments, ShardArguments};
use crate::exit::Failure;
use crate::workers::{Parts, ShardPlan};

fn refuse(text: impl Into<String>) -> anyhow::Error {
    Failure::Usage(text.into()).into()
}

/// The parts that the arguments ask for.
pub(super) fn parts(arguments: &LoadArguments) -> anyhow::Result<Parts> {
    let ShardArguments { workers, servers, start_at, run_id, .. } = &arguments.parts;
    let named = arguments.url.len() + arguments.target.len();
    let targets = u32::try_from(named).unwrap_or(u32::MAX).max(servers.unwrap_or(1));
    let workers = workers.unwrap_or(targets);
    if workers < targets {
        return Err(refuse(format!(
            "{targets} targets need as many generator processes at least, --workers says {workers}"
        )));
    }
    let share = share(&arguments.parts)?;
    if share.is_some() && named == 0 {
        return Err(refuse(
            "a shard needs a target that the others reach as well: name it by --url or --target",
        ));
    }
    let shard =
        share.map(|share| ShardPlan { share, start_at: start_at.map(SystemTime::from), run: run_id.clone() });
    Ok(Parts { workers, servers: servers.unwrap_or(1), others: Vec::new(), shard })
}

/// Which part of the run is played here, as a flag or the environment says.
fn share(arguments: &ShardArguments) -> anyhow::Result<Option<Share>> {
    let share = match (arguments.shard, arguments.shard_index, arguments.shards) {
        (Some(share), ..) => Some(share),
        (None, Some(index), Some(of)) => Some(Share::new(index, of).ok_or_else(|| {
            refuse(format!("there is no shard with the index {index} of {of}: the first one has index 0"))
        })?),
        (None, Some(index), None) => {
            return Err(refuse(format!(
                "this is number {index} of an indexed job (JOB_COMPLETION_INDEX), but how many shards there are is \
                 missing: set TIDEGATE_SHARDS, to 1 for a run of its own"
            )));
        }
        (None, None, Some(of)) => {
            return Err(refuse(format!(
                "there are {of} shards (--shards), but which one this is is missing: --shard K/N or --shard-index I"
            )));
        }
        (None, None, None) => None,
    };
    let lonely = [
        ("--start-at", arguments.start_at.is_some()),
        ("--run-id", arguments.run_id.is_some()),
        ("--results", arguments.results.is_some()),
    ];
    match lonely.into_iter().find(|(_, given)| *given && share.is_none()) {
        Some((flag, _)) => {
            Err(refuse(format!("{flag} belongs to a shard of a run: say which by --shard K/N")))
        }
        None => Ok(share),
    }
}

/// What does not go together with the scenario.
pub(super) fn check(parts: &Parts, scenario: &Scenario, arguments: &LoadArguments) -> anyhow::Result<()> {
    let sessions = arguments.sessions.unwrap_or(scenario.sessions.count);
    let of = u64::from(parts.workers) * u64::from(parts.share().of());
    if sessions < of {
        return Err(refuse(format!("{sessions} sessions can't be shared out to {of} generator processes")));
    }
    if parts.servers > 1 && !scenario.actions.is_empty() {
        return Err(refuse("the scenario's actions are done to one server: leave --servers out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn divided(line: &[&str]) -> anyhow::Result<Parts> {
        let line = ["tidegate", "load", "smoke"].iter().chain(line);
        match Arguments::try_parse_from(line)?.command {
            Some(Command::Load(load)) => parts(&load),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn there_are_as_many_processes_as_targets() {
        let of = |line: &[&str]| divided(line).map(|parts| (parts.workers, parts.servers)).unwrap();
        assert_eq!(of(&[]), (1, 1));
        assert_eq!(of(&["--workers", "3"]), (3, 1));
        assert_eq!(of(&["--servers", "4"]), (4, 4));
        assert_eq!(of(&["--servers", "2", "--workers", "6"]), (6, 2));
        assert_eq!(of(&["--url", "http://a,http://b", "--url", "http://c"]), (3, 1));
    }

    #[test]
    fn a_shard_is_told_by_number_or_by_index() {
        let of = |line: &[&str]| {
            divided(&[&["--url", "http://a"], line].concat()).unwrap().shard.unwrap().share.to_string()
        };
        assert_eq!(of(&["--shard", "2/8"]), "2/8");
        assert_eq!(of(&["--shard-index", "1", "--shards", "8"]), "2/8");
        assert_eq!(of(&["--shard", "2/8", "--shard-index", "5", "--shards", "9"]), "2/8");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (line, word) in [
            (vec!["--shard", "9/8", "--url", "http://a"], "no part of a run"),
            (vec!["--shard", "1/8"], "--url or --target"),
            (
                vec!["--shard-index", "8", "--shards", "8", "--url", "http://a"],
                "no shard with the index 8 of 8",
            ),
            (vec!["--shard-index", "0"], "TIDEGATE_SHARDS"),
            (vec!["--shards", "4"], "--shard K/N"),
            (vec!["--results", "out"], "--results belongs to a shard"),
            (vec!["--start-at", "2026-11-21T12:00:00Z"], "--start-at belongs to a shard"),
            (vec!["--start-at", "noon"], "noon"),
            (vec!["--url", "http://a,http://b", "--workers", "1"], "2 targets need"),
            (vec!["--servers", "2", "--url", "http://a"], "cannot be used with"),
            (vec!["--workers", "0"], "0 is not in 1"),
        ] {
            let error = divided(&line).unwrap_err().to_string();
            assert!(error.contains(word), "{line:?}: {error}");
        }
    }
}
