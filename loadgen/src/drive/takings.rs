//! What this process brings home from a run.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use indexmap::IndexMap;
use reports::model::{ArrivalCounts, ErrorExample, MessageCounts, Quantiles, SessionCounts, TimelineRow};

use super::monitor::{Mark, Sight, Watched};
use crate::live::PartFigures;
use crate::measure::{Operation, Recorder, Tally};
use crate::options::Ending;
use crate::resources::{Figures, local_ports, open_file_limit};
use crate::session::Shared;
use crate::shards::{Instrument, Reading, Second, ServerTakings, Standstill, Takings, machine_name};
use crate::verdict::Budget;

/// Gathers it.
pub(super) fn takings(shared: &Shared, watched: Watched, reading: Reading, ending: &Ending) -> Takings {
    let tallies = shared.recorder.tallies();
    let send_lag = Quantiles::of(&tallies[Operation::SendLag as usize].service);
    let sight = watched.sight();
    let seen = so_far(shared, sight, send_lag);
    Takings {
        interrupted: *ending != Ending::Completed,
        judged: by_name(&shared.recorder, tallies),
        apart: by_name(&shared.recorder, shared.recorder.tallies_apart()),
        standstills: standstills(shared),
        readings: vec![reading],
        seconds: seconds(watched),
        ..seen
    }
}

/// The counts and states by now, without any histogram and any second.
pub(super) fn so_far(shared: &Shared, sight: Sight<'_>, send_lag: Quantiles) -> Takings {
    Takings {
        duration: duration(shared, sight.end),
        sessions: sessions(shared),
        messages: messages(shared),
        arrivals: arrivals(shared),
        broken: broken(shared),
        instruments: vec![instrument(shared, sight, send_lag)],
        server: Some(server(shared, sight)),
        errors: errors(shared),
        ..Takings::default()
    }
}

/// What is told of the second that is over, `judged` being what came in it.
pub(super) fn part(shared: &Shared, sight: Sight<'_>, mut judged: IndexMap<String, Tally>) -> PartFigures {
    let mut send_lag = Quantiles::default();
    shared.recorder.show_judged(|operation, tally| {
        if operation == Operation::SendLag.name() {
            send_lag = Quantiles::of(&tally.service);
        }
        let told = judged.entry(operation.to_owned()).or_default();
        (told.count, told.errors) = (tally.count, tally.errors.clone());
    });
    let mut takings = Takings { judged, ..so_far(shared, sight, send_lag) };
    // Whoever wants to read them finds them in the report.
    takings.errors.iter_mut().for_each(|error| error.transcript.clear());
    PartFigures { row: sight.rows.last().cloned().unwrap_or_default(), takings }
}

/// Length of the measured phase, as far as it came.
fn duration(shared: &Shared, end: Mark) -> Duration {
    shared.recorder.phases().steady_until(end.at)
}

fn sessions(shared: &Shared) -> SessionCounts {
    let counters = &shared.recorder.counters;
    let established = counters.established.load(Relaxed);
    SessionCounts {
        requested: shared.share.count(shared.scenario.sessions.count),
        established,
        peak: counters.peak.load(Relaxed),
        breaks: shared.breaks.load(Relaxed),
        given_up: shared.lost_sessions.load(Relaxed),
        connected_us: (established > 0).then(|| counters.newest_up_us.load(Relaxed)),
    }
}

fn arrivals(shared: &Shared) -> Option<ArrivalCounts> {
    let counters = &shared.recorder.counters;
    shared.is_open().then(|| ArrivalCounts {
        offered: counters.offered.load(Relaxed),
        dropped: counters.dropped.load(Relaxed),
    })
}

/// What may have kept from us what the target sent.
fn broken(shared: &Shared) -> u64 {
    let broken = [&shared.breaks, &shared.failed_opens, &shared.lost_sessions];
    broken.iter().map(|count| count.load(Relaxed)).sum()
}

