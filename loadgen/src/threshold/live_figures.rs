//! The figures that are known while a run goes on, from its snapshots.

use reports::model::TimelineRow;
use scenarios::threshold::{Clock, Counter, Measure, Statistic};

use super::load_figures::statistic_of;
use super::{Figure, Figures, Measured};
use crate::live::Detail;
use crate::measure::Phase;
use crate::options::Snapshot;

/// What the snapshots said so far. Times are those of the last second, everything else is of the whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveFigures {
    sent: u64,
    received: u64,
    peak: u64,
    rows: Vec<TimelineRow>,
    last: Option<Snapshot>,
}

/// True when `measure` is known while a run goes on, so that it can end the run. What was lost, doubled or reordered
/// is counted when the books of a session are closed, which is at its end.
pub fn is_live(measure: &Measure) -> bool {
    !matches!(
        measure,
        Measure::Counter(Counter::Lost | Counter::Duplicated | Counter::OutOfOrder | Counter::Replayed)
    )
}

impl LiveFigures {
    /// A second is over.
    pub fn second(&mut self, snapshot: &Snapshot) {
        self.sent += snapshot.sent;
        self.received += snapshot.received;
        self.peak = self.peak.max(snapshot.sessions);
        self.rows.extend(snapshot.detail.as_ref().map(|detail| detail.row.clone()));
        self.last = Some(snapshot.clone());
    }

    /// What a snapshot without its detail tells.
    fn plain(&self, last: &Snapshot, measure: &Measure) -> Option<u64> {
        match measure {
            Measure::Time { statistic: Statistic::P99, operation, clock: Clock::Service }
                if operation == "progress.first" && is_steady(last) =>
            {
                u64::try_from(last.p99?.as_micros()).ok()
            }
            Measure::Counter(Counter::Sent) => Some(self.sent),
            Measure::Counter(Counter::Received) => Some(self.received),
            Measure::Counter(Counter::Errors) => Some(last.errors),
            Measure::Counter(Counter::WrongAnswers) => Some(last.wrong),
            Measure::Counter(Counter::VerifiedAnswers) => Some(last.verified),
            Measure::Counter(Counter::SessionsPeak) => Some(self.peak),
            Measure::Counter(Counter::SessionsRequested) => Some(last.requested),
            _ => None,
        }
    }
}

/// While sessions come and go, times are not those of the load that is judged.
fn is_steady(snapshot: &Snapshot) -> bool {
    snapshot.phase == Phase::Steady.name()
}

/// A time of the second that is over.
fn time(detail: &Detail, statistic: Statistic, operation: &str, clock: Clock) -> Option<Figure> {
    let times = detail.second.iter().find(|times| times.name == operation)?;
    let quantiles = match clock {
        Clock::Service => &times.service_us,
        Clock::Intended => &times.intended_us,
    };
    statistic_of(quantiles, statistic).map(Figure::exact)
}

impl Figures for LiveFigures {
    fn figure(&self, measure: &Measure) -> Option<Figure> {
        let last = self.last.as_ref().filter(|_| is_live(measure))?;
        let Some(detail) = last.detail.as_deref() else {
            return self.plain(last, measure).map(|value| Figure::exact(value as f64));
        };
        match measure {
            Measure::Time { statistic, operation, clock } if is_steady(last) => {
                time(detail, *statistic, operation, *clock)
            }
            Measure::Time { .. } => None,
            other => Measured::so_far(detail, &self.rows).figure(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use reports::model::Quantiles;

    use super::*;
    use crate::live::SecondTimes;
    use crate::made;

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
            detail: None,
        }
    }

    fn of(live: &LiveFigures, text: &str) -> Option<f64> {
        let threshold: scenarios::threshold::Threshold = text.parse().unwrap();
        live.figure(&threshold.measure).map(|figure| figure.value)
    }

    #[test]
    fn counters_add_up_and_times_are_of_the_last_second() {
        let mut live = LiveFigures::default();
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
        assert_eq!(of(&live, "p99(heartbeat) < 1s"), None, "not told by the line");
    }

    /// A second of a sound run, with `times` of its questions.
    fn detailed(phase: &'static str, p95_us: u64) -> Snapshot {
        let mut detail = made::detail(&made::sound());
        let intended_us = Quantiles { p95: p95_us, count: 12, ..Quantiles::default() };
        detail.second =
            vec![SecondTimes { name: "query.result".into(), service_us: Quantiles::default(), intended_us }];
        detail.row = TimelineRow { phase: phase.to_owned(), ..TimelineRow::default() };
        Snapshot { phase, detail: Some(Arc::new(detail)), ..snapshot(0, None) }
    }

    #[test]
    fn with_the_detail_whatever_can_be_known_is() {
        let mut live = LiveFigures::default();
        live.second(&detailed("steady", 70_000));
        assert_eq!(of(&live, "p95(query.result.intended) < 1s"), Some(70_000.0));
        assert_eq!(of(&live, "p95(query.result) < 1s"), None, "nothing ended in this second");
        let rate = of(&live, "rate(errors) < 1%").unwrap();
        assert!((rate - 0.000_5).abs() < 1e-9, "as the report says: {rate}");
        assert_eq!(of(&live, "count(progress.first) > 1"), Some(2_000.0));
        assert_eq!(of(&live, "errors.timeout == 0"), Some(1.0));
        assert_eq!(of(&live, "server.rss_kib < 1GiB"), Some(307_200.0));
        assert_eq!(of(&live, "lost == 0"), None, "the books are still open");
        live.second(&detailed("drain", 70_000));
        assert_eq!(of(&live, "p95(query.result.intended) < 1s"), None);
        assert!(of(&live, "rate(errors) < 1%").is_some());
    }

    #[test]
    fn growth_is_known_once_it_can_be_told() {
        let mut live = LiveFigures::default();
        for second in 0..600_u32 {
            let mut snapshot = detailed("steady", 1);
            let mut detail = made::detail(&made::sound());
            let noise = f64::from(second * 7_919 % 83);
            detail.row = TimelineRow {
                t: f64::from(second),
                phase: "steady".to_owned(),
                server_rss_kib: Some((300_000.0 + 50.0 * f64::from(second) + noise) as u64),
                ..TimelineRow::default()
            };
            snapshot.detail = Some(Arc::new(detail));
            live.second(&snapshot);
            if second == 3 {
                assert_eq!(of(&live, "growth(server.rss) < 1MiB/h"), None);
            }
        }
        let growth = of(&live, "growth(server.rss) < 1MiB/h").unwrap();
        assert!((growth - 50.0).abs() < 1.0, "{growth}");
    }
}
