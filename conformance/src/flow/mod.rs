//! Flows: what clients may do, in any order, played against a target whose state nobody can see.
//!
//! A [`Script`] is a list of moves of several sockets of several sessions, made at random from a
//! seed. Played, every message is held against what must be true in any order of things: nothing
//! lost, doubled or out of order by its offset, a replay that is what was seen, one end to each query, the
//! right answer in each state. A script that fails is shrunk to the shortest that fails alike,
//! each attempt in sessions of its own, and written into the transcript, from which it can be played again.

mod book;
mod make;
mod moves;
mod play;
mod script;
mod shrink;
mod socket;

pub use make::{Family, make};
pub use script::{Action, DoorKind, Move, Script, Topic};

pub(crate) use play::play;
pub(crate) use shrink::shrink;
