//! Timelines of several processes beside each other, on the clock they share.
//!
//! Every process ends its seconds on the same absolute schedule, each a little late in its own way. Seconds are
//! those of the schedule: what a process counted in a row belongs to the second that its row is nearest to, so that
//! every count is in the sum exactly once. A process that was held up and skipped a second is taken to have had its
//! sessions all the time.

use std::collections::BTreeMap;

use reports::model::TimelineRow;

use super::{Second, SecondTexts, ShardError};
use crate::measure::{SecondTimes, tell_times};

/// What one process, or all of them, did in a second.
#[derive(Debug, Clone, Default)]
struct Cell {
    row: TimelineRow,
    times: SecondTimes,
}

/// The seconds of all `parts` as those of one process.
pub(super) fn aligned(parts: Vec<Vec<Second>>) -> Result<Vec<Second>, ShardError> {
    let mut columns = Vec::new();
    for part in parts {
        columns.push(column(part)?);
    }
    let seconds: std::collections::BTreeSet<u64> =
        columns.iter().flat_map(|column| column.keys().copied()).collect();
    let mut asked = false;
    let mut aligned = Vec::new();
    for second in seconds {
        let mut whole = Cell::default();
        for column in &columns {
            match column.get(&second) {
                Some(cell) => beside(&mut whole, cell),
                None => idle(&mut whole, column, second),
            }
        }
        asked |= whole.row.queries > 0;
        tell_times(&mut whole.row, &whole.times, asked);
        aligned.push(Second { row: whole.row, times: Some(SecondTexts::of(&whole.times)) });
    }
    Ok(aligned)
}

/// What several processes did since somebody looked last, as one row: of each, what it has and its seconds since then.
/// Where one told none, it still has what it had. `asked` when there was a question before.
pub(crate) fn gathered(
    parts: impl Iterator<Item = (Option<TimelineRow>, Vec<Second>)>,
    asked: bool,
) -> Result<TimelineRow, ShardError> {
    let mut whole = Cell::default();
    for (held, seconds) in parts {
        let mut cell = Cell::default();
        let told = !seconds.is_empty();
        for second in seconds {
            add(&mut cell, second)?;
        }
        match held {
            Some(held) if !told => hold(&mut whole.row, &held),
            // It has ended: what it did counts, it has nothing any more.
            None => beside(&mut whole, &Cell { row: without_state(cell.row), times: cell.times }),
            Some(_) => beside(&mut whole, &cell),
        }
    }
    let asked = asked || whole.row.queries > 0;
    tell_times(&mut whole.row, &whole.times, asked);
    Ok(whole.row)
}

/// A row of somebody who has nothing any more.
fn without_state(row: TimelineRow) -> TimelineRow {
    TimelineRow {
        sessions: 0,
        in_flight: 0,
        generator_rss_kib: None,
        generator_cpu: None,
        generator_sockets: None,
        ..row
    }
}

/// The second a row belongs to.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a run; a float saturates as it is cast"
)]
fn second_of(t: f64) -> u64 {
    (t.round() as u64).max(1)
}

/// One process's seconds by their place on the schedule.
fn column(seconds: Vec<Second>) -> Result<BTreeMap<u64, Cell>, ShardError> {
    let mut column: BTreeMap<u64, Cell> = BTreeMap::new();
    for second in seconds {
        add(column.entry(second_of(second.row.t)).or_default(), second)?;
    }
    Ok(column)
}

/// Adds a later second of the same process.
fn add(cell: &mut Cell, Second { row, times }: Second) -> Result<(), ShardError> {
    let refuse = |message: String| ShardError::Record { origin: "timeline".to_owned(), message };
    let Some(texts) = times else {
        return Err(refuse(format!("the second at {} has no histograms to add up", row.t)));
    };
    texts.add_to(&mut cell.times).map_err(refuse)?;
    later(&mut cell.row, row);
    Ok(())
}

/// Adds a later row of the same process: counts are summed, what it has is that of the later one.
fn later(row: &mut TimelineRow, newer: TimelineRow) {
    *row = TimelineRow {
        sent: row.sent + newer.sent,
        received: row.received + newer.received,
        errors: row.errors + newer.errors,
        queries: row.queries + newer.queries,
        arrivals_offered: plus(row.arrivals_offered, newer.arrivals_offered),
        arrivals_dropped: plus(row.arrivals_dropped, newer.arrivals_dropped),
        ..newer
    };
}

