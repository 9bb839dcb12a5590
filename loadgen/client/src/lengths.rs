//! What the WebSocket library is lenient about, judged on the way to it: lengths that are not in their shortest form,
//! and the highest bit of a length of 64 bits (RFC 6455, section 5.2); text that can't become UTF-8 any more before its
//! frame is whole (section 8.1). And the close code 1014, of which it knows nothing: it is given 1013.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::mistake::Mistake;
use crate::utf8::Utf8;

/// The last octet of the close code 1014, bad gateway, and of the one that the library is given instead; the first
/// of both is 3.
const BAD_GATEWAY: u8 = 0xf6;
const TRY_AGAIN: u8 = 0xf5;

const OPCODE_CONTINUATION: u8 = 0;
const OPCODE_TEXT: u8 = 1;
const OPCODE_BINARY: u8 = 2;
const OPCODE_CLOSE: u8 = 8;

/// What ends the connection here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// A length that must not be written so.
    #[error("a length that is not in its shortest form, or has its highest bit set")]
    Length,
    /// Text that can't become UTF-8 any more.
    #[error("text that is not UTF-8")]
    Text,
}

/// Where in a frame the next octet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The first octet: opcode and bits.
    First,
    /// The second: mask bit and the short length.
    Second,
    /// So many octets of the length are still to come, of `width`; what there is of it.
    Length { left: u8, width: u8, value: u64 },
    /// So many octets of mask and payload are still to come.
    Within(u64),
}

/// Follows the frames of a server.
#[derive(Debug)]
struct Headers {
    place: Place,
    /// The first octet of the frame.
    first: u8,
    masked: bool,
    /// Octets of its payload.
    length: u64,
    /// What came of a text message that is not complete; nothing where it is compressed.
    text: Option<Utf8>,
    /// The first octet of a close code.
    code: u8,
    /// The server closed with 1014.
    bad_gateway: bool,
    mistake: Option<Mistake>,
}

impl Headers {
    fn new(mistake: Option<Mistake>) -> Self {
        let (first, length, code) = (0, 0, 0);
        let (masked, bad_gateway, text) = (false, false, None);
        Self { place: Place::First, first, masked, length, text, code, bad_gateway, mistake }
    }

    /// Follows `bytes`; gives how many of them may go on when something among them is against the rules, and what.
    fn follow(&mut self, bytes: &mut [u8]) -> Option<(usize, Broken)> {
        let (mut at, mut begun) = (0, 0);
        while let Some(byte) = bytes.get_mut(at) {
            match self.place {
                Place::First => {
                    begun = at;
                    self.begin(*byte);
                    self.place = Place::Second;
                }
                Place::Second => {
                    self.masked = *byte & 0x80 != 0;
                    self.place = match *byte & 0x7f {
                        126 => Place::Length { left: 2, width: 2, value: 0 },
                        127 => Place::Length { left: 8, width: 8, value: 0 },
                        short => self.payload(u64::from(short)),
                    };
                }
                Place::Length { left, width, value } => {
                    if left == 8 && self.mistake == Some(Mistake::TakesLengthBit) {
                        *byte &= 0x7f;
                    }
                    let value = value << 8 | u64::from(*byte);
                    self.place = match left {
                        1 if self.is_wrong(width, value) => return Some((begun, Broken::Length)),
                        1 => self.payload(value),
                        _ => Place::Length { left: left - 1, width, value },
                    };
                }
                Place::Within(left) => {
                    let passed = left.min((bytes.len() - at) as u64);
                    if !self.masked && !self.payload_is_good(left, &mut bytes[at..at + passed as usize]) {
                        return Some((at, Broken::Text));
                    }
                    self.place = if passed == left { Place::First } else { Place::Within(left - passed) };
                    at += passed as usize;
                    continue;
                }
            }
            at += 1;
        }
        None
    }

    /// A frame begins with this octet.
    fn begin(&mut self, first: u8) {
        self.first = first;
        let compressed = first & 0x40 != 0;
        match first & 0x0f {
            OPCODE_TEXT => self.text = (!compressed).then(Utf8::default),
            OPCODE_BINARY => self.text = None,
            _ => {}
        }
    }

    /// Octets of the payload of an unmasked frame, of which `left` are to come with these.
    fn payload_is_good(&mut self, left: u64, octets: &mut [u8]) -> bool {
        match (self.first & 0x0f, &mut self.text) {
            (OPCODE_CONTINUATION | OPCODE_TEXT, Some(text)) => text.take(octets),
            (OPCODE_CLOSE, _) => {
                self.replace_code(self.length - left, octets);
                true
            }
            _ => true,
        }
    }

    /// Writes 1013 for 1014 in the payload of a close frame, of which `octets` begin at `offset`.
    fn replace_code(&mut self, offset: u64, octets: &mut [u8]) {
        for (at, octet) in (offset..2).zip(octets) {
            match at {
                0 => self.code = *octet,
                _ if self.code == 3 && *octet == BAD_GATEWAY => {
                    *octet = TRY_AGAIN;
                    self.bad_gateway = true;
                }
                _ => {}
            }
        }
    }

    fn payload(&mut self, length: u64) -> Place {
        self.length = length;
        match length.saturating_add(if self.masked { 4 } else { 0 }) {
            0 => Place::First,
            rest => Place::Within(rest),
        }
    }

    fn is_wrong(&self, width: u8, value: u64) -> bool {
        let shorter = if width == 2 { value < 126 } else { value <= 0xffff };
        value >> 63 != 0 || (shorter && self.mistake.is_none())
    }
}

