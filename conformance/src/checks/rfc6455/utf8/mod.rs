//! Text is UTF-8 (RFC 6455 §8.1), by message, by fragment and by octet.

mod fast;
mod fragments;
mod sequences;

use super::case::{Case, Spoil};
use super::frames::leniency;
use super::talk;

pub(super) fn cases() -> Vec<Case> {
    [sequences::cases(), fragments::cases(), fast::cases()].concat()
}

/// The octets of `hex`, such as `ceba e1bdb9`.
pub(super) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|letter| letter.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}
