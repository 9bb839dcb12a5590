//! Compressing messages: small windows and single kinds of blocks with code of our own, the usual case with
//! `miniz_oxide`, which no server under test here is built on.

use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::{MZFlush, MZStatus};

use super::bits::BitWriter;
use super::blocks::{Token, fixed_block, stored_block};
use super::{LARGEST_WINDOW, TAIL};

/// The kind of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As most clients write: dynamic codes where they pay. Windows under the largest get fixed ones.
    Usual,
    /// Fixed codes.
    Fixed,
    /// No compression at all.
    Stored,
}

/// Writes the messages of one direction of a connection.
pub struct Deflater {
    window_bits: u8,
    takeover: bool,
    style: Style,
    /// The end of what came before, no longer than the window.
    context: Vec<u8>,
    usual: Option<Box<CompressorOxide>>,
}

impl std::fmt::Debug for Deflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deflater")
            .field("window_bits", &self.window_bits)
            .field("takeover", &self.takeover)
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

/// zlib's usual level.
const LEVEL: i32 = 6;
/// Negative: no header.
const RAW: i32 = -15;
/// Candidates that are looked at for each match.
const TRIES: usize = 8;
/// Places in the table of matches.
const PLACES: usize = 1 << 12;

impl Deflater {
    /// A writer with nothing before, for a window of two to the power of `window_bits`.
    pub fn new(window_bits: u8, takeover: bool, style: Style) -> Self {
        let style = if style == Style::Usual && window_bits < LARGEST_WINDOW { Style::Fixed } else { style };
        let usual = (style == Style::Usual)
            .then(|| Box::new(CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL, RAW, 0))));
        Self { window_bits, takeover, style, context: Vec::new(), usual }
    }

    /// The payload of one message, its tail taken off.
    pub fn message(&mut self, message: &[u8]) -> Vec<u8> {
        if message.is_empty() {
            // RFC 7692 §7.2.3.6.
            return vec![0];
        }
        if let Some(usual) = &mut self.usual {
            if !self.takeover {
                usual.reset();
            }
            return flushed(usual, message);
        }
        let mut bits = BitWriter::default();
        match self.style {
            Style::Stored => {
                for part in message.chunks(0xffff) {
                    stored_block(&mut bits, false, part, None);
                }
            }
            Style::Usual | Style::Fixed => {
                let tokens = tokens(&self.context, message, 1 << self.window_bits);
                fixed_block(&mut bits, false, &tokens);
            }
        }
        bits.end_message();
        if self.takeover {
            self.context.extend_from_slice(message);
            let surplus = self.context.len().saturating_sub(1 << self.window_bits);
            self.context.drain(..surplus);
        }
        bits.finish()
    }
}

/// Compresses up to the end of an octet.
fn flushed(compressor: &mut CompressorOxide, message: &[u8]) -> Vec<u8> {
    let mut out = vec![0; message.len() + message.len() / 8 + 256];
    let (mut taken, mut made) = (0, 0);
    loop {
        let result = deflate(compressor, &message[taken..], &mut out[made..], MZFlush::Sync);
        taken += result.bytes_consumed;
        made += result.bytes_written;
        let full = made == out.len();
        if !matches!(result.status, Ok(MZStatus::Ok)) || (taken == message.len() && !full) {
            break;
        }
        out.resize(out.len() + 1_024, 0);
    }
    out.truncate(made);
    if out.ends_with(&TAIL) {
        out.truncate(made - TAIL.len());
    }
    out
}

/// Splits `message` into literals and references, none further back than `window`.
fn tokens(context: &[u8], message: &[u8], window: usize) -> Vec<Token> {
    let all = [context, message].concat();
    let mut latest = vec![usize::MAX; PLACES];
    let mut earlier = vec![usize::MAX; all.len()];
    let place = |at: usize| {
        let key = u32::from(all[at]) << 16 | u32::from(all[at + 1]) << 8 | u32::from(all[at + 2]);
        (key.wrapping_mul(2_654_435_761) >> 20) as usize
    };
    let mut tokens = Vec::with_capacity(message.len() / 2);
    let (mut at, mut known) = (context.len(), 0);
    while at < all.len() {
        while known < at && known + 3 <= all.len() {
            let place = place(known);
            earlier[known] = std::mem::replace(&mut latest[place], known);
            known += 1;
        }
        let mut best = (0, 0);
        if at + 3 <= all.len() {
            let mut candidate = latest[place(at)];
            for _ in 0..TRIES {
                if candidate == usize::MAX || at - candidate > window {
                    break;
                }
                let length =
                    all[at..].iter().zip(&all[candidate..]).take(258).take_while(|(a, b)| a == b).count();
                if length > best.0 {
                    best = (length, at - candidate);
                }
                candidate = earlier[candidate];
            }
        }
        let (length, distance) = best;
        if length >= 3 && distance <= 0x8000 {
            tokens.push(Token::Copy { length: length as u16, distance: distance as u16 });
            at += length;
        } else {
            tokens.push(Token::Literal(all[at]));
            at += 1;
        }
    }
    tokens
}
