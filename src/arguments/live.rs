//! Arguments of every command that puts a load on something: how to follow it while it lasts.

use std::time::Duration;

use clap::Args;

use super::bounds;

/// How to follow a load run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "While it runs")]
pub(crate) struct LiveArguments {
    /// Serves its metrics at /metrics of this address (OpenMetrics, Prometheus), such as 127.0.0.1:9464; a bare port is
    /// one of 127.0.0.1, port 0 any free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics_listen: Option<String>,
    /// Goes on serving them until the last figures were fetched, but no longer than this, such as 30s
    #[arg(long, value_name = "TIME", requires = "metrics_listen", value_parser = bounds::period)]
    pub(crate) metrics_linger: Option<Duration>,
    /// Sends its metrics to an OpenTelemetry collector (OTLP/HTTP), such as http://127.0.0.1:4318;
    /// OTEL_EXPORTER_OTLP_ENDPOINT does the same
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,
    /// Shows it on the full screen: p freezes the view, q ends the run, ? explains
    #[arg(long)]
    pub(crate) tui: bool,
}

impl LiveArguments {
    /// The flags with whether they were given.
    pub(crate) fn given(&self) -> [(&'static str, bool); 4] {
        [
            ("--metrics-listen", self.metrics_listen.is_some()),
            ("--metrics-linger", self.metrics_linger.is_some()),
            ("--otlp", self.otlp.is_some()),
            ("--tui", self.tui),
        ]
    }
}
