//! Runs of different things must not be compared: refused with what differs, never corrected for.

use reports::model::{GeneratorVerdict, LoadModel, LoadReport};

use super::CompareError;

/// Lengths of the measured phase within this share of each other count as the same.
const SAME_LENGTH: f64 = 0.10;

/// Checks that all runs, each with its folder, measured the same under the same circumstances. Comes back with
/// remarks on what differs without forbidding the comparison.
///
/// # Errors
/// The first difference found, or the first run that says nothing about its target.
pub fn check_comparable(runs: &[(String, &LoadReport)]) -> Result<Vec<String>, CompareError> {
    let Some((first, base)) = runs.first() else { return Ok(Vec::new()) };
    for (run, report) in runs {
        check_valid(run, report)?;
        for (what, expected, found) in circumstances(base).into_iter().zip(circumstances(report)).map(both) {
            if expected != found {
                let (first, other) = (first.clone(), run.clone());
                return Err(CompareError::Different { first, other, what, expected, found });
            }
        }
        if (report.duration_s / base.duration_s - 1.0).abs() > SAME_LENGTH {
            let seconds = |report: &LoadReport| format!("{:.0} s", report.duration_s);
            return Err(CompareError::Different {
                first: first.clone(),
                other: run.clone(),
                what: "the length of the measured phase",
                expected: seconds(base),
                found: seconds(report),
            });
        }
    }
    Ok(remarks(runs))
}

fn both(
    ((what, expected), (_, found)): ((&'static str, String), (&'static str, String)),
) -> (&'static str, String, String) {
    (what, expected, found)
}

fn check_valid(run: &str, report: &LoadReport) -> Result<(), CompareError> {
    let invalid = |why: String| Err(CompareError::Invalid { run: run.to_owned(), why });
    if report.interrupted {
        return invalid("it was cut short".to_owned());
    }
    if report.generator.verdict == GeneratorVerdict::Limit {
        let why = report.generator.reasons.join("; ");
        return invalid(format!("the generator was the limit: {why}"));
    }
    if report.sessions.established == 0 {
        return invalid("not one session was established".to_owned());
    }
    Ok(())
}

/// What must be the same. The target may differ: that is what is compared.
fn circumstances(report: &LoadReport) -> Vec<(&'static str, String)> {
    let environment = &report.header.environment;
    let memory = environment.memory_mib.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib} MiB"));
    let model = match report.model {
        LoadModel::Closed => "closed",
        LoadModel::Open => "open",
    };
    let database = &report.database;
    let version = database.version.as_deref().unwrap_or("of unknown version");
    let mut circumstances = vec![
        ("the scenario", report.scenario.clone()),
        ("the model", model.to_owned()),
        ("the number of sessions", report.sessions.requested.to_string()),
        ("the database", format!("{} {version}", database.kind)),
        ("the platform", environment.platform.clone()),
        ("the number of processors", environment.cores.to_string()),
        ("the memory of the machine", memory),
        ("the kernel", environment.kernel.clone().unwrap_or_else(|| "unknown".to_owned())),
        ("the build of the generator", environment.build.clone()),
    ];
    circumstances.extend(rates(&report.header.config));
    circumstances
}

/// What the configuration says of how much is asked how often.
fn rates(config: &serde_json::Value) -> impl Iterator<Item = (&'static str, String)> {
    const KEYS: [(&str, &str); 5] = [
        ("the heartbeat interval", "/heartbeat/interval"),
        ("the rate of questions", "/questions"),
        ("the share of cut connections", "/reconnect"),
        ("the arrival of questions", "/load"),
        ("the ramp", "/sessions/ramp"),
    ];
    KEYS.into_iter().map(|(what, pointer)| {
        let value = config.pointer(pointer).map_or_else(|| "not set".to_owned(), ToString::to_string);
        (what, value)
    })
}

fn remarks(runs: &[(String, &LoadReport)]) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut versions: Vec<&str> =
        runs.iter().map(|(_, report)| report.header.tool_version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        remarks
            .push(format!("the runs were made by different versions of this tool: {}", versions.join(", ")));
    }
    let mut targets: Vec<&str> = runs.iter().map(|(_, report)| report.target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    if targets.len() > 1 {
        remarks.push(format!("the runs were against different targets: {}", targets.join(", ")));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made::sound;

    /// What makes a run another one.
    type Spoil = fn(&mut LoadReport);

    fn refused(spoil: impl FnOnce(&mut LoadReport)) -> Option<String> {
        let (before, mut after) = (sound(), sound());
        spoil(&mut after);
        let runs = [("runs/a".to_owned(), &before), ("runs/b".to_owned(), &after)];
        check_comparable(&runs).err().map(|error| error.to_string())
    }

    #[test]
    fn what_measured_something_else_is_refused_by_name() {
        assert_eq!(refused(|_| {}), None);
        let said = refused(|report| report.sessions.requested = 500).unwrap();
        assert_eq!(
            said,
            "runs/a and runs/b can't be compared: the number of sessions is 1000 in one and 500 in the other"
        );
        let cases: [(&str, Spoil); 9] = [
            ("the model", |report| report.model = LoadModel::Open),
            ("the scenario", |report| report.scenario = "smoke".to_owned()),
            ("the database", |report| report.database.kind = "tidb".to_owned()),
            ("the number of processors", |report| report.header.environment.cores = 8),
            ("the memory of the machine", |report| report.header.environment.memory_mib = Some(1)),
            ("the build", |report| report.header.environment.build = "release".to_owned()),
            ("the length of the measured phase", |report| report.duration_s *= 0.8),
            ("cut short", |report| report.interrupted = true),
            ("the generator was the limit", |report| {
                report.generator.verdict = GeneratorVerdict::Limit;
            }),
        ];
        for (word, spoil) in cases {
            let said = refused(spoil).unwrap_or_default();
            assert!(said.contains(word), "{word}: {said:?}");
        }
        let said = refused(|report| report.header.config = json!({"questions": {"answer_budget": "1s"}}));
        assert!(said.unwrap().contains("the rate of questions"));
    }

    #[test]
    fn other_targets_and_versions_are_only_remarked() {
        let (before, mut after) = (sound(), sound());
        after.target = "branch".to_owned();
        after.header.tool_version = "0.2.0".to_owned();
        let runs = [("a".to_owned(), &before), ("b".to_owned(), &after)];
        assert_eq!(check_comparable(&runs).unwrap().len(), 2);
    }
}
