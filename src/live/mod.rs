//! A load run shown to others while it lasts, beside the one line: a page of metrics, an export of them, a full screen.

mod screen;

use std::sync::Arc;
use std::time::Duration;

use loadgen::live::{Endpoint, Export, Latest};
use loadgen::{Observer as _, Snapshot};

use crate::arguments::{Format, Global, LiveArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::interrupt::Interrupts;
use crate::setup;

pub(crate) use screen::Screen;

/// What the runs of one command are shown by.
#[derive(Debug, Default)]
pub(crate) struct Views {
    latest: Latest,
    endpoint: Option<Endpoint>,
    linger: Duration,
    export: Option<Export>,
    full_screen: bool,
}

impl Views {
    /// Opens what was asked for.
    ///
    /// # Errors
    /// An address or a collector that can't be, or a full screen where there is no terminal: the user's mistakes.
    pub(crate) async fn open(
        arguments: &LiveArguments,
        global: &Global,
        console: &Console,
    ) -> anyhow::Result<Self> {
        if arguments.tui {
            screen::check_terminal()?;
        }
        let latest = Latest::default();
        let endpoint = match &arguments.metrics_listen {
            Some(address) => {
                let bound = Endpoint::bind(address, latest.clone()).await;
                Some(
                    bound
                        .map_err(|error| Failure::Usage(format!("--metrics-listen {address:?}: {error}")))?,
                )
            }
            None => None,
        };
        if let Some(endpoint) = &endpoint {
            let url = format!("http://{}/metrics", endpoint.address());
            console.line(&match global.format {
                Format::Json => serde_json::json!({ "event": "metrics", "url": url }).to_string(),
                Format::Human | Format::Csv => format!("metrics at {url}"),
            });
        }
        let export = Export::start(arguments.otlp.as_deref()).map_err(setup::usage)?;
        Ok(Self {
            latest,
            endpoint,
            linger: arguments.metrics_linger.unwrap_or_default(),
            export,
            full_screen: arguments.tui,
        })
    }

    /// True when snapshots need their detail.
    pub(crate) fn are_wanted(&self) -> bool {
        self.endpoint.is_some() || self.export.is_some() || self.full_screen
    }

    /// Takes the full screen for one run, where that was asked for.
    pub(crate) fn screen(&self, console: &Console) -> anyhow::Result<Option<Screen>> {
        self.full_screen.then(|| Screen::open(console)).transpose()
    }

    /// A second is over.
    pub(crate) fn second(&self, snapshot: &Snapshot) {
        if self.endpoint.is_some() {
            self.latest.second(snapshot);
        }
        if let Some(export) = &self.export {
            export.second(snapshot);
        }
    }

    /// Waits for who still wants the last figures, unless the user wants no more, and ends.
    pub(crate) async fn close(self: Arc<Self>, interrupts: &mut Interrupts, console: &Console) {
        // Whoever else held it has ended with the last run.
        let Some(Self { endpoint, linger, export, .. }) = Arc::into_inner(self) else { return };
        let last = async {
            if let Some(export) = export {
                export.end().await;
            }
            if let Some(mut endpoint) = endpoint.filter(|_| !linger.is_zero()) {
                let most = humantime::format_duration(linger);
                console.line(&format!(
                    "the run is over; its metrics stay until they were fetched, {most} at most"
                ));
                endpoint.linger(linger).await;
            }
        };
        tokio::select! {
            () = last => {}
            () = interrupts.next() => {}
        }
    }
}
