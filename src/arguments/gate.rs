//! Arguments of the main job.

use std::path::PathBuf;

use clap::Args;

use super::LiveArguments;

/// The main job.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  tidegate gate                               embedded server, all checks, 1,000 sessions
  tidegate gate --target target.toml --scenario smoke")]
pub(crate) struct GateArguments {
    /// A foreign system to gate instead of the embedded reference server
    #[arg(long, value_name = "FILE")]
    pub(crate) target: Option<PathBuf>,
    /// Scenario file or built-in name [default: gate]
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<String>,
    /// Overrides a scenario field, such as sessions=200
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Known failures; an entry that no longer fails is an error
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Let checks that could not be run pass
    #[arg(long)]
    pub(crate) allow_not_run: bool,
    #[command(flatten)]
    pub(crate) live: LiveArguments,
}
