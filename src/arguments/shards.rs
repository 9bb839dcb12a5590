//! Arguments that divide a load run: over processes of one machine, and over machines.

use clap::Args;
use jiff::Timestamp;
use loadgen::shards::Share;

/// Into how many parts a load run is divided.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ShardArguments {
    /// Generator processes that share the sessions; as many as there are targets without it. One process may have as
    /// many sockets as it may open files (ulimit -n)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) workers: Option<u32>,
    /// Reference servers to start for the run, where none is named; the processes are dealt out to them
    #[arg(long, value_name = "N", conflicts_with_all = ["url", "target"],
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) servers: Option<u32>,
    /// Play only the K-th of N parts of the run, on this machine; the rest is played elsewhere
    #[arg(long, value_name = "K/N", env = "TIDEGATE_SHARD", hide_env_values = true)]
    pub(crate) shard: Option<Share>,
    /// The same as an index from 0, with --shards: what an indexed Kubernetes Job gives to each of its pods
    #[arg(long, value_name = "I", env = "JOB_COMPLETION_INDEX", hide_env_values = true)]
    pub(crate) shard_index: Option<u32>,
    /// Number of parts for --shard-index
    #[arg(long, value_name = "N", env = "TIDEGATE_SHARDS", hide_env_values = true)]
    pub(crate) shards: Option<u32>,
    /// Moment at which all parts begin, such as 2026-11-21T12:00:00Z; at once without it
    #[arg(long, value_name = "TIME", env = "TIDEGATE_START_AT", hide_env_values = true)]
    pub(crate) start_at: Option<Timestamp>,
    /// Name of the run, so that parts of different runs are not mixed
    #[arg(long, value_name = "NAME", env = "TIDEGATE_RUN_ID", hide_env_values = true)]
    pub(crate) run_id: Option<String>,
    /// Where the part's results go: s3://bucket/folder (by the AWS_* variables), file:///folder, or a folder
    #[arg(long, value_name = "URL", env = "TIDEGATE_RESULTS", hide_env_values = true)]
    pub(crate) results: Option<String>,
}