/// How long queries stood still.
fn standstills(shared: &Shared) -> Vec<Standstill> {
    let known = shared.recorder.standstills().into_iter();
    known.filter_map(|(tenth, times)| Some(Standstill { tenth: u8::try_from(tenth).ok()?, times })).collect()
}

/// Every operation that happened.
fn by_name(recorder: &Recorder, tallies: Vec<Tally>) -> IndexMap<String, Tally> {
    let named = recorder.names().zip(tallies);
    named
        .filter(|(_, tally)| tally.count > 0)
        .map(|(operation, tally)| (operation.to_owned(), tally))
        .collect()
}

fn seconds(watched: Watched) -> Vec<Second> {
    let texts = watched.texts.into_iter().map(Some).chain(std::iter::repeat(None));
    watched.rows.into_iter().zip(texts).map(|(row, times)| Second { row, times }).collect()
}

fn messages(shared: &Shared) -> MessageCounts {
    let counters = &shared.recorder.counters;
    let account = shared.account();
    MessageCounts {
        sent: counters.sent.load(Relaxed),
        received: counters.received.load(Relaxed),
        lost: account.lost,
        duplicated: account.duplicated,
        out_of_order: account.out_of_order,
        replayed: account.replayed,
        wrong_answers: counters.wrong.load(Relaxed),
        verified_answers: counters.verified.load(Relaxed),
    }
}

fn errors(shared: &Shared) -> Vec<ErrorExample> {
    let mut errors: Vec<ErrorExample> = shared
        .recorder
        .examples()
        .into_iter()
        .map(|(code, example)| ErrorExample {
            code,
            count: example.count,
            example: example.text,
            first_s: Some(example.first.as_secs_f64()),
            transcript: example.transcript,
        })
        .collect();
    crate::shards::sort_errors(&mut errors);
    errors
}

/// True when server and generator are one process: then no figure of it belongs to one of them.
fn is_own_process(shared: &Shared) -> bool {
    shared.target.pid() == Some(std::process::id())
}

/// This process, as its judge sees it.
fn instrument(shared: &Shared, sight: Sight<'_>, send_lag: Quantiles) -> Instrument {
    let own = !is_own_process(shared);
    let peak = shared.recorder.counters.peak.load(Relaxed);
    let cpu = sight.steady.and_then(|steady| cpu_between(&steady, &sight.end, |mark| mark.usage.generator));
    let steady = sight.steady;
    let grown = || growth(sight.start.usage.generator?, sight.rows, |row| row.generator_rss_kib);
    Instrument {
        name: String::new(),
        machine: machine_name(),
        target: shared.target.authority().to_owned(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu: cpu.filter(|_| own),
        steady: steady.map(|steady| sight.end.at.saturating_duration_since(steady.at)),
        steady_messages: steady.map_or(0, |steady| sight.end.messages - steady.messages),
        grown_kib: grown().filter(|_| own),
        peak,
        ports: peak * shared.sockets_each(),
        port_limit: local_ports(),
        without_port: shared.recorder.examples().get("no_free_port").map_or(0, |example| example.count),
        files: sight.most_files.zip(open_file_limit()).map(|(used, limit)| Budget { used, limit }),
        send_lag,
        pauses: Quantiles::of(sight.pauses),
        flow: shared.flow.sums(),
    }
}

/// The target's process.
fn server(shared: &Shared, sight: Sight<'_>) -> ServerTakings {
    ServerTakings {
        start: sight.start.usage.server.filter(|_| !is_own_process(shared)),
        used: cpu_between(&sight.start, &sight.end, |mark| mark.usage.server),
    }
}

/// Growth of the memory from the start of the run to its largest, KiB.
fn growth(start: Figures, rows: &[TimelineRow], rss: impl Fn(&TimelineRow) -> Option<u64>) -> Option<u64> {
    let largest = rows.iter().filter_map(rss).max()?;
    Some(largest.saturating_sub(start.rss_kib))
}

fn cpu_between(from: &Mark, to: &Mark, side: impl Fn(&Mark) -> Option<Figures>) -> Option<Duration> {
    side(to)?.cpu.checked_sub(side(from)?.cpu)
}
