//! What a process that plays a run, or a part of it, brings home: everything the report is made of, in a form that
//! can be added up.

use std::time::Duration;

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use reports::model::{
    ArrivalCounts, ErrorExample, InsideFigures, MessageCounts, Quantiles, SessionCounts, TimelineRow,
};
use serde::{Deserialize, Serialize};

use crate::measure::{SecondTimes, Tally, text};
use crate::resources::Figures;
use crate::verdict::{Budget, FlowSums};

/// What was measured. Every figure of a report is computed from it, once, whether it comes from one process or was
/// added up from many.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Takings {
    /// Length of the measured phase as far as it came.
    pub duration: Duration,
    /// It was ended early.
    pub interrupted: bool,
    /// Sessions.
    pub sessions: SessionCounts,
    /// Messages.
    pub messages: MessageCounts,
    /// Arrivals, in the open model.
    pub arrivals: Option<ArrivalCounts>,
    /// Sockets that were cut or broke, could not be opened, and sessions given up: where there are any, the target
    /// may have sent what nobody heard.
    pub broken: u64,
    /// What is judged, by operation.
    pub judged: IndexMap<String, Tally>,
    /// Warm-up, ramp and drain, by operation.
    pub apart: IndexMap<String, Tally>,
    /// How long queries stood still, by tenths of their way.
    pub standstills: Vec<Standstill>,
    /// Error codes with their first examples.
    pub errors: Vec<ErrorExample>,
    /// Second by second.
    pub seconds: Vec<Second>,
    /// The processes that measured.
    pub instruments: Vec<Instrument>,
    /// What the targets had counted themselves.
    pub readings: Vec<Reading>,
    /// The server, where its process could be watched.
    pub server: Option<ServerTakings>,
    /// The target's pools and stages, as the first part saw them.
    pub inside: Option<InsideFigures>,
}

/// How long queries stood still in one tenth of their way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standstill {
    /// Which, from 0.
    pub tenth: u8,
    /// From one progress update to the next, microseconds.
    #[serde(with = "text")]
    pub times: Histogram<u64>,
}

/// One second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Its row of the timeline.
    pub row: TimelineRow,
    /// The times behind its percentiles; only kept where they will be added up.
    pub times: Option<SecondTexts>,
}

/// Times of one second as histograms, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondTexts {
    progress: Option<String>,
    lag: Option<String>,
    beats: Option<String>,
}

impl SecondTexts {
    /// `times` as text. What can't be written is left out.
    pub(crate) fn of(times: &SecondTimes) -> Self {
        let write = |histogram: &Histogram<u64>| {
            (!histogram.is_empty()).then(|| text::encode(histogram).ok()).flatten()
        };
        Self { progress: write(&times.progress), lag: write(&times.lag), beats: write(&times.beats) }
    }

    /// The 99th percentile of the time to the first progress over all of `seconds`, where any was measured.
    pub fn p99(seconds: &[Self]) -> Option<Duration> {
        let mut sum = SecondTimes::default();
        for second in seconds {
            second.add_to(&mut sum).ok()?;
        }
        (!sum.progress.is_empty()).then(|| Duration::from_micros(sum.progress.value_at_quantile(0.99)))
    }

    /// Adds them to `sum`.
    pub(crate) fn add_to(&self, sum: &mut SecondTimes) -> Result<(), String> {
        let parts =
            [(&self.progress, &mut sum.progress), (&self.lag, &mut sum.lag), (&self.beats, &mut sum.beats)];
        for (text, sum) in parts {
            if let Some(text) = text {
                sum.add(text::decode(text)?).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

/// One process that measured, as its judge sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// How it is called in reports, such as `worker 2 of 4`; empty when it is the only one.
    pub name: String,
    /// The machine it ran on.
    pub machine: String,
    /// Where it sent its sessions: host and port.
    pub target: String,
    /// Processors of the machine.
    pub cores: usize,
    /// Processor time in the measured phase.
    pub cpu: Option<Duration>,
    /// Length of the measured phase, when it was reached.
    pub steady: Option<Duration>,
    /// Messages in it, sent and received.
    pub steady_messages: u64,
    /// Growth of its memory from the start to its largest, KiB.
    pub grown_kib: Option<u64>,
    /// Most sessions at one time.
    pub peak: u64,
    /// Local ports they needed.
    pub ports: u64,
    /// How many the machine gives.
    pub port_limit: Option<u64>,
    /// Connections that found none.
    pub without_port: u64,
    /// Open files.
    pub files: Option<Budget>,
    /// Its own send lag, microseconds.
    pub send_lag: Quantiles,
    /// How late its own clockwork came to its turn, microseconds.
    pub pauses: Quantiles,
    /// Both sides of Little's law.
    pub flow: FlowSums,
}

/// What a target had counted at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Messages to clients.
    pub sent: u64,
    /// Messages from clients.
    pub received: u64,
    /// Connections at that moment.
    pub connections: u64,
}

/// The counters of one target before and after; `None` where it does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Host and port.
    pub target: String,
    /// Before the first session.
    pub opened: Option<Counted>,
    /// After the last one.
    pub closed: Option<Counted>,
}

/// A server's process, or several together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTakings {
    /// At the start of the run; `None` where its memory is not its own.
    pub start: Option<Figures>,
    /// Processor time used during the run.
    pub used: Option<Duration>,
}
