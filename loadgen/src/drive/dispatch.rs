//! Brings arrivals to sessions, each at its moment, whatever the target does.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use scenarios::{Trace, TraceEntry};
use tokio::time::{Instant, sleep_until};

use super::arrivals::ArrivalTimes;
use crate::session::{Arrival, Shared};
use crate::shards::Share;

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
            let asks = shared.asks();
            for (_, after) in (0..).zip(*times).filter(|(number, _)| shared.share.has(*number)) {
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
            for (session, entry) in of_share(shared.share, trace, shared.scenario.sessions.count) {
                let arrival = Arrival { due: begin + entry.at, question: Some(entry.question) };
                if !wait(shared, arrival.due).await {
                    break;
                }
                let taken = shared.pool.hand_to(session, arrival);
                offered(shared, arrival, taken);
            }
        }
    }
}

/// The lines of `trace` whose session is played here, with its number in a run of `sessions`.
fn of_share(share: Share, trace: Trace, sessions: u64) -> impl Iterator<Item = (usize, TraceEntry)> {
    let sessions = usize::try_from(sessions).unwrap_or(usize::MAX).max(1);
    let lines = trace.entries.into_iter().map(move |entry| (entry.session % sessions, entry));
    lines.filter(move |(session, _)| share.has(*session as u64))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use scenarios::{Arrivals, Load};

    use super::*;

    proptest! {
        #[test]
        fn every_line_of_a_trace_is_played_by_exactly_one_part(
            lines in prop::collection::vec((0_u64..60_000, 0_usize..40), 1..200), of in 1_u32..9, sessions in 9_u64..50,
        ) {
            let entries: Vec<TraceEntry> = lines
                .iter()
                .enumerate()
                .map(|(question, (at, session))| TraceEntry {
                    at: Duration::from_millis(*at),
                    session: *session,
                    question,
                })
                .collect();
            let trace = Trace { entries, sessions: 40 };
            let mut whole: Vec<(usize, TraceEntry)> = of_share(Share::WHOLE, trace.clone(), sessions).collect();
            let parts = (0..of).map(|index| Share::new(index, of).unwrap());
            let mut sum: Vec<(usize, TraceEntry)> =
                parts.flat_map(|part| of_share(part, trace.clone(), sessions).collect::<Vec<_>>()).collect();
            prop_assert!(whole.iter().all(|(session, _)| (*session as u64) < sessions));
            whole.sort_by_key(|(_, entry)| entry.question);
            sum.sort_by_key(|(_, entry)| entry.question);
            prop_assert_eq!(sum, whole);
        }

        #[test]
        fn every_arrival_is_brought_by_exactly_one_part(rate in 0.5_f64..80.0, poisson: bool, of in 1_u32..9) {
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Constant };
            let load = Load { arrivals, rate, ..Load::default() };
            let times = || (0_u64..).zip(ArrivalTimes::new(&load, Duration::from_secs(1), Duration::from_secs(9), 7));
            let mut sum: Vec<(u64, Duration)> = (0..of)
                .flat_map(|index| times().filter(move |(number, _)| Share::new(index, of).unwrap().has(*number)))
                .collect();
            sum.sort();
            prop_assert_eq!(sum, times().collect::<Vec<_>>());
        }
    }
}
