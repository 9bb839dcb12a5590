//! Flags that every command takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where machine output and reports go, and how much is said.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Folder of runs, reports and the embedded databases
    #[arg(long, global = true, value_name = "DIR", default_value = "tidegate-out")]
    pub(crate) out: PathBuf,
    /// What is written to standard output
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
    /// When to use colour (NO_COLOR and CLICOLOR_FORCE are honoured)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// More detail in the log; twice for all of it
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Only the verdict and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Annotations and a step summary for GitHub Actions (also when GITHUB_ACTIONS=true)
    #[arg(long, global = true)]
    pub(crate) github: bool,
    /// Seed of everything random
    #[arg(long, global = true, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
}

/// What is written to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    Human,
    /// JSON for machines.
    Json,
    /// Comma-separated rows (of `query`).
    Csv,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
