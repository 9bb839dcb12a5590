//! One histogram in V2 encoding, as its values and their counts.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;

/// What a compressed histogram begins with, and what is inside.
const COMPRESSED: u32 = 0x1c84_9314;
const PLAIN: u32 = 0x1c84_9313;
/// Octets of the header inside: cookie, length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 40;
/// Octets of a histogram at most; one of three digits over all of `u64` has fewer.
const LARGEST: u64 = 4 << 20;

/// Values with their counts, ascending. A value is the largest of those that the histogram can't tell apart.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    pub(super) values: Vec<(u64, u64)>,
    pub(super) total: u64,
    compressed: Vec<u8>,
    plain: Vec<u8>,
}

/// How indexes of a histogram become values.
struct Scale {
    /// Binary logarithm of half the number of its sub-buckets.
    half_magnitude: u32,
    /// Binary logarithm of its smallest unit.
    unit_magnitude: u32,
}

impl Scale {
    fn new(digits: u32, lowest: u64) -> Result<Self, &'static str> {
        if digits > 5 || lowest == 0 {
            return Err("a histogram of a precision that does not exist");
        }
        // Power of two that keeps single units apart up to twice ten to the number of digits.
        let count_magnitude = (2 * 10_u64.pow(digits)).next_power_of_two().ilog2();
        let unit_magnitude = lowest.ilog2();
        if unit_magnitude + count_magnitude > 63 {
            return Err("a histogram of a precision that does not exist");
        }
        Ok(Self { half_magnitude: count_magnitude - 1, unit_magnitude })
    }

    /// The largest value that is counted at `index`; `None` beyond what 64 bits can hold.
    fn value(&self, index: u64) -> Option<u64> {
        let half = 1_u64 << self.half_magnitude;
        let upper = index >> self.half_magnitude;
        let (bucket, sub) = match upper.checked_sub(1) {
            None => (0, index),
            Some(bucket) => (u32::try_from(bucket).ok()?, (index & (half - 1)) + half),
        };
        let shift = bucket.checked_add(self.unit_magnitude)?;
        if shift > 63 || sub.leading_zeros() < shift {
            return None;
        }
        Some((sub << shift) + ((1_u64 << shift) - 1))
    }
}

impl Sparse {
    /// Takes the histogram that `encoded` is in base 64, instead of the one before.
    pub(super) fn decode(&mut self, encoded: &str) -> Result<(), &'static str> {
        self.values.clear();
        self.total = 0;
        self.compressed.clear();
        self.plain.clear();
        STANDARD.decode_vec(encoded, &mut self.compressed).map_err(|_| "no base 64")?;
        let (head, rest) = self.compressed.split_first_chunk::<8>().ok_or("a histogram cut short")?;
        if u32_at(head, 0) != Some(COMPRESSED) {
            return Err("no compressed histogram of version 2");
        }
        let mut inside = ZlibDecoder::new(rest).take(LARGEST);
        inside.read_to_end(&mut self.plain).map_err(|_| "a histogram that can't be unpacked")?;
        let header = |at| u32_at(&self.plain, at).ok_or("a histogram cut short");
        if header(0)? != PLAIN {
            return Err("no histogram of version 2");
        }
        let length = usize::try_from(header(4)?).map_err(|_| "a histogram cut short")?;
        let lowest = u64::from(header(16)?) << 32 | u64::from(header(20)?);
        let scale = Scale::new(header(12)?, lowest)?;
        let end = HEADER.checked_add(length).ok_or("a histogram cut short")?;
        let payload = self.plain.get(HEADER..end).ok_or("a histogram cut short")?;
        self.total = counts(payload, &scale, &mut self.values)?;
        Ok(())
    }

    /// The values below which the `shares` (ascending) lie; the first value where a share is nothing.
    pub(super) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [u64; N] {
        let mut found = [0; N];
        let mut passed = 0;
        let mut next = 0;
        for (value, count) in &self.values {
            passed += count;
            while next < N && passed >= self.rank(shares[next]) {
                found[next] = *value;
                next += 1;
            }
        }
        found
    }

    /// Number of the value that stands for `share`, from 1.
    fn rank(&self, share: f64) -> u64 {
        ((share.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).max(1)
    }

    /// The largest value; 0 without any.
    pub(super) fn max(&self) -> u64 {
        self.values.last().map_or(0, |(value, _)| *value)
    }
}

/// Reads zigzag numbers: a count of the next index, or, when negative, how many indexes have none.
fn counts(payload: &[u8], scale: &Scale, values: &mut Vec<(u64, u64)>) -> Result<u64, &'static str> {
    let (mut at, mut index, mut total) = (0, 0_u64, 0_u64);
    while at < payload.len() {
        let (zigzag, length) = number(&payload[at..]).ok_or("a histogram cut short")?;
        at += length;
        let magnitude = zigzag >> 1;
        if zigzag & 1 == 1 {
            index =
                index.checked_add(magnitude).and_then(|i| i.checked_add(1)).ok_or("a histogram too long")?;
            continue;
        }
        if magnitude > 0 {
            let value = scale.value(index).ok_or("a histogram too long")?;
            total = total.checked_add(magnitude).ok_or("counts beyond 64 bits")?;
            values.push((value, magnitude));
        }
        index += 1;
    }
    Ok(total)
}

/// A number in LEB128 of at most nine octets, the ninth taken whole; with its length.
fn number(octets: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for at in 0..9 {
        let octet = *octets.get(at)?;
        if at == 8 {
            return Some((value | u64::from(octet) << 56, 9));
        }
        value |= u64::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at.checked_add(4)?)?;
    octets.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
    use proptest::prelude::*;

    use super::*;

    fn encoded(histogram: &Histogram<u64>) -> String {
        let mut octets = Vec::new();
        V2DeflateSerializer::new().serialize(histogram, &mut octets).unwrap();
        STANDARD.encode(octets)
    }

    #[test]
    fn what_is_no_histogram_is_said() {
        let mut sparse = Sparse::default();
        for (text, why) in [
            ("", "a histogram cut short"),
            ("?", "no base 64"),
            ("AAAAAAAAAAAA", "no compressed histogram of version 2"),
            ("HISTFAAAAAAA", "a histogram that can't be unpacked"),
        ] {
            assert_eq!(sparse.decode(text), Err(why), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn figures_are_those_of_the_library(
            values in prop::collection::vec((0_u64..63, any::<u64>(), 1_u64..2_000), 0..60),
            digits in 0_u8..=4,
            share in 0.0..=1.0_f64,
        ) {
            let mut histogram = Histogram::<u64>::new(digits).unwrap();
            for (bits, value, count) in values {
                histogram.record_n(value >> (63 - bits) >> 1, count).unwrap();
            }
            let mut sparse = Sparse::default();
            sparse.decode(&encoded(&histogram)).unwrap();
            prop_assert_eq!(sparse.total, histogram.len());
            prop_assert_eq!(sparse.max(), histogram.max());
            for share in [0.5, 0.9, 0.99, 0.999, share.max(1e-6)] {
                let expected = if histogram.is_empty() { 0 } else { histogram.value_at_quantile(share) };
                prop_assert_eq!(sparse.quantiles([share]), [expected], "{}", share);
            }
        }

        #[test]
        fn random_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..200), payload in any::<Vec<u8>>()) {
            let mut sparse = Sparse::default();
            let _ = sparse.decode(&STANDARD.encode(&octets));
            let scale = Scale::new(3, 1).unwrap();
            let _ = counts(&payload, &scale, &mut Vec::new());
        }
    }
}
