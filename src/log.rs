//! The log, on standard error.

use reference_server::config::{Config, Log, LogFormat};
use reference_server::observe::traces::{self, Traces};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use crate::arguments::{Format, Global};
use crate::{console, setup};

/// Directives that replace all others.
const VARIABLE: &str = "TIDEGATE_LOG";

/// The library of the standard MCP protocol logs the ids of its sessions, which are secrets: whoever knows one can
/// speak in its name.
const SILENT: &str = "rmcp=off";

/// Starts the log of a command that is not a server.
pub(crate) fn start(global: &Global, color: bool) {
    let filter = EnvFilter::try_from_env(VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(level(global).unwrap_or("warn,goose=error")));
    let format = if global.format == Format::Json { LogFormat::Json } else { LogFormat::Human };
    // A second initialisation can only happen in tests, and the first one then stands.
    let _ = traces::registry().with(lines(format, color).with_filter(filter)).try_init();
}

/// The log of a server, and its traces.
pub(crate) struct ServerLog {
    filter: reload::Handle<EnvFilter, Registry>,
    traces: Option<Traces>,
}

impl ServerLog {
    /// Starts both as configured. `-v`, `-q` and `TIDEGATE_LOG` go before the configuration.
    pub(crate) fn start(global: &Global, color: bool, config: &Config, tier: &str) -> anyhow::Result<Self> {
        let (filter, handle) = reload::Layer::new(filter(global, &config.log)?);
        let traces = Traces::start(&config.telemetry, tier).map_err(setup::usage)?;
        let format = if global.format == Format::Json { LogFormat::Json } else { config.log.format };
        let _ = traces::registry()
            .with(lines(format, color).with_filter(filter))
            .with(traces.as_ref().map(Traces::layer))
            .try_init();
        Ok(Self { filter: handle, traces })
    }

    /// Takes over what a configuration that was read again says.
    pub(crate) fn reload(&self, global: &Global, log: &Log) -> anyhow::Result<()> {
        self.filter.reload(filter(global, log)?).map_err(setup::usage)
    }

    /// Exports the last traces.
    pub(crate) fn end(self) {
        if let Some(traces) = self.traces {
            traces.end();
        }
    }
}

fn filter(global: &Global, log: &Log) -> anyhow::Result<EnvFilter> {
    let filter = match EnvFilter::try_from_env(VARIABLE) {
        Ok(filter) => filter,
        Err(_) => EnvFilter::try_new(level(global).unwrap_or(&log.filter)).map_err(setup::usage)?,
    };
    Ok(filter.add_directive(SILENT.parse()?))
}

/// What `-v` and `-q` ask for.
fn level(global: &Global) -> Option<&'static str> {
    match (global.quiet, global.verbose) {
        (true, _) => Some("error"),
        (false, 0) => None,
        (false, 1) => Some("info"),
        (false, _) => Some("debug"),
    }
}

fn lines<S>(format: LogFormat, color: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(|| console::Stderr);
    match format {
        LogFormat::Human => layer.with_ansi(color).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_ansi(false).boxed(),
    }
}
