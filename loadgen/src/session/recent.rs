//! The last few messages of a session, in short: an error code's first example is told with them. Signs of life are
//! left out: they would push out what they surround.

use std::time::Duration;

/// Messages kept; eight bytes each, in every session.
const KEPT: usize = 8;

/// What went over the wire, or happened to it. What comes often stands first: names are looked up in this order.
const KNOWN: [&str; 18] = [
    "progress_update",
    "partial_result",
    "query_accepted",
    "query_result",
    "chat_reply",
    "resumed",
    "subscribed",
    "query_cancelled",
    "error",
    "connection_established",
    "connection_acknowledged",
    "server_shutting_down",
    "query",
    "chat_message",
    "subscribe",
    "cut on purpose",
    "socket broken",
    "socket open again",
];

/// Where the names of what we send begin.
const SENT: usize = 12;
/// Where the names of what is no message begin.
const EVENTS: usize = 15;

/// Of a message with another name.
const OTHER: u8 = u8::MAX;

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Milliseconds since the start of the run.
    at_ms: u32,
    what: u8,
    side: u8,
}

/// A ring of the last messages.
#[derive(Debug, Default)]
pub(super) struct Recent {
    entries: [Entry; KEPT],
    /// Messages seen, as far as the ring needs to know.
    seen: u8,
}

impl Recent {
    /// A message called `name` went over socket `side`, or one of the events of [`KNOWN`] happened to it.
    pub(super) fn saw(&mut self, name: &str, side: usize, since_start: Duration) {
        let what = KNOWN.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok());
        let at = usize::from(self.seen) % KEPT;
        self.entries[at] = Entry {
            at_ms: u32::try_from(since_start.as_millis()).unwrap_or(u32::MAX),
            what: what.unwrap_or(OTHER),
            side: u8::try_from(side).unwrap_or(u8::MAX),
        };
        // Wraps to a full ring, not to an empty one.
        self.seen = if self.seen == u8::MAX { self.seen - 2 * KEPT as u8 + 1 } else { self.seen + 1 };
    }

    /// One line a message, the oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        let seen = usize::from(self.seen);
        (seen.saturating_sub(KEPT)..seen).map(|at| self.entries[at % KEPT].line()).collect()
    }
}

impl Entry {
    fn line(&self) -> String {
        let what = usize::from(self.what);
        let name = KNOWN.get(what).copied().unwrap_or("another message");
        let socket = match self.side {
            0 => "query socket".to_owned(),
            side => format!("progress socket {side}"),
        };
        let seconds = f64::from(self.at_ms) / 1e3;
        let arrow = match what {
            SENT..EVENTS => "→",
            EVENTS.. if self.what != OTHER => "×",
            _ => "←",
        };
        format!("{seconds:9.3} s  {socket}  {arrow} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_are_told_in_order() {
        let mut recent = Recent::default();
        assert!(recent.lines().is_empty());
        recent.saw("query", 0, Duration::from_millis(1_250));
        recent.saw("progress_update", 1, Duration::from_millis(1_251));
        recent.saw("news", 0, Duration::from_secs(2));
        recent.saw("socket broken", 0, Duration::from_secs(3));
        let lines = recent.lines();
        assert_eq!(lines[0], "    1.250 s  query socket  → query");
        assert_eq!(lines[1], "    1.251 s  progress socket 1  ← progress_update");
        assert!(lines[2].ends_with("← another message") && lines[3].ends_with("× socket broken"));
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_however_long_it_runs() {
        let mut recent = Recent::default();
        for second in 0..10_000_u64 {
            recent.saw("query", 0, Duration::from_secs(second));
            let lines = recent.lines();
            assert_eq!(lines.len(), usize::try_from(second + 1).unwrap().min(KEPT));
            let newest = format!("{second}.000 s");
            assert!(lines.last().is_some_and(|line| line.trim_start().starts_with(&newest)), "{lines:?}");
        }
    }
}
