//! Reading compressed messages strictly.

use std::sync::LazyLock;

use super::bits::BitReader;
use super::huffman::Huffman;
use super::{LARGEST_WINDOW, LENGTHS, TAIL, distance_code};

/// What is wrong with a compressed message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InflateFault {
    /// It ends in the middle of a block, or its end was not taken off.
    #[error("the compressed data ends in the middle of a block")]
    Cut,
    /// Something follows the last block.
    #[error("the compressed data does not end with an empty stored block")]
    End,
    /// Block type 3.
    #[error("a block of the reserved type")]
    BlockType,
    /// The two lengths of a stored block don't belong together.
    #[error("a stored block of length {0:#06x} with the complement {1:#06x}")]
    StoredLength(u16, u16),
    /// No Huffman code.
    #[error("no Huffman code: {0}")]
    Code(&'static str),
    /// A length or distance symbol without a meaning.
    #[error("symbol {0} without a meaning")]
    Symbol(u16),
    /// Further back than the window that was agreed.
    #[error("a reference {distance} octets back with a window of {window}")]
    Window {
        /// How far back.
        distance: usize,
        /// The window.
        window: usize,
    },
    /// Further back than there is anything: a context that is not there.
    #[error("a reference {distance} octets back where the context has {available}")]
    Context {
        /// How far back.
        distance: usize,
        /// What there is.
        available: usize,
    },
    /// More than may come of it.
    #[error("more than {0} octets come of the compressed data")]
    TooLarge(usize),
}

/// What was agreed for one direction, and what is held at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InflateRules {
    /// Size of the window as a power of two, 8 to 15.
    pub window_bits: u8,
    /// Whether a message may refer to those before it.
    pub takeover: bool,
    /// Most octets of a message.
    pub limit: usize,
}

/// A message, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inflated {
    /// The message.
    pub bytes: Vec<u8>,
    /// The longest distance of a reference.
    pub farthest: usize,
    /// Whether a reference reached into an earlier message.
    pub used_context: bool,
    /// Blocks, the last empty one included.
    pub blocks: usize,
}

/// Reads the messages of one direction of a connection.
#[derive(Debug, Clone)]
pub struct Inflater {
    rules: InflateRules,
    /// The end of what came before, no longer than the window.
    context: Vec<u8>,
}

static FIXED: LazyLock<Option<(Huffman, Huffman)>> = LazyLock::new(|| {
    let mut lengths = [8_u8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    Huffman::new(&lengths).ok().zip(Huffman::new(&[5; 32]).ok())
});

impl Inflater {
    /// A reader with nothing before.
    pub fn new(rules: InflateRules) -> Self {
        let window_bits = rules.window_bits.min(LARGEST_WINDOW);
        Self { rules: InflateRules { window_bits, ..rules }, context: Vec::new() }
    }

    /// What it goes by.
    pub fn rules(&self) -> InflateRules {
        self.rules
    }

    /// Reads the payload of one message.
    pub fn message(&mut self, payload: &[u8]) -> Result<Inflated, InflateFault> {
        let input = [payload, &TAIL].concat();
        let context = if self.rules.takeover { std::mem::take(&mut self.context) } else { Vec::new() };
        let before = context.len();
        let mut run = Run {
            bits: BitReader::new(&input),
            out: context,
            before,
            window: 1 << self.rules.window_bits,
            limit: self.rules.limit,
            told: Inflated::default(),
        };
        run.all()?;
        let Run { mut out, mut told, .. } = run;
        if self.rules.takeover {
            let keep = out.len().min(1 << self.rules.window_bits);
            self.context = out[out.len() - keep..].to_vec();
        }
        out.drain(..before);
        told.bytes = out;
        Ok(told)
    }
}

/// One message being read.
struct Run<'a> {
    bits: BitReader<'a>,
    /// The context, then the message.
    out: Vec<u8>,
    before: usize,
    window: usize,
    limit: usize,
    told: Inflated,
}

