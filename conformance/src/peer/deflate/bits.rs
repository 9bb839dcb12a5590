//! Bits in the order of DEFLATE: the least significant of each octet first (RFC 1951 §3.1.1).

use super::inflater::InflateFault;

/// Reads bits.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    hold: u64,
    held: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, hold: 0, held: 0 }
    }

    /// At least `count` bits, at most 32, if there are so many. What is not there reads as 0.
    pub(super) fn peek(&mut self, count: u32) -> u32 {
        while self.held < count
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.hold |= u64::from(*byte) << self.held;
            self.held += 8;
            self.at += 1;
        }
        (self.hold & ((1 << count) - 1)) as u32
    }

    /// Passes over `count` bits that were looked at.
    pub(super) fn skip(&mut self, count: u32) -> Result<(), InflateFault> {
        if count > self.held {
            return Err(InflateFault::Cut);
        }
        self.hold >>= count;
        self.held -= count;
        Ok(())
    }

    /// The next `count` bits, at most 32.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, InflateFault> {
        let bits = self.peek(count);
        self.skip(count)?;
        Ok(bits)
    }

    /// Passes over what is left of the current octet.
    pub(super) fn align(&mut self) {
        let odd = self.held % 8;
        self.hold >>= odd;
        self.held -= odd;
    }

    /// The next `count` octets, from an octet's beginning.
    pub(super) fn octets(&mut self, count: usize) -> Result<&'a [u8], InflateFault> {
        let start = self.at - (self.held / 8) as usize;
        let octets = self.bytes.get(start..start + count).ok_or(InflateFault::Cut)?;
        (self.at, self.hold, self.held) = (start + count, 0, 0);
        Ok(octets)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0 && self.at == self.bytes.len()
    }
}

/// Writes bits.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    hold: u64,
    held: u32,
}

impl BitWriter {
    /// Adds the `count` lowest bits of `bits`, at most 32.
    pub fn put(&mut self, bits: u32, count: u32) {
        self.hold |= u64::from(bits) << self.held;
        self.held += count;
        while self.held >= 8 {
            self.bytes.push(self.hold as u8);
            self.hold >>= 8;
            self.held -= 8;
        }
    }

    /// Adds a Huffman code of `count` bits: its most significant bit first.
    pub fn put_code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    /// Fills the current octet with zeros.
    pub fn align(&mut self) {
        if self.held > 0 {
            self.put(0, 8 - self.held);
        }
    }

    /// Adds octets, from an octet's beginning on.
    pub fn octets(&mut self, octets: &[u8]) {
        self.align();
        self.bytes.extend_from_slice(octets);
    }

    /// An empty stored block without its last four octets: how every message ends (RFC 7692 §7.2.1).
    pub fn end_message(&mut self) {
        self.put(0, 3);
        self.align();
    }

    /// The octets; an incomplete one is filled with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}
