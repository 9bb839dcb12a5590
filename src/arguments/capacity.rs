//! Arguments of the commands that make something of many load runs.

use std::path::PathBuf;

use clap::Args;

use super::{LiveArguments, bounds};

/// What a server holds.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Sessions are raised by a factor until a limit breaks, then the boundary is searched and repeated. Each level is a
whole load run; thresholds that belong to one size of load, such as sessions.peak, are left out.

Exit code 1 when no level is held, or fewer sessions than --at-least.

Examples:
  tidegate plan gate --from 100 --to 4000 --users 100000
  tidegate plan smoke --surface 50,100,200 --rates 20,40,80 --format json")]
pub(crate) struct PlanArguments {
    /// Scenario file or built-in name
    #[arg(value_name = "SCENARIO", default_value = "gate")]
    pub(crate) scenario: String,
    /// First level, in sessions
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = bounds::sessions())]
    pub(crate) from: u64,
    /// Highest level, in sessions
    #[arg(long, value_name = "N", default_value_t = 6_000, value_parser = bounds::sessions())]
    pub(crate) to: u64,
    /// Factor from one level to the next on the way up
    #[arg(long, value_name = "X", default_value_t = 2.0)]
    pub(crate) growth: f64,
    /// The boundary is near enough when its ends differ by this share
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) resolution: f64,
    /// Runs of both ends of the boundary
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) repeat: u64,
    /// Length of the measured phase of a level; made longer where p99 needs more answers
    #[arg(long, value_name = "TIME", value_parser = bounds::period)]
    pub(crate) duration: Option<std::time::Duration>,
    /// Says how many servers so many users need
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) users: Option<u64>,
    /// Share of each server that is kept free in that
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    pub(crate) headroom: f64,
    /// Fails when fewer sessions are held
    #[arg(long, value_name = "N")]
    pub(crate) at_least: Option<u64>,
    /// Also runs a grid over these numbers of sessions, and draws the edge of what is held
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "rates", value_parser = bounds::sessions())]
    pub(crate) surface: Vec<u64>,
    /// Queries a second of the grid
    #[arg(long, value_name = "X,…", value_delimiter = ',', requires = "surface")]
    pub(crate) rates: Vec<f64>,
    /// Sessions that watch each session, of the grid
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1",
          value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(crate) fan_out: Vec<u64>,
    /// Database behind the server: embedded, tidb, or mysql://… behind a foreign target
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// Base URL of a running server
    #[arg(long, value_name = "URL", conflicts_with = "target")]
    pub(crate) url: Option<String>,
    /// Target file of a foreign server
    #[arg(long, value_name = "FILE")]
    pub(crate) target: Option<PathBuf>,
    /// Overrides a scenario field
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) live: LiveArguments,
}

/// Two runs, or two sets of runs.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Conformance runs: fails (exit code 1) when a check fails in B that did not fail in A or was not there, or passed in
A and no longer counts in B (gone, not applicable, quarantined, in the baseline); invalid (3) when they have no check
in common; refused (2) when one of them is invalid or was interrupted.

Load runs: A and B are a run each, or folders of runs of the same kind; whole runs are the samples. Fails (exit
code 1) when a figure is surely worse; invalid (3) when so few runs can show nothing; refused (2) when the runs
measured different things. With --run the runs are made here, taking turns: ABAB…

Examples:
  tidegate compare tidegate-out/20261121T120000Z-check tidegate-out/latest
  tidegate compare --run 'A: smoke --target main.toml' --run 'B: smoke --target branch.toml' -n 10")]
pub(crate) struct CompareArguments {
    /// Folder of the first run, or of the first set of runs
    #[arg(value_name = "A", required_unless_present = "run", conflicts_with = "run")]
    pub(crate) before: Option<PathBuf>,
    /// Folder of the second run, or of the second set of runs
    #[arg(value_name = "B", required_unless_present = "run", conflicts_with = "run")]
    pub(crate) after: Option<PathBuf>,
    /// Let checks that passed in A and no longer count in B pass
    #[arg(long, conflicts_with = "run")]
    pub(crate) allow_dropped: bool,
    /// A side to run: `A: ` or `B: ` and the arguments of `tidegate load`
    #[arg(long, value_name = "SIDE: ARGS")]
    pub(crate) run: Vec<String>,
    /// Runs of each side
    #[arg(short = 'n', value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=30), requires = "run")]
    pub(crate) runs: u64,
}
