//! Arguments of `check-client`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conformance::TimeScale;

use super::bounds;
use super::testing::Transcripts;

/// Client under test.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The client reads what its user does as lines of JSON on standard input, tells what it tells its user on standard
output, and connects to TIDEGATE_URL; it is started anew for each case. docs/check-client.md has the contract.

Examples:
  tidegate check-client -- python3 conformance/adapters/python/client.py
  tidegate check-client --suite rfc6455 -- node client.js
  tidegate check-client -s 'client.backoff*'")]
pub(crate) struct CheckClientArguments {
    /// The command that starts the client; without it the reference client is checked
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
    /// Part of the suite
    #[arg(long, value_name = "SUITE", default_value = "all")]
    pub(crate) suite: ClientSuite,
    /// Only the checks that match
    #[arg(short, long, value_name = "EXPR")]
    pub(crate) select: Vec<String>,
    /// Lists what would run, and ends
    #[arg(long)]
    pub(crate) list: bool,
    /// The K-th of N parts, such as 1/4
    #[arg(long, value_name = "K/N")]
    pub(crate) shard: Option<String>,
    /// Requirements of this version, at the levels they had
    #[arg(long, value_name = "VERSION")]
    pub(crate) requirements: Option<String>,
    /// Runs that often, and tells how often each check failed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) repeat: u64,
    /// Clients that run at one time
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    pub(crate) jobs: Option<usize>,
    /// Known failures; an entry that no longer fails is an error
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Writes today's failures to the baseline file
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    /// Proves every check of clients: green on the reference client, red on each of its mutants
    #[arg(long, conflicts_with_all = ["command", "baseline", "fail_fast", "transcripts", "allow_not_run", "repeat"])]
    pub(crate) prove: bool,
    /// Ends at the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Multiplies every time limit, for slow machines: from 0.001 to 1000
    #[arg(long, value_name = "X", default_value = "1")]
    pub(crate) timing_scale: TimeScale,
    /// Factor on the client's own times (backoff), where it can scale them: from 0.001 to 1000
    #[arg(long, value_name = "X", default_value = "0.05")]
    pub(crate) client_time_scale: TimeScale,
    /// Which transcripts are kept
    #[arg(long, value_name = "WHICH", default_value = "failures")]
    pub(crate) transcripts: Transcripts,
    /// Let checks that could not be run pass
    #[arg(long)]
    pub(crate) allow_not_run: bool,
}

/// Parts of the suite that clients are checked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientSuite {
    /// Everything.
    All,
    /// The application protocol.
    App,
    /// The WebSocket protocol, of a client that echoes.
    Rfc6455,
}