impl Run<'_> {
    fn all(&mut self) -> Result<(), InflateFault> {
        loop {
            let last = self.bits.take(1)? == 1;
            let kind = self.bits.take(2)?;
            let start = self.out.len();
            match kind {
                0 => self.stored()?,
                1 => match &*FIXED {
                    Some((literals, distances)) => self.compressed(literals, distances)?,
                    None => return Err(InflateFault::Code("the fixed codes")),
                },
                2 => {
                    let (literals, distances) = self.dynamic()?;
                    self.compressed(&literals, &distances)?;
                }
                _ => return Err(InflateFault::BlockType),
            }
            self.told.blocks += 1;
            if last {
                // Another stream begins at the next octet (RFC 7692 §7.2.3.4).
                self.bits.align();
            }
            if self.bits.is_empty() {
                let empty = kind == 0 && !last && self.out.len() == start;
                return if empty { Ok(()) } else { Err(InflateFault::End) };
            }
        }
    }

    fn stored(&mut self) -> Result<(), InflateFault> {
        self.bits.align();
        let (length, complement) = (self.bits.take(16)? as u16, self.bits.take(16)? as u16);
        if length != !complement {
            return Err(InflateFault::StoredLength(length, complement));
        }
        let octets = self.bits.octets(usize::from(length))?;
        self.room(octets.len())?;
        self.out.extend_from_slice(octets);
        Ok(())
    }

    /// Reads the codes of a dynamic block (RFC 1951 §3.2.7).
    fn dynamic(&mut self) -> Result<(Huffman, Huffman), InflateFault> {
        const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let literals = self.bits.take(5)? as usize + 257;
        let distances = self.bits.take(5)? as usize + 1;
        let count = self.bits.take(4)? as usize + 4;
        if literals > 286 || distances > 30 {
            return Err(InflateFault::Code("more symbols than there are"));
        }
        let mut lengths = [0_u8; 19];
        for place in &ORDER[..count] {
            lengths[*place] = self.bits.take(3)? as u8;
        }
        let meta = Huffman::new(&lengths)?;
        let mut lengths = Vec::with_capacity(320);
        while lengths.len() < literals + distances {
            let (value, times) = match meta.symbol(&mut self.bits)? {
                16 => {
                    let last = *lengths.last().ok_or(InflateFault::Code("a repetition of nothing"))?;
                    (last, self.bits.take(2)? + 3)
                }
                17 => (0, self.bits.take(3)? + 3),
                18 => (0, self.bits.take(7)? + 11),
                length => (length as u8, 1),
            };
            lengths.resize(lengths.len() + times as usize, value);
        }
        if lengths.len() > literals + distances {
            return Err(InflateFault::Code("a repetition beyond the end"));
        }
        if lengths[256] == 0 {
            return Err(InflateFault::Code("no end of the block"));
        }
        Ok((Huffman::new(&lengths[..literals])?, Huffman::new(&lengths[literals..])?))
    }

    fn compressed(&mut self, literals: &Huffman, distances: &Huffman) -> Result<(), InflateFault> {
        loop {
            match literals.symbol(&mut self.bits)? {
                literal @ 0..=255 => {
                    self.room(1)?;
                    self.out.push(literal as u8);
                }
                256 => return Ok(()),
                symbol => {
                    let Some((length, extra)) = LENGTHS.get(usize::from(symbol) - 257) else {
                        return Err(InflateFault::Symbol(symbol));
                    };
                    let length = usize::from(*length) + self.bits.take(u32::from(*extra))? as usize;
                    let symbol = distances.symbol(&mut self.bits)?;
                    if symbol > 29 {
                        return Err(InflateFault::Symbol(symbol));
                    }
                    let (distance, extra) = distance_code(u32::from(symbol));
                    let distance = distance + self.bits.take(extra)?;
                    self.copy(distance as usize, length)?;
                }
            }
        }
    }

    fn copy(&mut self, distance: usize, length: usize) -> Result<(), InflateFault> {
        let available = self.out.len();
        if distance > available {
            return Err(InflateFault::Context { distance, available });
        }
        if distance > self.window {
            return Err(InflateFault::Window { distance, window: self.window });
        }
        self.room(length)?;
        self.told.farthest = self.told.farthest.max(distance);
        let start = available - distance;
        self.told.used_context |= start < self.before;
        if distance >= length {
            self.out.extend_from_within(start..start + length);
        } else {
            for at in start..start + length {
                self.out.push(self.out[at]);
            }
        }
        Ok(())
    }

    fn room(&self, more: usize) -> Result<(), InflateFault> {
        if self.out.len() - self.before + more > self.limit {
            return Err(InflateFault::TooLarge(self.limit));
        }
        Ok(())
    }
}
