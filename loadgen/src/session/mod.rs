//! One session: its sockets, heartbeats, questions, and books that are closed at the end.
//!
//! A session is a state machine on absolute due times that waits for nothing itself: `Session::due` does what is
//! due, `Session::poll` listens to its sockets, `Session::next_due` says when to come back. So one task can play
//! many of them, each from its `Seat`. Opening a socket again after a cut runs beside the rest, so that the other
//! sockets are never kept waiting. No wait is without a deadline.

mod answer;
mod asked;
mod finish;
mod hear;
mod ledger;
mod life;
mod play;
mod pool;
mod recent;
mod schedule;
mod seat;
mod shared;
mod side;
mod slow;
mod spread;

pub use answer::verify;
pub use ledger::{Account, Ledger, Sighting};
pub(crate) use life::Session;
pub use schedule::Schedule;
pub(crate) use seat::{Arrival, Desk, Seat};
pub(crate) use shared::Shared;
