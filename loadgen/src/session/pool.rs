//! The sessions that an arrival can go to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::seat::{Arrival, Seat};

/// The sessions that an arrival can go to: free ones in the order in which they became free.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    free: VecDeque<Arc<Seat>>,
    by_number: HashMap<usize, Arc<Seat>>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Session `number` has come.
    pub(crate) fn join(&self, number: usize, seat: &Arc<Seat>) {
        self.lock().by_number.insert(number, Arc::clone(seat));
        self.free(seat);
    }

    /// A session can take an arrival again.
    pub(crate) fn free(&self, seat: &Arc<Seat>) {
        self.lock().free.push_back(Arc::clone(seat));
    }

    /// Hands `arrival` to the session that has been free for longest; it is free again when it says so. False
    /// when none is.
    pub(crate) fn hand(&self, arrival: Arrival) -> bool {
        let seat = {
            let free = &mut self.lock().free;
            std::iter::from_fn(|| free.pop_front()).find(|seat| !seat.is_gone())
        };
        seat.inspect(|seat| seat.hand(arrival)).is_some()
    }

    /// Hands `arrival` to the next session in turn, which stays free. False when none is there.
    pub(crate) fn hand_in_turn(&self, arrival: Arrival) -> bool {
        let seat = {
            let free = &mut self.lock().free;
            let seat = std::iter::from_fn(|| free.pop_front()).find(|seat| !seat.is_gone());
            free.extend(seat.clone());
            seat
        };
        seat.inspect(|seat| seat.hand(arrival)).is_some()
    }

    /// Hands `arrival` to session `number`. False when it is not there.
    pub(crate) fn hand_to(&self, number: usize, arrival: Arrival) -> bool {
        let seat = self.lock().by_number.get(&number).filter(|seat| !seat.is_gone()).cloned();
        seat.inspect(|seat| seat.hand(arrival)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::session::seat::Desk;

    #[test]
    fn an_arrival_takes_a_free_session_and_none_that_is_gone() {
        let desk = Arc::new(Desk::default());
        let seats: Vec<_> = (0..3).map(|index| Seat::new(&desk, index)).collect();
        let pool = Pool::default();
        let arrival = Arrival { due: Instant::now(), question: None };
        assert!(!pool.hand(arrival), "nobody is there");
        for (number, seat) in seats.iter().enumerate() {
            pool.join(number, seat);
        }
        seats[0].leave();
        assert!(pool.hand(arrival) && pool.hand(arrival));
        assert!(!pool.hand(arrival), "both are busy");
        pool.free(&seats[2]);
        assert!((0..5).all(|_| pool.hand_in_turn(arrival)));
        assert!(!pool.hand_to(0, arrival) && pool.hand_to(1, arrival));
    }
}
