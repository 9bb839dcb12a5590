//! The target's own counters, beside ours: two countings of the same messages must agree.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use reports::model::MessageCounts;
use scenarios::{Action, Application, Deed, Scenario};
use tokio::time::{Instant, sleep};

use crate::client::request;
use crate::session::Shared;
use crate::shards::{Counted, Reading, Takings};
use crate::target::Target;

/// Longest time to wait for the other parts of a run to leave the target.
const GOODBYE: Duration = Duration::from_secs(1);

/// Share by which the countings may differ where nothing was cut: a message may be on its way.
const SLACK: f64 = 0.001;

/// What the targets counted during the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Books {
    /// Messages to clients.
    pub(super) sent: u64,
    /// Messages from clients.
    pub(super) received: u64,
}

/// The target's counters at the begin of a run.
#[derive(Debug)]
pub(super) struct Opened(Option<Counted>);

impl Opened {
    /// Reads them, where the target has them.
    pub(super) async fn read(target: &Target, scenario: &Scenario) -> Self {
        if scenario.application == Application::Generic {
            // Whatever it counts, its names are not ours.
            return Self(None);
        }
        Self(read(target, scenario.patience.request).await)
    }

    /// True when the target tells anything.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Reads them again, when nobody of a run in parts is connected any more, or after a while anyway.
    pub(super) async fn close(self, shared: &Shared) -> Reading {
        if was_started_anew(shared) {
            return self.left(&shared.target);
        }
        let patience = shared.scenario.patience.request;
        let mut closed = read(&shared.target, patience).await;
        let until = Instant::now() + if shared.share.is_whole() { Duration::ZERO } else { GOODBYE };
        while closed.is_some_and(|closed| closed.connections > 0) && Instant::now() < until {
            sleep(Duration::from_millis(100)).await;
            closed = read(&shared.target, patience).await;
        }
        Reading { closed, ..self.left(&shared.target) }
    }

    /// Of a target that is gone.
    pub(super) fn left(self, target: &Target) -> Reading {
        Reading { target: target.authority().to_owned(), opened: self.0, closed: None }
    }
}

/// True when the target's process is another one than at the begin, which counts from nothing.
fn was_started_anew(shared: &Shared) -> bool {
    let restarts = |action: &Action| matches!(action.deed, Deed::RestartServer | Deed::KillServer);
    shared.scenario.actions.iter().any(restarts)
        || shared.recorder.examples().contains_key("not_recovered_EPOCH_MISMATCH")
}

impl Books {
    /// The sum over all targets: from the first reading of each, before anybody was connected, to its last, after
    /// everybody had gone. `None` where a target does not tell, or others were connected to it too.
    pub(super) fn of(readings: &[Reading]) -> Option<Self> {
        let mut targets: BTreeMap<&str, (Option<Counted>, Option<Counted>)> = BTreeMap::new();
        for reading in readings {
            let (opened, closed) = (reading.opened?, reading.closed?);
            let (first, last) = targets.entry(&reading.target).or_default();
            if opened.connections == 0 && first.is_none_or(|first| opened.sent < first.sent) {
                *first = Some(opened);
            }
            let newness = |counted: &Counted| (counted.sent, counted.received, Reverse(counted.connections));
            if last.is_none_or(|last| newness(&closed) > newness(&last)) {
                *last = Some(closed);
            }
        }
        let mut books = Self { sent: 0, received: 0 };
        for (first, last) in targets.into_values() {
            let (before, after) = (first?, last.filter(|last| last.connections == 0)?);
            books.sent += after.sent.checked_sub(before.sent)?;
            books.received += after.received.checked_sub(before.received)?;
        }
        (!readings.is_empty()).then_some(books)
    }
}

async fn read(target: &Target, patience: Duration) -> Option<Counted> {
    let answer = request(target, Method::GET, "/metrics", None, patience).await.ok()?;
    parse(std::str::from_utf8(&answer.body).ok()?)
}

