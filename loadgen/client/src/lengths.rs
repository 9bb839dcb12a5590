//! What the WebSocket library is lenient about: lengths that are not in their shortest form, and the highest bit
//! of a length of 64 bits. They are judged on their way to it (RFC 6455, section 5.2).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::mistake::Mistake;

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

/// Follows the frames of a server by their headers.
#[derive(Debug)]
struct Headers {
    place: Place,
    masked: bool,
    mistake: Option<Mistake>,
}

impl Headers {
    /// Follows `bytes`; gives how many of them may go on when a length among them is against the rules.
    fn follow(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let (mut at, mut begun) = (0, 0);
        while let Some(byte) = bytes.get_mut(at) {
            match self.place {
                Place::First => {
                    begun = at;
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
                        1 if self.is_wrong(width, value) => return Some(begun),
                        1 => self.payload(value),
                        _ => Place::Length { left: left - 1, width, value },
                    };
                }
                Place::Within(left) => {
                    let passed = left.min((bytes.len() - at) as u64);
                    self.place = if passed == left { Place::First } else { Place::Within(left - passed) };
                    at += passed as usize;
                    continue;
                }
            }
            at += 1;
        }
        None
    }

    fn payload(&self, length: u64) -> Place {
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

/// A stream that ends with an error where the server writes a length that it must not write.
#[derive(Debug)]
pub(crate) struct Strict<S> {
    stream: S,
    /// What was read already, and how much of it has gone on.
    early: (Vec<u8>, usize),
    headers: Headers,
    broken: bool,
}

impl<S> Strict<S> {
    /// `stream`, of which `early` was read before.
    pub(crate) fn new(stream: S, early: Vec<u8>, mistake: Option<Mistake>) -> Self {
        let lenient = [Mistake::TakesLengthBit, Mistake::TakesLongLengths];
        let mistake = mistake.filter(|mistake| lenient.contains(mistake));
        let headers = Headers { place: Place::First, masked: false, mistake };
        Self { stream, early: (early, 0), headers, broken: false }
    }
}

fn against_the_rules() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a length that is not in its shortest form, or has its highest bit set",
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.broken {
            return Poll::Ready(Err(against_the_rules()));
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
        if let Some(good) = this.headers.follow(&mut buffer.filled_mut()[before..]) {
            this.broken = true;
            if good == 0 {
                return Poll::Ready(Err(against_the_rules()));
            }
            // What stands before the wrong header is read first.
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
            let mut whole = Headers { place: Place::First, masked: false, mistake: None };
            let mut pieces = Headers { place: Place::First, masked: false, mistake: None };
            let wrong = whole.follow(&mut bytes.clone()).is_some();
            let found = bytes.clone().chunks_mut(piece).any(|piece| pieces.follow(piece).is_some());
            proptest::prop_assert_eq!(wrong, found);
        }
    }
}
