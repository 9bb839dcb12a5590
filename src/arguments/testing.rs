//! Arguments of the commands that check, load, ask and report.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use conformance::TimeScale;

use super::{LiveArguments, ShardArguments, bounds};

/// Server under test.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
SELECT is made of ids, globs, areas, level:must, tag:slow, joined by !, &, | and parentheses.

Examples:
  tidegate check http://127.0.0.1:8080
  tidegate check --suite rfc6455 ws://127.0.0.1:9000
  tidegate check --target target.toml -s 'resume.* & level:must'
  tidegate check --replay tidegate-out/latest/transcripts/flow.cuts.jsonl http://127.0.0.1:8080")]
pub(crate) struct CheckArguments {
    /// Base URL of the server; with --suite rfc6455 the URL of the door that echoes, which without a path is the
    /// root. Without it and without --target an embedded reference server is checked
    #[arg(value_name = "URL", conflicts_with = "target")]
    pub(crate) url: Option<String>,
    /// Target file: how to start, reach and judge a server
    #[arg(long, value_name = "FILE")]
    pub(crate) target: Option<PathBuf>,
    /// Part of the suite
    #[arg(long, value_name = "SUITE", default_value = "all")]
    pub(crate) suite: Suite,
    /// Only the checks that match
    #[arg(short, long, value_name = "EXPR")]
    pub(crate) select: Vec<String>,
    /// Lists what would run, and ends
    #[arg(long)]
    pub(crate) list: bool,
    /// The K-th of N parts, such as 1/4
    #[arg(long, value_name = "K/N")]
    pub(crate) shard: Option<String>,
    /// Checks that run at one time
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    pub(crate) jobs: Option<usize>,
    /// Known failures; an entry that no longer fails is an error
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Writes today's failures to the baseline file
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    /// Proves every check: green on the reference, red on each of its mutants
    #[arg(long, conflicts_with_all = ["url", "target", "baseline", "fail_fast", "transcripts", "allow_not_run", "repeat", "flow_steps"])]
    pub(crate) prove: bool,
    /// Ends at the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Multiplies every time limit, for slow machines: from 0.001 to 1000
    #[arg(long, value_name = "X", default_value = "1")]
    pub(crate) timing_scale: TimeScale,
    /// Which transcripts are kept
    #[arg(long, value_name = "WHICH", default_value = "failures")]
    pub(crate) transcripts: Transcripts,
    /// Let checks that could not be run pass
    #[arg(long)]
    pub(crate) allow_not_run: bool,
    /// Runs everything so many times; a check that passes in some runs and fails in others fails all of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) repeat: u64,
    /// Only the requirements of a version, at the levels they had, such as 1.0
    #[arg(long, value_name = "VERSION")]
    pub(crate) requirements: Option<String>,
    /// Runs what failed again whenever the target is back, until Ctrl-C
    #[arg(long, conflicts_with_all = ["prove", "list", "repeat", "fail_fast"])]
    pub(crate) watch: bool,
    /// With --watch: also when this file changes; a target that the suite started is started anew
    #[arg(long, value_name = "FILE", requires = "watch")]
    pub(crate) watch_file: Vec<PathBuf>,
    /// Runs the check of a transcript again, with its seed and script
    #[arg(long, value_name = "TRANSCRIPT", conflicts_with_all = ["prove", "select", "shard", "requirements"])]
    pub(crate) replay: Option<PathBuf>,
    /// Steps that each check of the area `flow` makes at least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) flow_steps: Option<u32>,
    /// Lets every byte take so much longer between suite and target, both ways, such as 20ms
    #[arg(long, value_name = "TIME", conflicts_with = "prove", value_parser = bounds::delay)]
    pub(crate) network_delay: Option<Duration>,
}

/// Which transcripts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transcripts {
    /// Of checks that did not pass.
    Failures,
    /// Of every check.
    All,
}

/// Parts of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Everything.
    All,
    /// The application protocol.
    App,
    /// The WebSocket protocol, at the door of the URL, which has to echo and nothing else.
    Rfc6455,
    /// The MCP server, both of its protocols.
    Mcp,
    /// REST and health.
    Rest,
}

/// A load run.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate load scenarios/gate.toml
  tidegate load smoke --sessions 200 --duration 30s --set questions.think.max=4s
  tidegate load echo-generic --url wss://example.org --set parameters.path=/echo
  tidegate load tidb --database tidb --set database.image=pingcap/tidb:v8.5.3
  tidegate load idle --sessions 60000 --workers 4 --servers 4
  tidegate load idle --url http://10.0.0.7:8080 --shard 3/8 --start-at 2026-11-21T12:00:00Z --results s3://load/night")]
