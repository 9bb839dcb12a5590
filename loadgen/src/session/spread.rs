//! How far apart the sockets of one session hear the same event.
//!
//! The time from the first socket that hears an offset to the last one. While a socket is away nothing is measured:
//! what it hears late by a replay is recovery, not delivery.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Events on their way at once; of what takes longer the ledger tells.
const MOST: usize = 128;

/// An event that some sockets have heard.
#[derive(Debug)]
struct Heard {
    offset: u64,
    first: Instant,
    sockets: usize,
}

/// The events of a session that not all of its sockets have heard yet.
#[derive(Debug, Default)]
pub(super) struct Spread {
    open: VecDeque<Heard>,
    /// Newest offset anybody heard.
    newest: u64,
    /// Sockets that are away.
    away: usize,
}

impl Spread {
    /// One of `sockets` heard `offset`, for the first time; the spread, when it was the last of them.
    pub(super) fn heard(&mut self, offset: u64, sockets: usize, now: Instant) -> Option<Duration> {
        if let Some(at) = self.open.iter().position(|heard| heard.offset == offset) {
            let heard = &mut self.open[at];
            heard.sockets += 1;
            if heard.sockets < sockets {
                return None;
            }
            let first = heard.first;
            self.open.remove(at);
            return Some(now.saturating_duration_since(first));
        }
        let is_new = offset > self.newest;
        self.newest = self.newest.max(offset);
        if is_new && self.away == 0 && sockets > 1 {
            if self.open.len() == MOST {
                self.open.pop_front();
            }
            self.open.push_back(Heard { offset, first: now, sockets: 1 });
        }
        None
    }

    /// A socket has gone: what is on its way will not reach it in time, through no fault of the delivery.
    pub(super) fn lost_socket(&mut self) {
        self.away += 1;
        self.open.clear();
    }

    /// A socket is back.
    pub(super) fn found_socket(&mut self) {
        self.away = self.away.saturating_sub(1);
    }

    /// A new history: its offsets begin anew.
    pub(super) fn restart(&mut self) {
        self.open.clear();
        self.newest = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn the_spread_runs_from_the_first_socket_to_the_last() {
        let (now, mut spread) = (Instant::now(), Spread::default());
        assert_eq!(spread.heard(1, 3, now), None);
        assert_eq!(spread.heard(2, 3, now + MS), None);
        assert_eq!(spread.heard(1, 3, now + MS * 2), None);
        assert_eq!(spread.heard(1, 3, now + MS * 7), Some(MS * 7));
        assert_eq!(spread.heard(2, 3, now + MS * 8), None);
        assert_eq!(spread.heard(2, 3, now + MS * 9), Some(MS * 8));
        assert_eq!(Spread::default().heard(1, 1, now), None, "one socket alone has no spread");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_socket_missed_while_it_was_away_is_no_spread() {
        let (now, mut spread) = (Instant::now(), Spread::default());
        assert_eq!(spread.heard(1, 2, now), None);
        spread.lost_socket();
        assert_eq!(spread.heard(2, 2, now), None);
        spread.found_socket();
        for replayed in [1, 2] {
            assert_eq!(spread.heard(replayed, 2, now + MS * 900), None);
        }
        assert_eq!(spread.heard(3, 2, now + MS * 901), None);
        assert_eq!(spread.heard(3, 2, now + MS * 902), Some(MS));
    }

    #[tokio::test(start_paused = true)]
    async fn events_that_never_reach_everybody_do_not_pile_up() {
        let (now, mut spread) = (Instant::now(), Spread::default());
        for offset in 1..=10_000 {
            assert_eq!(spread.heard(offset, 2, now), None);
        }
        assert_eq!(spread.open.len(), MOST);
    }
}
