//! The target's own counters, beside ours: two countings of the same messages must agree.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::Method;

use crate::client::request;
use crate::session::Shared;
use crate::target::Target;

/// Share by which the countings may differ where nothing was cut: a message may be on its way.
const SLACK: f64 = 0.001;

/// What the target had counted at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    sent: u64,
    received: u64,
    connections: u64,
}

/// What the target counted during the run.
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
    pub(super) async fn read(target: &Target, patience: Duration) -> Self {
        Self(read(target, patience).await)
    }

    /// True when the target tells anything.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Reads them again; `None` where the target has none, or others were connected to it too.
    pub(super) async fn close(self, shared: &Shared) -> Option<Books> {
        let before = self.0.filter(|before| before.connections == 0)?;
        let patience = shared.scenario.patience.request;
        let after = read(&shared.target, patience).await.filter(|after| after.connections == 0)?;
        let sent = after.sent.checked_sub(before.sent)?;
        Some(Books { sent, received: after.received.checked_sub(before.received)? })
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
    pub(super) fn contradictions(&self, shared: &Shared) -> Vec<String> {
        let counters = &shared.recorder.counters;
        let broken = [&shared.breaks, &shared.failed_opens, &shared.lost_sessions];
        self.compare(Own {
            sent: counters.sent.load(Relaxed),
            received: counters.received.load(Relaxed),
            // Who reads slowly leaves behind what was sent to it.
            whole: shared.scenario.slow_readers.share == 0.0
                && broken.iter().all(|count| count.load(Relaxed) == 0),
        })
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

    proptest::proptest! {
        #[test]
        fn random_pages_never_panic(page in "\\PC{0,200}") {
            let _ = parse(&page);
        }
    }
}
