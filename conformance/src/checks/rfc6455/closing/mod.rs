//! The closing handshake (RFC 6455 §5.5.1, §7): codes, reasons, and what comes behind a close frame.

mod behind;
mod codes;
mod reasons;

use super::case::{Case, Line, Spoil};
use super::frames::CODE;
use super::talk;

pub(super) fn cases() -> Vec<Case> {
    [behind::cases(), codes::cases(), reasons::cases()].concat()
}
