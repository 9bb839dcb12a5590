//! Huffman codes as DEFLATE writes them: nothing but their lengths (RFC 1951 §3.2.2).

use super::bits::BitReader;
use super::inflater::InflateFault;

/// Longest code.
const LONGEST: usize = 15;
/// Codes up to this length are found in one step.
const QUICK: u32 = 9;

/// A code to read with.
#[derive(Debug)]
pub(super) struct Huffman {
    /// Codes of each length.
    counts: [u16; LONGEST + 1],
    /// Symbols, in the order of their codes.
    symbols: Vec<u16>,
    /// `length << 9 | symbol` for the next nine bits; 0 where the code is longer.
    quick: Vec<u16>,
}

impl Huffman {
    /// The code with these lengths. Too many codes are refused, and too few unless there is at most one.
    pub(super) fn new(lengths: &[u8]) -> Result<Self, InflateFault> {
        let mut counts = [0_u16; LONGEST + 1];
        for length in lengths {
            counts[usize::from(*length)] += 1;
        }
        let used = lengths.len() - usize::from(counts[0]);
        let mut left = 1_i32;
        for count in &counts[1..] {
            left = (left << 1) - i32::from(*count);
            if left < 0 {
                return Err(InflateFault::Code("more codes than fit"));
            }
        }
        if left > 0 && used > 1 {
            return Err(InflateFault::Code("codes are missing"));
        }
        counts[0] = 0;
        let mut starts = [0_usize; LONGEST + 2];
        for length in 1..=LONGEST {
            starts[length + 1] = starts[length] + usize::from(counts[length]);
        }
        let mut symbols = vec![0; used];
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let place = &mut starts[usize::from(*length)];
            symbols[*place] = symbol as u16;
            *place += 1;
        }
        let mut huffman = Self { counts, symbols, quick: vec![0; 1 << QUICK] };
        huffman.fill_quick();
        Ok(huffman)
    }

    fn fill_quick(&mut self) {
        let (mut code, mut at) = (0_u32, 0);
        for length in 1..=QUICK {
            for _ in 0..self.counts[length as usize] {
                let entry = (length << 9) as u16 | self.symbols[at];
                let first = code.reverse_bits() >> (32 - length);
                for place in (first as usize..1 << QUICK).step_by(1 << length) {
                    self.quick[place] = entry;
                }
                (code, at) = (code + 1, at + 1);
            }
            code <<= 1;
        }
    }

    /// The next symbol.
    pub(super) fn symbol(&self, bits: &mut BitReader<'_>) -> Result<u16, InflateFault> {
        let next = bits.peek(LONGEST as u32);
        let entry = self.quick[(next & ((1 << QUICK) - 1)) as usize];
        if entry != 0 {
            bits.skip(u32::from(entry >> 9))?;
            return Ok(entry & 0x1ff);
        }
        let (mut code, mut first, mut index) = (0_i32, 0_i32, 0_i32);
        for length in 1..=LONGEST {
            code |= (next >> (length - 1) & 1) as i32;
            let count = i32::from(self.counts[length]);
            if code - count < first {
                bits.skip(length as u32)?;
                return Ok(self.symbols[(index + code - first) as usize]);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(InflateFault::Code("a code without a symbol"))
    }
}
