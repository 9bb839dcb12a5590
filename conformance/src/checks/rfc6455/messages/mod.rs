//! Messages: fragments (RFC 6455 §5.4), sizes, and many of them.

mod fragments;
mod many;
mod order;
mod sizes;

use super::case::{Case, Spoil};
use super::frames::{damage, damage_of_octets, leniency};
use super::{ear, payload, talk};

pub(super) fn cases() -> Vec<Case> {
    [fragments::cases(), order::cases(), sizes::cases(), many::cases()].concat()
}