/// Adds another process's second.
fn beside(whole: &mut Cell, cell: &Cell) {
    let (sum, row) = (&mut whole.row, &cell.row);
    if row.t >= sum.t {
        sum.t = row.t;
        sum.phase.clone_from(&row.phase);
    }
    sum.sent += row.sent;
    sum.received += row.received;
    sum.errors += row.errors;
    sum.queries += row.queries;
    sum.arrivals_offered = plus(sum.arrivals_offered, row.arrivals_offered);
    sum.arrivals_dropped = plus(sum.arrivals_dropped, row.arrivals_dropped);
    hold(sum, row);
    for (sum, cpu) in [(&mut sum.server_cpu, row.server_cpu), (&mut sum.generator_cpu, row.generator_cpu)] {
        *sum = plus(*sum, cpu);
    }
    sum.database = sum.database.or(row.database);
    let pairs = [
        (&mut whole.times.progress, &cell.times.progress),
        (&mut whole.times.lag, &cell.times.lag),
        (&mut whole.times.beats, &cell.times.beats),
    ];
    for (sum, times) in pairs {
        // The sum grows as it must, so that no value is out of range.
        let _ = sum.add(times);
    }
}

/// Both, or the one that is known.
fn plus<T: std::ops::Add<Output = T>>(left: Option<T>, right: Option<T>) -> Option<T> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    }
}

/// What a process holds: sessions, queries in flight, memory, sockets.
fn hold(sum: &mut TimelineRow, row: &TimelineRow) {
    sum.sessions += row.sessions;
    sum.in_flight += row.in_flight;
    let pairs = [
        (&mut sum.server_rss_kib, row.server_rss_kib),
        (&mut sum.server_sockets, row.server_sockets),
        (&mut sum.generator_rss_kib, row.generator_rss_kib),
        (&mut sum.generator_sockets, row.generator_sockets),
    ];
    for (sum, held) in pairs {
        *sum = plus(*sum, held);
    }
}

/// A second in which a process did not come to its turn: it still has what it had, unless it has ended.
fn idle(whole: &mut Cell, column: &BTreeMap<u64, Cell>, second: u64) {
    let before = column.range(..second).next_back();
    let ended = column.range(second..).next().is_none();
    if let Some((_, cell)) = before.filter(|_| !ended) {
        hold(&mut whole.row, &cell.row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(t: f64, sessions: u64, sent: u64) -> Second {
        let row = TimelineRow { t, sessions, sent, phase: "steady".to_owned(), ..TimelineRow::default() };
        Second { row, times: Some(SecondTexts::default()) }
    }

    #[test]
    fn a_process_that_was_held_up_keeps_its_sessions_and_its_counts() {
        let steady = (1..=5).map(|t| second(f64::from(t) + 0.003, 10, 100)).collect();
        let held_up =
            vec![second(1.004, 10, 50), second(3.61, 10, 130), second(4.002, 10, 20), second(5.0, 0, 1)];
        let seconds = aligned(vec![steady, held_up]).unwrap();
        let told: Vec<(u64, u64, u64)> = seconds
            .iter()
            .map(|second| (second.row.t.round() as u64, second.row.sessions, second.row.sent))
            .collect();
        assert_eq!(told, [(1, 20, 150), (2, 20, 100), (3, 20, 100), (4, 20, 250), (5, 10, 101)]);
    }

    #[test]
    fn a_process_that_has_ended_has_nothing_any_more() {
        let seconds =
            aligned(vec![vec![second(1.0, 5, 1), second(2.0, 5, 1)], vec![second(1.1, 7, 1)]]).unwrap();
        assert_eq!(seconds.iter().map(|second| second.row.sessions).collect::<Vec<_>>(), [12, 5]);
    }

    #[test]
    fn a_timeline_without_histograms_is_refused() {
        let bare = Second { times: None, ..second(1.0, 1, 1) };
        let error = aligned(vec![vec![second(1.0, 1, 1)], vec![bare]]).unwrap_err();
        assert!(error.to_string().contains("no histograms"), "{error}");
    }
}
