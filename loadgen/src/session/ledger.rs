//! Exact accounting of the events of one socket, by (epoch, offset).
//!
//! A socket that is subscribed to everything sees every offset once, in order, from the `top` it was greeted
//! with. What never came is lost, what came twice outside a replay is duplicated, what came after a later one
//! is out of order. Losses are final only when the books are closed against the announced `top`: a gap may
//! still be filled, late.

use std::ops::Range;

/// What a ledger has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Events taken for the first time.
    pub fresh: u64,
    /// Never came; known when the books are closed.
    pub lost: u64,
    /// Came again, not by a replay.
    pub duplicated: u64,
    /// Came after a later one.
    pub out_of_order: u64,
    /// Came by a replay.
    pub replayed: u64,
    /// Came with an epoch that nobody announced.
    pub strange_epoch: u64,
}

/// What an event turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// Seen for the first time.
    Fresh,
    /// Seen before: to be dropped.
    Seen,
}

/// The books of one socket, kept across its reconnects.
#[derive(Debug, Default)]
pub struct Ledger {
    epoch: Box<str>,
    /// Next offset that is expected.
    next: u64,
    /// Offsets below `next` that have not come. Few or none on a good day.
    gaps: Vec<Range<u64>>,
    replay: Option<Replay>,
    account: Account,
}

/// A replay that was announced: its next and its last offset.
#[derive(Debug)]
struct Replay {
    next: u64,
    last: u64,
}

impl Ledger {
    /// Opens the books at the greeting: everything after `top` is expected.
    pub fn open(epoch: &str, top: u64) -> Self {
        Self { epoch: epoch.into(), next: top.saturating_add(1), ..Self::default() }
    }

