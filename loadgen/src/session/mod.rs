//! One session: two sockets, heartbeats, questions, and books that are closed at the end.
//!
//! A session is a state machine on absolute due times, played in slices: `Session::play_until` does what
//! is due, listens to both sockets, and comes back at the end of the slice. Opening a socket again after a cut
//! runs beside it, so that the other socket is never kept waiting. No wait is without a deadline.

mod answer;
mod asked;
mod finish;
mod hear;
mod ledger;
mod life;
mod play;
mod schedule;
mod shared;
mod side;

pub use answer::verify;
pub use ledger::{Account, Ledger, Sighting};
pub(crate) use life::Session;
pub use schedule::Schedule;
pub(crate) use shared::Shared;
