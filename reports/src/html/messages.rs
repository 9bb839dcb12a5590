//! The messages of the charts: what a reader should take away, computed from the rows as measured.

use super::timeline::{Timeline, mean, peak};
use crate::hdr::TagSeconds;
use crate::model::{LoadReport, TimelineRow};
use crate::wording::{self, clock, count, micros, millis, plain};

/// What the latency did, against `limit` in milliseconds.
pub(super) fn latency(timeline: &Timeline<'_>, limit: Option<f64>) -> String {
    let p99 = |row: &TimelineRow| row.p99_us.map(|us| us as f64 / 1e3);
    let Some((at, highest)) = peak(timeline.rows(), p99) else {
        return "No query reported progress: there is no latency to show".to_owned();
    };
    let (highest, when) = (millis(highest), clock(at.t));
    let Some(limit) = limit else {
        return format!("p99 is {highest} at most, at {when}");
    };
    let over: Vec<_> = timeline.rows().iter().filter(|row| p99(row).is_some_and(|p99| p99 > limit)).collect();
    match over.first() {
        None => format!("p99 stays under {}: highest {highest} at {when}", millis(limit)),
        Some(first) => format!(
            "p99 passes {} at {}: over it in {} of {} seconds, highest {highest} at {when}",
            millis(limit),
            clock(first.t),
            count(over.len() as u64),
            count(timeline.rows().len() as u64),
        ),
    }
}

/// Whether messages kept flowing.
pub(super) fn rate(timeline: &Timeline<'_>) -> String {
    let steady = timeline.steady();
    // The median: where arrivals come in waves, no second is like the mean.
    let mut received: Vec<u64> = steady.iter().map(|row| row.received).collect();
    received.sort_unstable();
    let Some(usual) = received.get(received.len() / 2).map(|usual| *usual as f64) else {
        return "No message was exchanged".to_owned();
    };
    let lowest = steady.iter().min_by_key(|row| row.received);
    let usual_text = plain(usual.round());
    match lowest {
        Some(row) if (row.received as f64) < usual * 0.5 => format!(
            "Received messages fall to {} a second at {}, where {usual_text} are usual",
            count(row.received),
            clock(row.t)
        ),
        Some(row) => {
            format!("{usual_text} messages a second are received, never under {}", count(row.received))
        }
        None => format!("{usual_text} messages a second are received"),
    }
}

/// Whether everything that came due was sent.
pub(super) fn arrivals(load: &LoadReport, timeline: &Timeline<'_>) -> String {
    let all = load.arrivals.unwrap_or_default();
    let worst = timeline.rows().iter().max_by_key(|row| row.arrivals_dropped);
    match worst.filter(|row| row.arrivals_dropped.is_some_and(|dropped| dropped > 0)) {
        Some(row) => format!(
            "{} of {} arrivals found no free session, most of them at {}",
            count(all.dropped),
            count(all.offered),
            clock(row.t)
        ),
        None => format!("All {} arrivals were sent when they were due", count(all.offered)),
    }
}

/// Where the times of an operation lay, from the seconds of its histogram log.
pub(super) fn heat(name: &str, tag: &TagSeconds) -> String {
    let worst = tag.seconds.iter().max_by_key(|second| second.p99);
    let usual = {
        let mut medians: Vec<u64> = tag.seconds.iter().map(|second| second.p50).collect();
        medians.sort_unstable();
        medians.get(medians.len() / 2).copied().unwrap_or_default()
    };
    match worst {
        Some(worst) => format!(
            "{name}: usually {}, the slowest second at {} with a p99 of {}",
            micros(usual),
            clock(worst.until_s),
            micros(worst.p99)
        ),
        None => format!("{name}: no time was recorded"),
    }
}

/// Whether the sessions stood.
pub(super) fn sessions(load: &LoadReport, timeline: &Timeline<'_>) -> String {
    let lowest = timeline.steady().into_iter().min_by_key(|row| row.sessions);
    let peak = count(load.sessions.peak);
    match lowest {
        Some(row) if row.sessions >= load.sessions.peak => {
            format!("All {peak} sessions stand through the steady phase")
        }
        Some(row) if row.sessions * 100 >= load.sessions.peak * 99 => {
            format!("{} to {peak} sessions stand through the steady phase", count(row.sessions))
        }
        Some(row) => format!("Sessions fall from {peak} to {} at {}", count(row.sessions), clock(row.t)),
        None => "No session was held".to_owned(),
    }
}

