//! Single frames (RFC 6455 §5.2, §5.3, §5.5): lengths, masks, reserved bits and opcodes, pings and pongs.

mod control;
mod lengths;
mod masks;
mod reserved;

use super::case::{Case, Line, Spoil};
use super::{payload, talk};

pub(super) fn cases() -> Vec<Case> {
    [lengths::cases(), masks::cases(), reserved::cases(), control::cases()].concat()
}

/// Ways to let something forbidden pass, in turn, so that not all mutants of a table are alike.
pub(super) fn leniency(at: usize) -> Spoil {
    [Spoil::Taken, Spoil::MaskedClose, Spoil::Taken, Spoil::Kept][at % 4]
}

/// Ways to spoil an echo that could not be text, in turn.
pub(super) fn damage_of_octets(at: usize) -> Spoil {
    [Spoil::Flip, Spoil::Twice, Spoil::Cut][at % 3]
}

/// Ways to spoil an echo, in turn.
pub(super) fn damage(at: usize) -> Spoil {
    [Spoil::Flip, Spoil::Twice, Spoil::Cut, Spoil::Retyped][at % 4]
}
