//! UTF-8 that comes in pieces.

/// What came of a text that is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Utf8 {
    /// The octets of a character that is cut.
    cut: [u8; 4],
    /// How many there are.
    length: usize,
}

impl Utf8 {
    /// Takes the next octets; false when no text has such.
    pub(crate) fn take(&mut self, mut octets: &[u8]) -> bool {
        while self.length > 0
            && let Some((next, rest)) = octets.split_first()
        {
            self.cut[self.length] = *next;
            self.length += 1;
            octets = rest;
            match std::str::from_utf8(&self.cut[..self.length]) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        let Err(error) = std::str::from_utf8(octets) else { return true };
        let rest = &octets[error.valid_up_to()..];
        if error.error_len().is_some() {
            return false;
        }
        self.cut[..rest.len()].copy_from_slice(rest);
        self.length = rest.len();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_may_be_cut_anywhere_and_is_hopeless_at_once() {
        let text = "a\u{a2}\u{20ac}\u{1f600}b".as_bytes();
        for size in 1..=text.len() {
            let mut utf8 = Utf8::default();
            assert!(text.chunks(size).all(|piece| utf8.take(piece)), "{size}");
            assert_eq!(utf8.length, 0);
        }
        for bad in [&b"a\xff"[..], b"\x80", b"\xe0\x9f", b"\xf4\x90", b"\xf0\x9f\x98 ", b"\xc3\x20"] {
            for size in 1..=bad.len() {
                let mut utf8 = Utf8::default();
                assert!(!bad.chunks(size).all(|piece| utf8.take(piece)), "{bad:x?} by {size}");
            }
        }
    }
}
