//! Single blocks, written by hand: what a compressor would never say can be said too.

use super::bits::BitWriter;
use super::{LENGTHS, distance_code};

/// A part of a compressed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// One octet.
    Literal(u8),
    /// `length` octets from `distance` octets back.
    Copy {
        /// 3 to 258.
        length: u16,
        /// 1 to 32768.
        distance: u16,
    },
    /// A length symbol as it is, 257 to 287, without extra bits.
    LengthSymbol(u16),
    /// A distance symbol as it is, 0 to 31, without extra bits.
    DistanceSymbol(u16),
}

/// Adds a block with the fixed codes (RFC 1951 §3.2.6), its end included.
pub fn fixed_block(bits: &mut BitWriter, last: bool, tokens: &[Token]) {
    bits.put(u32::from(last), 1);
    bits.put(1, 2);
    for token in tokens {
        match *token {
            Token::Literal(octet) => put_symbol(bits, u16::from(octet)),
            Token::LengthSymbol(symbol) => put_symbol(bits, symbol),
            Token::DistanceSymbol(symbol) => bits.put_code(u32::from(symbol), 5),
            Token::Copy { length, distance } => put_copy(bits, length, distance),
        }
    }
    put_symbol(bits, 256);
}

/// Adds a stored block with these octets and this complement of the length, which is right if `None`.
pub fn stored_block(bits: &mut BitWriter, last: bool, octets: &[u8], complement: Option<u16>) {
    bits.put(u32::from(last), 1);
    bits.put(0, 2);
    bits.align();
    let length = octets.len().min(0xffff) as u16;
    bits.octets(&length.to_le_bytes());
    bits.octets(&complement.unwrap_or(!length).to_le_bytes());
    bits.octets(octets);
}

fn put_copy(bits: &mut BitWriter, length: u16, distance: u16) {
    let at = LENGTHS.partition_point(|(first, _)| *first <= length).saturating_sub(1);
    let (first, extra) = LENGTHS[at];
    put_symbol(bits, 257 + at as u16);
    bits.put(u32::from(length - first), u32::from(extra));
    let distance = u32::from(distance);
    let code = (0..30).rev().find(|code| distance_code(*code).0 <= distance).unwrap_or(0);
    let (first, extra) = distance_code(code);
    bits.put_code(code, 5);
    bits.put(distance - first, extra);
}

/// A literal or length symbol in the fixed code.
fn put_symbol(bits: &mut BitWriter, symbol: u16) {
    let symbol = u32::from(symbol);
    match symbol {
        0..=143 => bits.put_code(0x30 + symbol, 8),
        144..=255 => bits.put_code(0x190 + symbol - 144, 9),
        256..=279 => bits.put_code(symbol - 256, 7),
        _ => bits.put_code(0xc0 + symbol - 280, 8),
    }
}
