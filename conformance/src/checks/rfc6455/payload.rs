//! Payloads by length: the same each time, and no two stretches of one alike.

/// Letters of a text payload; a prime number of them, so that no power of two is a period.
const LETTERS: &[u8; 61] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXY";

/// Text of exactly `length` octets.
pub(super) fn text(length: usize) -> Vec<u8> {
    // The row of letters is turned by one each time round.
    (0..length).map(|at| LETTERS[(at + at / 61) % 61]).collect()
}

/// Text of exactly `length` octets that begins with `name`, so that two messages of one length differ.
pub(super) fn named(name: &str, length: usize) -> Vec<u8> {
    let mut bytes = text(length);
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    bytes
}

/// `length` octets of all values, hardly any of it UTF-8.
pub(super) fn octets(length: usize) -> Vec<u8> {
    (0..length).map(|at| (255 - (at + at / 251) % 256) as u8).collect()
}

/// The same, beginning with `name`.
pub(super) fn named_octets(name: &str, length: usize) -> Vec<u8> {
    let mut bytes = octets(length);
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    bytes
}
