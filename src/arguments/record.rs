//! Arguments of the recorder.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// A recording.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
When ready, one JSON line on standard output names the process and where it listens. An interrupt ends the \
recording and writes scenario.toml and trace.csv; secrets (Authorization, cookies, tokens, passwords) are not \
written down. Record one user's work at a time.

Examples:
  tidegate record --target http://127.0.0.1:8080 --listen 127.0.0.1:9090
  tidegate record --target wss://chat.example.org --write recorded")]
pub(crate) struct RecordArguments {
    /// Base URL of the service, http(s):// or ws(s)://
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// Where clients connect instead
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Folder for scenario and trace
    #[arg(long, value_name = "DIR", default_value = "recorded")]
    pub(crate) write: PathBuf,
    /// Certificates (PEM) of the authorities to trust instead of this system's, for a target with TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}