    /// Epoch of the history.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Newest offset seen, from where a resume goes on.
    pub fn last_seen(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    /// True when everything up to `top` has come.
    pub fn complete(&self, top: u64) -> bool {
        self.gaps.is_empty() && self.next > top
    }

    /// An event came.
    pub fn event(&mut self, epoch: &str, offset: u64) -> Sighting {
        if *epoch != *self.epoch {
            self.account.strange_epoch += 1;
            self.restart(epoch, offset.saturating_sub(1));
        }
        let by_replay = self.take_from_replay(offset);
        self.account.replayed += u64::from(by_replay);
        if offset >= self.next {
            if offset > self.next {
                self.gaps.push(self.next..offset);
            }
            self.next = offset.saturating_add(1);
            self.account.fresh += 1;
            return Sighting::Fresh;
        }
        if self.fill_gap(offset) {
            self.account.out_of_order += 1;
            self.account.fresh += 1;
            return Sighting::Fresh;
        }
        if !by_replay {
            self.account.duplicated += 1;
        }
        Sighting::Seen
    }

    /// The answer to a resume came: `replayed` is what follows of what was missed, `None` when nothing does.
    /// Not recovered, everything up to `top` is lost.
    pub fn resumed(&mut self, recovered: bool, epoch: &str, replayed: Option<(u64, u64)>, top: u64) {
        self.replay = replayed.map(|(next, last)| Replay { next, last });
        if *epoch != *self.epoch {
            self.restart(epoch, top);
        } else if !recovered && top >= self.next {
            self.account.lost += (top - self.next).saturating_add(1);
            self.next = top.saturating_add(1);
        }
    }

    /// Closes the books: everything up to `top` that has not come is lost. `None`: nobody knows the top, only
    /// the gaps are certain.
    pub fn close(mut self, top: Option<u64>) -> Account {
        self.count_gaps();
        if let Some(top) = top.filter(|top| *top >= self.next) {
            self.account.lost += (top - self.next).saturating_add(1);
        }
        self.account
    }

    /// A new history begins after `top`; what the old one still owed is lost.
    fn restart(&mut self, epoch: &str, top: u64) {
        self.count_gaps();
        self.epoch = epoch.into();
        self.next = top.saturating_add(1);
        self.replay = None;
    }

    fn count_gaps(&mut self) {
        self.account.lost += self.gaps.drain(..).map(|gap| gap.end - gap.start).sum::<u64>();
    }

    /// True when a replay brings this offset for the first time. A replay runs upwards: what it has passed
    /// it can't bring again.
    fn take_from_replay(&mut self, offset: u64) -> bool {
        match &mut self.replay {
            Some(replay) if (replay.next..=replay.last).contains(&offset) => {
                replay.next = offset.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    fn fill_gap(&mut self, offset: u64) -> bool {
        let Some(at) = self.gaps.iter().position(|gap| gap.contains(&offset)) else { return false };
        let gap = self.gaps.remove(at);
        for rest in [gap.start..offset, offset + 1..gap.end] {
            if !rest.is_empty() {
                self.gaps.push(rest);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn account(events: &[u64], top: u64) -> Account {
        let mut ledger = Ledger::open("e", 0);
        for offset in events {
            ledger.event("e", *offset);
        }
        ledger.close(Some(top))
    }

    #[test]
    fn a_whole_history_leaves_nothing_to_say() {
        assert_eq!(account(&[1, 2, 3], 3), Account { fresh: 3, ..Account::default() });
    }

    #[test]
    fn each_fault_is_counted_as_itself() {
        assert_eq!(account(&[1, 3], 3).lost, 1);
        assert_eq!(account(&[1, 2], 4).lost, 2, "the end is missing");
        assert_eq!(account(&[1, 2, 2, 3], 3).duplicated, 1);
        let swapped = account(&[1, 3, 2], 3);
        assert_eq!((swapped.out_of_order, swapped.lost, swapped.duplicated), (1, 0, 0));
    }

    #[test]
    fn a_replay_is_no_duplicate_but_its_own_repetition_is() {
        let mut ledger = Ledger::open("e", 0);
        for offset in 1..=4 {
            ledger.event("e", offset);
        }
        ledger.resumed(true, "e", Some((3, 6)), 6);
        for offset in [3, 4, 5, 6] {
            ledger.event("e", offset);
        }
        assert_eq!(ledger.event("e", 5), Sighting::Seen);
        let account = ledger.close(Some(6));
        assert_eq!((account.replayed, account.duplicated, account.lost), (4, 1, 0));
        assert_eq!(account.fresh, 6);
    }

    #[test]
    fn without_recovery_what_was_missed_is_lost() {
        let mut ledger = Ledger::open("e", 0);
        ledger.event("e", 1);
        ledger.resumed(false, "e", None, 5);
        ledger.event("e", 6);
        let account = ledger.close(Some(6));
        assert_eq!((account.lost, account.fresh), (4, 2));
    }

    #[test]
    fn a_new_epoch_starts_new_books() {
        let mut ledger = Ledger::open("e", 0);
        ledger.event("e", 1);
        ledger.resumed(false, "f", None, 9);
        ledger.event("f", 10);
        assert_eq!(ledger.close(Some(10)), Account { fresh: 2, ..Account::default() });
        let mut ledger = Ledger::open("e", 0);
        ledger.event("x", 4);
        assert_eq!(ledger.close(None).strange_epoch, 1);
    }

    #[test]
    fn the_largest_offset_does_no_harm() {
        let mut ledger = Ledger::open("e", 0);
        ledger.event("e", u64::MAX);
        ledger.event("e", u64::MAX);
        let _ = ledger.close(Some(u64::MAX));
    }

    /// The same judgement with a set of everything seen.
    fn model(events: &[u64], top: u64) -> Account {
        let mut seen = BTreeSet::new();
        let mut account = Account::default();
        for offset in events {
            let newest = seen.last().copied().unwrap_or(0);
            if !seen.insert(*offset) {
                account.duplicated += 1;
                continue;
            }
            account.fresh += 1;
            account.out_of_order += u64::from(*offset < newest);
        }
        let newest = seen.last().copied().unwrap_or(0).max(top);
        account.lost = (1..=newest).filter(|offset| !seen.contains(offset)).count() as u64;
        account
    }

    proptest! {
        #[test]
        fn loss_repetition_and_disorder_agree_with_a_model(
            keep in prop::collection::vec(0_usize..4, 0..40),
            swaps in prop::collection::vec((0_usize..60, 0_usize..60), 0..10),
        ) {
            // Each offset comes 0 to 2 times (mostly once), then some change places.
            let mut events = Vec::new();
            for (index, copies) in keep.iter().enumerate() {
                let copies = [1, 1, 0, 2][*copies];
                events.extend(std::iter::repeat_n(index as u64 + 1, copies));
            }
            for (a, b) in swaps {
                if a < events.len() && b < events.len() {
                    events.swap(a, b);
                }
            }
            let top = keep.len() as u64;
            prop_assert_eq!(account(&events, top), model(&events, top));
        }

        #[test]
        fn a_clean_cut_and_replay_counts_nothing_wrong(seen in 0_u64..50, missed in 0_u64..50, after in 0_u64..50) {
            let mut ledger = Ledger::open("e", 0);
            for offset in 1..=seen {
                ledger.event("e", offset);
            }
            let top = seen + missed;
            let replayed = (missed > 0).then_some((seen + 1, top));
            ledger.resumed(true, "e", replayed, top);
            for offset in seen + 1..=top + after {
                ledger.event("e", offset);
            }
            let account = ledger.close(Some(top + after));
            let expected = Account { fresh: top + after, replayed: missed, ..Account::default() };
            prop_assert_eq!(account, expected);
        }
    }
}