/// A stream that ends with an error where the server writes what it must not write.
#[derive(Debug)]
pub(crate) struct Strict<S> {
    stream: S,
    /// What was read already, and how much of it has gone on.
    early: (Vec<u8>, usize),
    headers: Headers,
    broken: Option<Broken>,
}

impl<S> Strict<S> {
    /// `stream`, of which `early` was read before.
    pub(crate) fn new(stream: S, early: Vec<u8>, mistake: Option<Mistake>) -> Self {
        let lenient = [Mistake::TakesLengthBit, Mistake::TakesLongLengths];
        let mistake = mistake.filter(|mistake| lenient.contains(mistake));
        Self { stream, early: (early, 0), headers: Headers::new(mistake), broken: None }
    }

    /// The code that the server closed with, where the library was given `code`.
    pub(crate) fn close_code(&self, code: u16) -> u16 {
        if self.headers.bad_gateway { 1014 } else { code }
    }
}

fn against_the_rules(broken: Broken) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, broken)
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(broken) = this.broken {
            return Poll::Ready(Err(against_the_rules(broken)));
        }
        let before = buffer.filled().len();
        let (early, taken) = &mut this.early;
        if *taken < early.len() {
            let size = (early.len() - *taken).min(buffer.remaining());
            buffer.put_slice(&early[*taken..*taken + size]);
            *taken += size;
        } else {
            ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        }
        if let Some((good, broken)) = this.headers.follow(&mut buffer.filled_mut()[before..]) {
            this.broken = Some(broken);
            if good == 0 {
                return Poll::Ready(Err(against_the_rules(broken)));
            }
            // What stands before it is read first.
            buffer.set_filled(before + good);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// What may be read of `wire`, of which the first `early` octets were read before; and whether it is all.
    async fn read(wire: &[u8], early: usize, mistake: Option<Mistake>) -> (Vec<u8>, bool) {
        let mut strict = Strict::new(&wire[early..], wire[..early].to_vec(), mistake);
        let mut seen = Vec::new();
        loop {
            match strict.read_buf(&mut seen).await {
                Ok(0) => return (seen, true),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                    return (seen, false);
                }
            }
        }
    }

    fn frame(length: &[u8], payload: usize) -> Vec<u8> {
        [&[0x81], length, &vec![b'x'; payload]].concat()
    }

    #[tokio::test]
    async fn frames_before_a_wrong_length_are_read_and_nothing_behind() {
        let good =
            [frame(&[3], 3), frame(&[126, 0, 126], 126), frame(&[127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536)]
                .concat();
        for early in [0, 1, 4, 7, good.len()] {
            assert_eq!(read(&good, early, None).await, (good.clone(), true));
        }
        for length in
            [&[126, 0, 125][..], &[127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], &[127, 0x80, 0, 0, 0, 0, 0, 0, 5]]
        {
            let wire = [good.clone(), frame(length, 5)].concat();
            for early in [0, 4, wire.len()] {
                assert_eq!(read(&wire, early, None).await, (good.clone(), false), "{length:?}");
            }
        }
    }

    #[tokio::test]
    async fn text_ends_where_it_is_hopeless_and_other_octets_do_not() {
        let whole = [&b"\x01\x03a\xe2\x82"[..], b"\x89\x01\xff", b"\x80\x02\xacb"].concat();
        let begun = b"\x81\x7e\x00\x80k\xc3";
        for early in 0..whole.len() {
            assert_eq!(read(&whole, early, None).await, (whole.clone(), true));
            let wire = [&whole[..], begun, b"\x28"].concat();
            assert!(!read(&wire, early, None).await.1);
        }
        for good in [&b"\x82\x02\xff\xfe"[..], b"\xc1\x02\xff\xfe", b"\x82\x00\x80\x01\xff"] {
            assert_eq!(read(good, 0, None).await, (good.to_vec(), true));
        }
    }

    #[tokio::test]
    async fn a_bad_gateway_is_given_as_try_again_and_told_as_what_it_was() {
        for (wire, given, told) in [
            (b"\x88\x03\x03\xf6!", b"\x88\x03\x03\xf5!", 1014),
            (b"\x88\x03\x03\xf5!", b"\x88\x03\x03\xf5!", 1013),
            (b"\x8a\x03\x03\xf6!", b"\x8a\x03\x03\xf6!", 1013),
        ] {
            for early in 0..wire.len() {
                let mut strict = Strict::new(&wire[early..], wire[..early].to_vec(), None);
                let mut seen = Vec::new();
                strict.read_to_end(&mut seen).await.unwrap();
                assert_eq!((seen.as_slice(), strict.close_code(1013)), (&given[..], told));
            }
        }
    }

    #[tokio::test]
    async fn mistakes_let_them_pass() {
        let long = frame(&[126, 0, 3], 3);
        assert_eq!(read(&long, 0, Some(Mistake::TakesLongLengths)).await, (long, true));
        let signed = frame(&[127, 0x80, 0, 0, 0, 0, 0, 0, 5], 5);
        let plain = frame(&[127, 0, 0, 0, 0, 0, 0, 0, 5], 5);
        assert_eq!(read(&signed, 3, Some(Mistake::TakesLengthBit)).await, (plain, true));
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic_and_pieces_have_no_meaning(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), piece in 1_usize..20,
        ) {
            let (mut whole, mut pieces) = (Headers::new(None), Headers::new(None));
            let wrong = whole.follow(&mut bytes.clone()).map(|(_, broken)| broken);
            let found = bytes.clone().chunks_mut(piece).find_map(|piece| pieces.follow(piece));
            proptest::prop_assert_eq!(wrong, found.map(|(_, broken)| broken));
        }
    }
}
