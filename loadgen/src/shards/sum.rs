//! Adding up what several processes brought home.

use indexmap::IndexMap;
use indexmap::map::Entry;
use reports::model::{ArrivalCounts, ErrorExample, MessageCounts, SessionCounts};

use super::align::aligned;
use super::{Second, ShardError, Standstill, Takings};
use crate::measure::{Operation, Tally, histogram};

impl Takings {
    /// All of `parts` together. One part alone is left as it is.
    ///
    /// # Errors
    /// A histogram in them can't be read, or a second has none to add up.
    pub fn sum(mut parts: Vec<Self>) -> Result<Self, ShardError> {
        if parts.len() <= 1 {
            return parts.pop().ok_or(ShardError::Nothing);
        }
        let seconds: Vec<Vec<Second>> =
            parts.iter_mut().map(|part| std::mem::take(&mut part.seconds)).collect();
        let seconds = aligned(seconds)?;
        let mut whole = Self::default();
        for part in parts {
            whole.add(part);
        }
        sort(&mut whole.judged);
        sort(&mut whole.apart);
        sort_errors(&mut whole.errors);
        // How many were there at one time is seen where all have looked at the same time.
        let together = seconds.iter().map(|second| second.row.sessions).max().unwrap_or_default();
        whole.sessions.peak = whole.sessions.peak.max(together);
        whole.seconds = seconds;
        Ok(whole)
    }

    /// Everything but the seconds, and the peak, of which only the largest part's is taken.
    fn add(&mut self, part: Self) {
        self.duration = self.duration.max(part.duration);
        self.interrupted |= part.interrupted;
        self.sessions = sessions(self.sessions, part.sessions);
        self.messages = messages(self.messages, part.messages);
        self.arrivals = match (self.arrivals, part.arrivals) {
            (Some(left), Some(right)) => Some(ArrivalCounts {
                offered: left.offered + right.offered,
                dropped: left.dropped + right.dropped,
            }),
            (left, right) => left.or(right),
        };
        self.broken += part.broken;
        add_tallies(&mut self.judged, part.judged);
        add_tallies(&mut self.apart, part.apart);
        add_standstills(&mut self.standstills, part.standstills);
        add_errors(&mut self.errors, part.errors);
        self.instruments.extend(part.instruments);
        self.readings.extend(part.readings);
        self.server = self.server.or(part.server);
        self.inside = self.inside.take().or(part.inside);
    }
}

fn sessions(left: SessionCounts, right: SessionCounts) -> SessionCounts {
    SessionCounts {
        requested: left.requested + right.requested,
        established: left.established + right.established,
        peak: left.peak.max(right.peak),
        breaks: left.breaks + right.breaks,
        given_up: left.given_up + right.given_up,
        connected_us: left.connected_us.max(right.connected_us),
    }
}

fn messages(left: MessageCounts, right: MessageCounts) -> MessageCounts {
    MessageCounts {
        sent: left.sent + right.sent,
        received: left.received + right.received,
        lost: left.lost + right.lost,
        duplicated: left.duplicated + right.duplicated,
        out_of_order: left.out_of_order + right.out_of_order,
        replayed: left.replayed + right.replayed,
        wrong_answers: left.wrong_answers + right.wrong_answers,
        verified_answers: left.verified_answers + right.verified_answers,
    }
}

fn add_tallies(sum: &mut IndexMap<String, Tally>, part: IndexMap<String, Tally>) {
    for (name, tally) in part {
        match sum.entry(name) {
            Entry::Occupied(mut entry) => entry.get_mut().add(&tally),
            Entry::Vacant(entry) => {
                // Added to an empty one, so that it grows as it must whatever its bounds were.
                entry.insert(Tally::default()).add(&tally);
            }
        }
    }
}

/// In the order of a session's life, whichever part saw an operation first.
fn sort(tallies: &mut IndexMap<String, Tally>) {
    let place = |name: &str| {
        Operation::ALL.iter().position(|operation| operation.name() == name).unwrap_or(usize::MAX)
    };
    tallies.sort_by(|left, _, right, _| place(left).cmp(&place(right)).then_with(|| left.cmp(right)));
}

fn add_standstills(sum: &mut Vec<Standstill>, part: Vec<Standstill>) {
    for standstill in part {
        match sum.iter_mut().find(|known| known.tenth == standstill.tenth) {
            // The sum grows as it must, so that no value is out of range.
            Some(known) => drop(known.times.add(standstill.times)),
            None => {
                let mut known = Standstill { tenth: standstill.tenth, times: histogram() };
                let _ = known.times.add(standstill.times);
                sum.push(known);
            }
        }
    }
    sum.sort_by_key(|standstill| standstill.tenth);
}

fn add_errors(sum: &mut Vec<ErrorExample>, part: Vec<ErrorExample>) {
    for error in part {
        match sum.iter_mut().find(|known| known.code == error.code) {
            Some(known) => {
                let count = known.count + error.count;
                // The first example of all is that of the part that saw one first.
                if error.first_s.unwrap_or(f64::MAX) < known.first_s.unwrap_or(f64::MAX) {
                    *known = error;
                }
                known.count = count;
            }
            None => sum.push(error),
        }
    }
}

/// The most frequent first.
pub(crate) fn sort_errors(errors: &mut [ErrorExample]) {
    errors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
}