/// The three figures on a Prometheus page.
fn parse(page: &str) -> Option<Counted> {
    let value = |name: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Counted {
        sent: value("messages_sent_total")?,
        received: value("messages_received_total")?,
        connections: value("connection_count")?,
    })
}

/// Our own counting.
#[derive(Debug, Clone, Copy)]
struct Own {
    sent: u64,
    received: u64,
    /// Nothing was cut and nothing failed to open: then nothing can have been lost on the way.
    whole: bool,
}

impl Books {
    /// What contradicts our own counting, in words with advice; empty when they agree.
    pub(super) fn contradictions(&self, takings: &Takings, scenario: &Scenario) -> Vec<String> {
        let MessageCounts { sent, received, .. } = takings.messages;
        // Who reads slowly leaves behind what was sent to it.
        let whole = takings.broken == 0 && scenario.slow_readers.share == 0.0;
        self.compare(Own { sent, received, whole })
    }

    fn compare(&self, own: Own) -> Vec<String> {
        let mut found = Vec::new();
        if self.received > own.sent || (own.whole && differ(self.received, own.sent)) {
            found.push(format!(
                "the target counted {} messages from clients, {} were sent; let nobody else use the target during \
                 a run",
                self.received, own.sent
            ));
        }
        if own.received > self.sent || (own.whole && differ(self.sent, own.received)) {
            found.push(format!(
                "the target counted {} messages to clients, {} were received; let nobody else use the target \
                 during a run, and report it when it stays",
                self.sent, own.received
            ));
        }
        found
    }
}

fn differ(left: u64, right: u64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
    let (difference, most) = (left.abs_diff(right) as f64, left.max(right) as f64);
    difference > (most * SLACK).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_read_by_whole_names() {
        let page = "# TYPE messages_sent_total counter\nmessages_sent_total 12\nmessages_received_total 7 1700\n\
                    connection_count_peak 9\nconnection_count 3\n";
        assert_eq!(parse(page), Some(Counted { sent: 12, received: 7, connections: 3 }));
        assert_eq!(parse("messages_sent_total 12\n"), None);
        assert_eq!(parse("messages_sent_total many\n"), None);
    }

    #[test]
    fn countings_agree_exactly_unless_something_was_cut() {
        let books = Books { sent: 10_000, received: 5_000 };
        let own = |sent, received, whole| Own { sent, received, whole };
        assert!(books.compare(own(5_000, 10_000, true)).is_empty());
        assert_eq!(books.compare(own(5_000, 9_900, true)).len(), 1, "some were never heard");
        assert!(books.compare(own(5_020, 9_900, false)).is_empty(), "lost with a cut");
        assert_eq!(books.compare(own(5_000, 10_001, false)).len(), 1, "more heard than were sent");
        assert_eq!(books.compare(own(4_999, 10_000, false)).len(), 1, "somebody else sends too");
    }

    #[test]
    fn the_books_of_many_processes_are_closed_once_for_each_target() {
        let counted = |sent, connections| Some(Counted { sent, received: sent / 2, connections });
        let reading = |target: &str, opened, closed| Reading { target: target.to_owned(), opened, closed };
        let readings = [
            reading("a", counted(100, 0), counted(900, 3)),
            reading("a", counted(100, 0), counted(1_100, 0)),
            reading("a", counted(140, 5), counted(1_100, 1)),
            reading("b", counted(0, 0), counted(500, 0)),
        ];
        assert_eq!(Books::of(&readings), Some(Books { sent: 1_500, received: 750 }));
        assert_eq!(Books::of(&readings[..1]), None, "somebody else is still there");
        assert_eq!(Books::of(&readings[2..3]), None, "somebody was there before");
        assert_eq!(
            Books::of(&[readings[3].clone(), reading("b", counted(0, 0), None)]),
            None,
            "one could not look"
        );
        assert_eq!(Books::of(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn random_pages_never_panic(page in "\\PC{0,200}") {
            let _ = parse(&page);
        }
    }
}