pub(crate) struct LoadArguments {
    /// Scenario file or built-in name
    #[arg(value_name = "SCENARIO", default_value = "gate")]
    pub(crate) scenario: String,
    /// Live sessions; the scenario's parameter `sessions` follows, where it has one
    #[arg(long, value_name = "N", value_parser = bounds::sessions())]
    pub(crate) sessions: Option<u64>,
    /// Length of the measured phase, such as 60s
    #[arg(long, value_name = "TIME")]
    pub(crate) duration: Option<String>,
    /// Arrivals on an absolute schedule, whatever the server does, such as 200/s (open model)
    #[arg(long, value_name = "N/s")]
    pub(crate) rate: Option<String>,
    /// Database behind the server: `embedded`, `tidb` (starts one in a container), or mysql://user@host:4000/;
    /// the scenario's own without it
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// Leaves the container of the database running, and says where it is
    #[arg(long)]
    pub(crate) keep_database: bool,
    /// Base URL of a running server; of several with commas, or given several times
    #[arg(long, value_name = "URL", conflicts_with = "target", value_delimiter = ',')]
    pub(crate) url: Vec<String>,
    /// Target file of a foreign server; several with commas, or given several times
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub(crate) target: Vec<PathBuf>,
    /// Certificates (PEM) of the authorities to trust instead of this system's, for a URL with TLS
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) ca: Option<PathBuf>,
    /// Overrides a scenario field
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) live: LiveArguments,
    #[command(flatten)]
    pub(crate) parts: ShardArguments,
}

/// One question.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate query \"Show me the top 5 customers by total purchase amount\"
  tidegate query --url http://127.0.0.1:8080 --format csv \"show revenue by month in 2024\"")]
pub(crate) struct QueryArguments {
    /// The question, in words
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// Base URL of a running server; without it an embedded one is started
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Database to ask
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
    /// Most rows
    #[arg(long, value_name = "N")]
    pub(crate) max_rows: Option<u64>,
}

/// Reports of a finished run.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  tidegate report tidegate-out/latest
  tidegate report tidegate-out/latest --format json
  tidegate report merge --results s3://load/night")]
pub(crate) struct ReportArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ReportCommand>,
    /// Folder of the run
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directory: Option<PathBuf>,
}

/// What else can be done with results.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ReportCommand {
    /// Makes one report of all shards of a run.
    Merge(MergeArguments),
}

/// All shards of a run.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate report merge shard-1 shard-2 shard-3
  tidegate report merge --results s3://load/night
  tidegate report merge --results /mnt/results/night --allow-missing")]
pub(crate) struct MergeArguments {
    /// Folders of shards, or folders that hold such folders
    #[arg(value_name = "DIR", required_unless_present = "results")]
    pub(crate) directories: Vec<PathBuf>,
    /// Where the shards put their results: s3://bucket/folder (by the AWS_* variables), file:///folder, or a folder
    #[arg(long, value_name = "URL", env = "TIDEGATE_RESULTS", hide_env_values = true)]
    pub(crate) results: Option<String>,
    /// Merge what is there when shards are missing: the run is invalid then
    #[arg(long)]
    pub(crate) allow_missing: bool,
}

/// All checks, requirements, mutants, scenarios.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate list
  tidegate list --counts")]
pub(crate) struct ListArguments {
    /// Only these
    #[arg(value_name = "KIND")]
    pub(crate) kind: Option<ListKind>,
    /// Only how many there are, of everything
    #[arg(long, conflicts_with = "kind")]
    pub(crate) counts: bool,
}

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListKind {
    /// Checks.
    Checks,
    /// Requirements.
    Requirements,
    /// Mutants.
    Mutants,
    /// Built-in scenarios.
    Scenarios,
}

/// One of them in full.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate explain handshake.established-first
  tidegate explain gate --format json")]
pub(crate) struct ExplainArguments {
    /// Id of a check, requirement or mutant, or name of a scenario
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// A file format.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate schema conformance
  tidegate schema scenario > scenario.schema.json
  tidegate schema openapi > openapi.json")]
pub(crate) struct SchemaArguments {
    /// Name of the format: conformance, load, verdict, prove, compare, capacity, scenario; or openapi, asyncapi
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// A completion script.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  tidegate completions bash > /etc/bash_completion.d/tidegate
  tidegate completions zsh > ~/.zfunc/_tidegate")]
pub(crate) struct CompletionsArguments {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}
