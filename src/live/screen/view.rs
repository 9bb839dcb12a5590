//! What is on the screen: the newest second, and those before it for the small charts.

use std::collections::VecDeque;
use std::sync::Arc;

use loadgen::Snapshot;
use reports::model::Quantiles;

/// Seconds that are kept: more than any terminal is wide.
const MOST: usize = 600;

/// One second in the charts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Second {
    pub(super) messages: u64,
    /// Times of the leading operation from the real begin; `None` when none ended in this second.
    pub(super) service: Option<Quantiles>,
    /// The same from the intended begin.
    pub(super) intended: Option<Quantiles>,
}

/// What a frozen view shows.
#[derive(Debug)]
struct Frozen {
    newest: Option<Arc<Snapshot>>,
    /// Seconds that have come since.
    behind: usize,
}

/// The state of the view.
#[derive(Debug, Default)]
pub(super) struct View {
    newest: Option<Arc<Snapshot>>,
    history: VecDeque<Second>,
    frozen: Option<Frozen>,
    explained: bool,
    ending: bool,
}

impl View {
    /// A second is over.
    pub(super) fn second(&mut self, snapshot: Arc<Snapshot>) {
        if self.history.len() == MOST {
            self.history.pop_front();
        }
        self.history.push_back(chart(&snapshot));
        self.newest = Some(snapshot);
        if let Some(frozen) = &mut self.frozen {
            frozen.behind += 1;
        }
    }

    /// The second that is shown.
    pub(super) fn newest(&self) -> Option<&Snapshot> {
        match &self.frozen {
            Some(frozen) => frozen.newest.as_deref(),
            None => self.newest.as_deref(),
        }
    }

    /// The last `count` seconds that are shown, the oldest first.
    pub(super) fn last(&self, count: usize) -> impl Iterator<Item = &Second> {
        let behind = self.frozen.as_ref().map_or(0, |frozen| frozen.behind);
        let shown = self.history.len().saturating_sub(behind);
        self.history.iter().take(shown).skip(shown.saturating_sub(count))
    }

    /// Holds still, or goes on with what has come since.
    pub(super) fn freeze(&mut self) {
        self.frozen = match self.frozen.take() {
            None => Some(Frozen { newest: self.newest.clone(), behind: 0 }),
            Some(_) => None,
        };
    }

    /// True while it holds still.
    pub(super) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Explains itself, or stops doing so.
    pub(super) fn explain(&mut self) {
        self.explained = !self.explained;
    }

    /// True while it explains itself.
    pub(super) fn is_explained(&self) -> bool {
        self.explained
    }

    /// Somebody has asked for the end.
    pub(super) fn end(&mut self) {
        self.ending = true;
    }

    /// True once somebody has.
    pub(super) fn is_ending(&self) -> bool {
        self.ending
    }
}

fn chart(snapshot: &Snapshot) -> Second {
    let detail = snapshot.detail.as_deref();
    let times = detail.and_then(|detail| {
        let leading = detail.leading()?;
        detail.second.iter().find(|times| times.name == leading)
    });
    Second {
        messages: snapshot.sent + snapshot.received,
        service: times.map(|times| times.service_us),
        intended: times.map(|times| times.intended_us),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(sent: u64) -> Arc<Snapshot> {
        Arc::new(Snapshot { sent, ..Snapshot::default() })
    }

    fn shown(view: &View) -> Vec<u64> {
        view.last(3).map(|second| second.messages).collect()
    }

    #[test]
    fn a_frozen_view_holds_still_and_loses_nothing() {
        let mut view = View::default();
        (1..=2).for_each(|sent| view.second(snapshot(sent)));
        view.freeze();
        (3..=4).for_each(|sent| view.second(snapshot(sent)));
        assert!(view.is_frozen());
        assert_eq!((shown(&view), view.newest().unwrap().sent), (vec![1, 2], 2));
        view.freeze();
        assert!(!view.is_frozen());
        assert_eq!((shown(&view), view.newest().unwrap().sent), (vec![2, 3, 4], 4));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut view = View::default();
        (0..2_000).for_each(|sent| view.second(snapshot(sent)));
        assert_eq!(view.history.len(), MOST);
        assert_eq!(shown(&view), [1_997, 1_998, 1_999]);
    }
}
