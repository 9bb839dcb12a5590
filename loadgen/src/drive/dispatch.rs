//! Brings arrivals to sessions, each at its moment, whatever the target does.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use scenarios::Trace;
use tokio::time::{Instant, sleep_until};

use super::arrivals::ArrivalTimes;
use crate::session::{Arrival, Shared};

/// Where arrivals come from.
pub(super) enum Source {
    /// From a rate.
    Rate(Box<ArrivalTimes>),
    /// From a recording.
    Trace(Trace),
}

impl Source {
    /// The source that the scenario names, its `trace` where it has one; `None` in the closed model.
    pub(super) fn of(shared: &Shared, trace: Option<Trace>) -> Option<Self> {
        if !shared.is_open() {
            return None;
        }
        if let Some(trace) = trace {
            return Some(Self::Trace(trace));
        }
        let sessions = &shared.scenario.sessions;
        let times = ArrivalTimes::new(&shared.scenario.load, sessions.settle, sessions.duration, shared.seed);
        Some(Self::Rate(Box::new(times)))
    }
}

/// Hands out the arrivals until the drain begins or there are none left.
pub(super) async fn dispatch(shared: Arc<Shared>, source: Source) {
    let shared = &*shared;
    let begin = shared.recorder.phases().ramped;
    match source {
        Source::Rate(times) => {
            let asks = shared.scenario.questions.enabled;
            for after in *times {
                let arrival = Arrival { due: begin + after, question: None };
                if !wait(shared, arrival.due).await {
                    break;
                }
                let pool = &shared.pool;
                let taken = if asks { pool.hand(arrival) } else { pool.hand_in_turn(arrival) };
                offered(shared, arrival, taken);
            }
        }
        Source::Trace(trace) => {
            let sessions = usize::try_from(shared.scenario.sessions.count).unwrap_or(usize::MAX);
            for entry in trace.entries {
                let arrival = Arrival { due: begin + entry.at, question: Some(entry.question) };
                if !wait(shared, arrival.due).await {
                    break;
                }
                let taken = shared.pool.hand_to(entry.session % sessions, arrival);
                offered(shared, arrival, taken);
            }
        }
    }
}

/// Waits for a moment; false when nothing is to be sent any more.
async fn wait(shared: &Shared, due: Instant) -> bool {
    let drain = shared.recorder.phases().drain;
    if due > Instant::now() {
        sleep_until(due.min(drain)).await;
    }
    due < drain && !shared.is_hurried() && !shared.is_abandoned()
}

fn offered(shared: &Shared, arrival: Arrival, taken: bool) {
    if shared.recorder.phases().is_steady(arrival.due) {
        shared.recorder.counters.offered.fetch_add(1, Relaxed);
    }
    if !taken {
        shared.drop_arrival(arrival.due);
    }
}
