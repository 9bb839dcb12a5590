//! Single frames (RFC 6455 §5.2, §5.3, §5.5): lengths, masks, reserved bits and opcodes, pings and pongs.

mod control;
mod lengths;
mod masks;
mod reserved;

use crate::peer::Opcode;

use super::case::{Case, Line, Spoil};
use super::talk::Talk;
use super::{payload, talk};

/// Code of close frames that are a violation: of an application, so that no server gives it by itself.
pub(super) const CODE: u16 = 4321;
/// The payload of a close frame with [`CODE`].
const CLOSE: &[u8] = &CODE.to_be_bytes();

pub(super) fn cases() -> Vec<Case> {
    [lengths::cases(), masks::cases(), reserved::cases(), control::cases()].concat()
}

/// Ways to let something forbidden pass, in turn, so that not all mutants of a table are alike.
pub(super) fn leniency(at: usize) -> Spoil {
    [Spoil::Taken, Spoil::MaskedClose, Spoil::Taken, Spoil::Kept][at % 4]
}

/// How a broken frame of this kind is let pass: a close frame is answered as if it were a good one.
fn leniency_of(opcode: Opcode, at: usize) -> Spoil {
    if opcode == Opcode::Close { Spoil::EchoedCode(CODE) } else { leniency(at) }
}

/// A broken frame must fail the connection; that of a close frame shows by its code, which must not come back.
fn fails_of(opcode: Opcode, talk: Talk) -> Talk {
    if opcode == Opcode::Close { talk.fails_untaken(CODE) } else { talk.fails() }
}

/// Ways to spoil an echo that could not be text, in turn.
pub(super) fn damage_of_octets(at: usize) -> Spoil {
    [Spoil::Flip, Spoil::Twice, Spoil::Cut][at % 3]
}

/// Ways to spoil an echo, in turn.
pub(super) fn damage(at: usize) -> Spoil {
    [Spoil::Flip, Spoil::Twice, Spoil::Cut, Spoil::Retyped][at % 4]
}
