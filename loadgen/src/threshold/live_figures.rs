//! The figures that are known while a run goes on, from its snapshots.

use scenarios::threshold::{Clock, Counter, Measure, Statistic};

use super::{Figure, Figures};
use crate::measure::Phase;
use crate::options::Snapshot;

/// What the snapshots said so far. Times are those of the last second, counters those of the whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveFigures {
    sent: u64,
    received: u64,
    peak: u64,
    last: Option<Snapshot>,
}

/// True when `measure` is known while a run goes on, so that it can end the run.
pub fn is_live(measure: &Measure) -> bool {
    match measure {
        Measure::Time { statistic: Statistic::P99, operation, clock: Clock::Service } => {
            operation == "progress.first"
        }
        Measure::Counter(counter) => matches!(
            counter,
            Counter::Sent
                | Counter::Received
                | Counter::Errors
                | Counter::WrongAnswers
                | Counter::VerifiedAnswers
                | Counter::SessionsPeak
                | Counter::SessionsRequested
        ),
        _ => false,
    }
}

impl LiveFigures {
    /// A second is over.
    pub fn second(&mut self, snapshot: &Snapshot) {
        self.sent += snapshot.sent;
        self.received += snapshot.received;
        self.peak = self.peak.max(snapshot.sessions);
        self.last = Some(snapshot.clone());
    }
}

impl Figures for LiveFigures {
    fn figure(&self, measure: &Measure) -> Option<Figure> {
        let last = self.last.as_ref().filter(|_| is_live(measure))?;
        let value = match measure {
            // While sessions come and go, times are not those of the load that is judged.
            Measure::Time { .. } if last.phase == Phase::Steady.name() => last.p99?.as_secs_f64() * 1e6,
            Measure::Counter(counter) => {
                (match counter {
                    Counter::Sent => self.sent,
                    Counter::Received => self.received,
                    Counter::Errors => last.errors,
                    Counter::WrongAnswers => last.wrong,
                    Counter::VerifiedAnswers => last.verified,
                    Counter::SessionsPeak => self.peak,
                    Counter::SessionsRequested => last.requested,
                    _ => return None,
                }) as f64
            }
            _ => return None,
        };
        Some(Figure::exact(value))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn snapshot(errors: u64, p99: Option<u64>) -> Snapshot {
        Snapshot {
            phase: "steady",
            elapsed: Duration::from_secs(9),
            left: Duration::from_secs(9),
            sessions: 40,
            requested: 50,
            sent: 10,
            received: 20,
            queries: 5,
            in_flight: 3,
            p99: p99.map(Duration::from_millis),
            errors,
            verified: 4,
            wrong: 0,
        }
    }

    #[test]
    fn counters_add_up_and_times_are_of_the_last_second() {
        let mut live = LiveFigures::default();
        let of = |live: &LiveFigures, text: &str| {
            let threshold: scenarios::threshold::Threshold = text.parse().unwrap();
            live.figure(&threshold.measure).map(|figure| figure.value)
        };
        assert_eq!(of(&live, "errors < 1"), None, "nothing is known before the first second");
        live.second(&snapshot(3, Some(250)));
        live.second(&snapshot(7, None));
        assert_eq!(of(&live, "errors < 1"), Some(7.0));
        assert_eq!(of(&live, "received > 1"), Some(40.0));
        assert_eq!(of(&live, "sessions.peak > 1"), Some(40.0));
        assert_eq!(of(&live, "p99(progress.first) < 1s"), None);
        live.second(&snapshot(7, Some(80)));
        assert_eq!(of(&live, "p99(progress.first) < 1s"), Some(80_000.0));
        live.second(&Snapshot { phase: "drain", ..snapshot(7, Some(900)) });
        assert_eq!(of(&live, "p99(progress.first) < 1s"), None);
        assert_eq!(of(&live, "p99(heartbeat) < 1s"), None, "not known before the end");
    }
}
