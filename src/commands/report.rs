//! `tidegate report DIR`, `tidegate report merge DIR…`.

mod merge;

use anyhow::Context as _;
use reports::{PAGE_FILE, RunDir, RunReport};

use crate::arguments::{Global, ReportArguments, ReportCommand};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::run::print_last_screen;

/// Renders page and JUnit file again from the recorded data. The exit code is that of the run.
pub(crate) fn run(global: &Global, arguments: &ReportArguments, console: &Console) -> anyhow::Result<Exit> {
    if let Some(ReportCommand::Merge(shards)) = &arguments.command {
        return merge::run(global, shards, console);
    }
    let Some(directory) = &arguments.directory else {
        return Err(Failure::Usage("the folder of a run is missing".to_owned()).into());
    };
    let report = RunReport::read(directory)
        .map_err(|error| Failure::Usage(format!("{:#}", anyhow::Error::new(error))))?;
    let dir = RunDir::open(directory)?;
    report.render(&dir).with_context(|| format!("can't render {}", directory.display()))?;
    print_last_screen(&report, &dir.path().join(PAGE_FILE), global, console)?;
    Ok(Exit::Verdict(report.verdict.exit_code))
}
