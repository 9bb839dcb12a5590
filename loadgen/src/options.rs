//! What a caller gives to a run and gets from it.

use std::sync::Arc;
use std::time::Duration;

use reports::model::{DatabaseFigures, Header, LoadReport};
use serde::{Deserialize, Serialize};

use crate::actions::Hand;
use crate::database::Probe;
use crate::live::{Detail, PartSecond};
use crate::shards::{Share, Takings};

/// What a caller can say beyond the scenario.
#[derive(Debug, Clone)]
pub struct Options {
    /// Common fields of the report; its `seed` is the seed of everything random in the run.
    pub header: Header,
    /// Sessions instead of the scenario's.
    pub sessions: Option<u64>,
    /// Length of the steady phase instead of the scenario's.
    pub duration: Option<Duration>,
    /// Arrivals a second: the open model, whatever the scenario's.
    pub rate: Option<f64>,
    /// Which database answers, as far as the caller knows.
    pub database: DatabaseFigures,
    /// Seed of the data the target was started with, when known: answers made for another are not verified.
    pub data_seed: Option<u64>,
    /// Where the database can be looked into.
    pub probe: Option<Probe>,
    /// Who does what the scenario's actions say; without one they are reported as not done.
    pub hand: Option<Arc<dyn Hand>>,
    /// Somebody follows the run closely: its snapshots carry their [`Detail`].
    pub detailed: bool,
    /// Which part of the scenario is played here.
    pub share: Share,
    /// Keep what is needed to add this part up with others, also when it is all of the scenario.
    pub adds_up: bool,
    /// Where it adds up, tell what the live figures of the whole are made of, each second.
    pub tells_figures: bool,
}

impl Options {
    /// Nothing beyond the scenario.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            sessions: None,
            duration: None,
            rate: None,
            database: DatabaseFigures { kind: "unknown".to_owned(), ..DatabaseFigures::default() },
            data_seed: None,
            probe: None,
            hand: None,
            detailed: false,
            share: Share::WHOLE,
            adds_up: false,
            tells_figures: false,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its time was over.
    Completed,
    /// Somebody asked for it, by [`Stop`](crate::Stop) or Ctrl-C.
    Stopped,
    /// The target went away in mid-run: no figure is to be judged, the cause comes first.
    TargetLost {
        /// Seconds since the start of the run.
        after: Duration,
        /// One sentence, such as `connection refused (1000 of 1000 sessions lost)`.
        cause: String,
    },
}

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct LoadOutcome {
    /// The report, thresholds and generator verdict included.
    pub report: LoadReport,
    /// Contents of `load.hdr`: HdrHistogram log, V2 compressed, two tags per operation and an interval a second.
    pub hdr_log: Vec<u8>,
    /// How it ended.
    pub ending: Ending,
}

/// What came out of a part of a run, before a report is made of it.
#[derive(Debug, Clone)]
pub struct Played {
    /// Everything a report is made of.
    pub takings: Takings,
    /// Contents of `load.hdr`, as in [`LoadOutcome`].
    pub hdr_log: Vec<u8>,
    /// How it ended.
    pub ending: Ending,
}

/// The state of a run at the end of one of its seconds: enough for one line, and more where that was asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// `ramp`, `steady` or `drain`.
    pub phase: &'static str,
    /// Time since the start.
    pub elapsed: Duration,
    /// Time until the planned end.
    pub left: Duration,
    /// Sessions connected.
    pub sessions: u64,
    /// Sessions asked for.
    pub requested: u64,
    /// Messages sent in this second.
    pub sent: u64,
    /// Messages received in this second.
    pub received: u64,
    /// Queries finished in this second.
    pub queries: u64,
    /// Queries in flight.
    pub in_flight: u64,
    /// 99th percentile of the time to the first progress in this second.
    pub p99: Option<Duration>,
    /// Errors so far.
    pub errors: u64,
    /// Answers compared with the expected rows so far.
    pub verified: u64,
    /// Answers that differed so far.
    pub wrong: u64,
    /// Everything else that is known by now, where [`Options::detailed`] asks for it.
    pub detail: Option<Arc<Detail>>,
}

/// Is told once a second how the run is going. Must return at once.
pub trait Observer: Send + Sync {
    /// One second is over.
    fn second(&self, snapshot: &Snapshot);

    /// What is to be added up of that second with those of other processes, told before it.
    fn part(&self, _: PartSecond) {}
}

impl<F: Fn(&Snapshot) + Send + Sync> Observer for F {
    fn second(&self, snapshot: &Snapshot) {
        self(snapshot);
    }
}

impl Observer for () {
    fn second(&self, _: &Snapshot) {}
}
