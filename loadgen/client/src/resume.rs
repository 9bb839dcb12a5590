//! What was seen of a session's history: where to go on, and what comes a second time.

use serde::Serialize;

/// Where a client stopped reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResumePoint {
    /// Epoch of the history.
    pub epoch: String,
    /// Last offset seen.
    pub offset: u64,
}

/// The last event seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    last: Option<ResumePoint>,
}

impl Seen {
    /// Takes note of an event; false when it was seen before. Another epoch is another history.
    pub fn take(&mut self, epoch: &str, offset: u64) -> bool {
        if let Some(last) = &self.last
            && last.epoch == epoch
            && offset <= last.offset
        {
            return false;
        }
        self.last = Some(ResumePoint { epoch: epoch.to_owned(), offset });
        true
    }

    /// Begins at `top` of `epoch`, unless something of it was seen.
    pub fn begin(&mut self, epoch: &str, top: u64) {
        if self.last.as_ref().is_none_or(|last| last.epoch != epoch) {
            self.last = Some(ResumePoint { epoch: epoch.to_owned(), offset: top });
        }
    }

    /// Where to go on.
    pub fn point(&self) -> Option<&ResumePoint> {
        self.last.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_twice_but_another_epoch_is_new() {
        let mut seen = Seen::default();
        assert!(seen.take("a", 1) && seen.take("a", 2) && !seen.take("a", 2) && !seen.take("a", 1));
        assert!(seen.take("b", 1));
        assert_eq!(seen.point(), Some(&ResumePoint { epoch: "b".to_owned(), offset: 1 }));
        seen.begin("b", 9);
        assert!(seen.take("b", 2));
    }

    proptest::proptest! {
        #[test]
        fn of_any_repetition_each_is_taken_once(offsets in proptest::collection::vec(1_u64..20, 0..60)) {
            let mut seen = Seen::default();
            let taken: Vec<u64> = offsets.into_iter().filter(|offset| seen.take("e", *offset)).collect();
            proptest::prop_assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