/// When errors happened.
pub(super) fn errors(timeline: &Timeline<'_>) -> String {
    let with: Vec<_> = timeline.rows().iter().filter(|row| row.errors > 0).collect();
    let total: u64 = with.iter().map(|row| row.errors).sum();
    match (with.first(), with.last()) {
        (Some(first), Some(last)) if first.t < last.t => {
            format!("{} errors, the first at {}, the last at {}", count(total), clock(first.t), clock(last.t))
        }
        (Some(only), _) if total == 1 => format!("One error, at {}", clock(only.t)),
        (Some(only), _) => format!("{} errors, all at {}", count(total), clock(only.t)),
        _ => "No error in any second".to_owned(),
    }
}

/// How late the generator itself was.
pub(super) fn send_lag(timeline: &Timeline<'_>, limit: f64) -> String {
    let lag = |row: &TimelineRow| row.send_lag_p99_us.map(|us| us as f64 / 1e3);
    // Judged is the steady phase: who comes and goes may wait.
    match peak(timeline.steady(), lag) {
        Some((row, highest)) if highest > limit => {
            format!("The generator itself was {} late at {}", millis(highest), clock(row.t))
        }
        Some((row, highest)) => {
            format!("The generator sends on time: p99 {} late at most, at {}", millis(highest), clock(row.t))
        }
        None => "The send lag was not recorded by the second".to_owned(),
    }
}

/// Processor time of both sides.
pub(super) fn processors(timeline: &Timeline<'_>, cores: usize) -> String {
    let steady = timeline.steady();
    let of = |side: fn(&TimelineRow) -> Option<f64>| mean(steady.iter().filter_map(|row| side(row)));
    match (of(|row| row.server_cpu), of(|row| row.generator_cpu)) {
        (Some(server), Some(generator)) => format!(
            "The server uses {} of {cores} cores on average, the generator {}",
            plain(server),
            plain(generator)
        ),
        (Some(server), None) => format!("The server uses {} of {cores} cores on average", plain(server)),
        (None, Some(generator)) => {
            format!(
                "The generator uses {} of {cores} cores on average; the server's share is unknown",
                plain(generator)
            )
        }
        (None, None) => "Processor time is unknown".to_owned(),
    }
}

/// Memory of both sides.
pub(super) fn memory(timeline: &Timeline<'_>) -> String {
    let side =
        |of: fn(&TimelineRow) -> Option<u64>| peak(timeline.rows(), move |row| of(row).map(|kib| kib as f64));
    match (side(|row| row.server_rss_kib), side(|row| row.generator_rss_kib)) {
        (Some((row, server)), Some((_, generator))) => format!(
            "The server's memory peaks at {} at {}, the generator's at {}",
            wording::kib(server),
            clock(row.t),
            wording::kib(generator)
        ),
        (Some((row, kib)), None) => {
            format!("The server's memory peaks at {} at {}", wording::kib(kib), clock(row.t))
        }
        (None, Some((row, kib))) => {
            format!("The generator's memory peaks at {} at {}", wording::kib(kib), clock(row.t))
        }
        (None, None) => "Memory is unknown".to_owned(),
    }
}

/// Mean time of a statement inside the database.
pub(super) fn database(timeline: &Timeline<'_>) -> String {
    match peak(timeline.rows(), |row| row.database?.mean_us.map(|us| us as f64 / 1e3)) {
        Some((row, millis)) => {
            format!(
                "A SELECT takes the database at most {} on average, at {}",
                wording::millis(millis),
                clock(row.t)
            )
        }
        None => "Times inside the database are unknown".to_owned(),
    }
}

/// Open files of both sides.
pub(super) fn sockets(timeline: &Timeline<'_>) -> String {
    let side =
        |of: fn(&TimelineRow) -> Option<u64>| peak(timeline.rows(), move |row| of(row).map(|n| n as f64));
    match (side(|row| row.server_sockets), side(|row| row.generator_sockets)) {
        (Some((_, server)), Some((_, generator))) => {
            format!(
                "Up to {} files are open in the server, {} in the generator",
                plain(server),
                plain(generator)
            )
        }
        (Some((_, n)), None) => format!("Up to {} files are open in the server", plain(n)),
        (None, Some((_, n))) => format!("Up to {} files are open in the generator", plain(n)),
        (None, None) => "Open files are unknown".to_owned(),
    }
}

/// What one operation's distribution says.
pub(super) fn operation(operation: &crate::model::OperationReport) -> String {
    let (service, intended) = (&operation.service_us, &operation.intended_us);
    let quick = format!("{}: p99 {}", operation.name, micros(service.p99));
    if intended.p99 > service.p99 + service.p99 / 10 {
        format!("{quick}, but {} from the intended moment", micros(intended.p99))
    } else {
        format!("{quick}, max {}", micros(service.max))
    }
}
