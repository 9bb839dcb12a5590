//! permessage-deflate (RFC 7692) as the suite speaks it: what is offered and answered, a compressor that
//! can write anything, and a decompressor that reads strictly and says what it saw.
//!
//! The decompressor is the suite's own: the usual ones don't mind a reference beyond the agreed window, nor
//! a stream that ends in the middle.

mod agreement;
mod bits;
mod blocks;
mod deflater;
mod extension;
mod huffman;
mod inflater;

pub use agreement::{Agreement, AnswerFault, judge_answer};
pub use bits::BitWriter;
pub use blocks::{Token, fixed_block, stored_block};
pub use deflater::{Deflater, Style};
pub use extension::{Extension, ExtensionFault, PERMESSAGE_DEFLATE, extensions};
pub use inflater::{InflateFault, InflateRules, Inflated, Inflater};

/// What ends each message and is taken off (RFC 7692 §7.2.1).
pub const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The largest window, as a power of two.
pub const LARGEST_WINDOW: u8 = 15;
/// The smallest window, as a power of two.
pub const SMALLEST_WINDOW: u8 = 8;

/// Length codes 257 to 285: first length, extra bits (RFC 1951 §3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// First distance and extra bits of distance code `code`, 0 to 29 (RFC 1951 §3.2.5).
fn distance_code(code: u32) -> (u32, u32) {
    if code < 4 {
        return (code + 1, 0);
    }
    let extra = code / 2 - 1;
    (((2 + (code & 1)) << extra) + 1, extra)
}
