//! What the backend tells beside the sessions' own events, and what becomes of events that nobody could be told.

mod dead_letters;
mod sends;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use sends::{Lost, LostReason, Sends};
