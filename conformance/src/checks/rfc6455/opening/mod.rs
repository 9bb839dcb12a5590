//! The opening handshake (RFC 6455 §4.2): which request becomes a connection, and how the others are refused.

mod accepted;
mod answer;
mod asking;
mod bodies;
mod refused;
mod stream;

use crate::checks::Check;

pub(crate) use asking::{Answer, Asking};
pub(crate) use stream::{KEY_BEHIND_LINE, KEY_OF_HALVES, KEY_OF_OCTETS};

/// All rows of the tables, for the mutants.
pub(crate) fn askings() -> impl Iterator<Item = &'static Asking> {
    accepted::ASKINGS.iter().chain(refused::ASKINGS)
}

pub(super) fn checks() -> Vec<Check> {
    askings()
        .map(Asking::check)
        .chain(answer::checks())
        .chain(bodies::checks())
        .chain(stream::checks())
        .collect()
}
