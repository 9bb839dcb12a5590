//! permessage-deflate (RFC 7692): messages compressed one by one.
//!
//! The server takes nothing over from message to message and, unless it is configured to keep a client's window, asks
//! the same of the client. So one decompressor and one compressor per size of window serve all connections of a
//! thread. Where a client's window is kept, it is what that client sent last ([`Window`]), which the decompressor is
//! given before each message; otherwise an idle connection pays nothing.

use std::borrow::Cow;
use std::cell::RefCell;

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::decoder::Violation;

/// What both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// Window that the client has for our messages: its size is two to this power, 8 to 15.
    pub server_window_bits: u8,
    /// Whether the client offered that window, which then is answered even if it is the largest.
    pub window_offered: bool,
    /// Whether compressed messages of the client may refer to earlier ones.
    pub client_context: bool,
}

impl Default for Deflate {
    fn default() -> Self {
        Self { server_window_bits: Self::LARGEST_WINDOW, window_offered: false, client_context: true }
    }
}

impl Deflate {
    /// The largest window, which also reads what was written for any other.
    pub const LARGEST_WINDOW: u8 = 15;
}

/// The smallest window that the compressor knows. What is no longer than a smaller window fits it anyway.
const SMALLEST_WINDOW: u8 = 9;

/// Speed counts more than the last percent. Level 1 of zlib-rs 0.6.8 is not safe: it panics where its output
/// comes to the end of the buffer it is given.
const LEVEL: Compression = Compression::new(2);

/// What ends each message, and is taken off (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The tail, and a last empty block: only a message that ends with a block ends the stream there.
const END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

/// Most streams that one message may consist of. Some writers end a stream instead of flushing it (7.2.3.4).
const MOST_STREAMS: usize = 1_024;

/// Least room for what is inflated.
const ROOM: usize = 1_024;

const NOT_DEFLATE: Violation = Violation { code: 1007, reason: "compressed data is broken" };

thread_local! {
    static COMPRESSORS: RefCell<[Option<Compress>; 16]> = const { RefCell::new([const { None }; 16]) };
    static DECOMPRESSOR: RefCell<Option<Decompress>> = const { RefCell::new(None) };
}

/// Compresses for a window of that many bits. `None` where that makes nothing smaller, or can't be done.
pub(super) fn compress(payload: &[u8], window_bits: u8) -> Option<Vec<u8>> {
    let fits = payload.len() <= 1 << window_bits;
    if window_bits < SMALLEST_WINDOW && !fits {
        return None;
    }
    let bits = window_bits.clamp(SMALLEST_WINDOW, Deflate::LARGEST_WINDOW);
    COMPRESSORS.with_borrow_mut(|compressors| {
        let compressor = compressors[usize::from(bits)]
            .get_or_insert_with(|| Compress::new_with_window_bits(LEVEL, false, bits));
        compressor.reset();
        let mut out = Vec::with_capacity(worst(payload.len()));
        loop {
            let taken = usize::try_from(compressor.total_in()).ok()?;
            let before = out.len();
            let status = compressor.compress_vec(&payload[taken..], &mut out, FlushCompress::Sync).ok()?;
            let all = usize::try_from(compressor.total_in()).ok()? == payload.len();
            if all && (status == Status::BufError || out.len() < out.capacity()) {
                break;
            }
            if out.len() > worst(payload.len()) || (status == Status::BufError && out.len() == before && !all)
            {
                return None;
            }
            out.reserve(ROOM);
        }
        let kept = out.strip_suffix(&TAIL)?.len();
        out.truncate(kept);
        (out.len() < payload.len()).then_some(out)
    })
}

/// The most that a message of `limit` bytes takes when it is compressed, however badly.
pub(super) const fn worst(limit: usize) -> usize {
    limit + limit / 16 + 64
}

/// What a client's compressed messages may refer to: the last of what came of those before, never more than
/// [`Window::MOST`] bytes.
#[derive(Debug, Default)]
pub(super) struct Window(Vec<u8>);

impl Window {
    /// Most bytes that a connection holds: the farthest that a reference goes.
    const MOST: usize = 1 << Deflate::LARGEST_WINDOW;

    /// Moves on behind `message`.
    fn push(&mut self, message: &[u8]) {
        let message = &message[message.len().saturating_sub(Self::MOST)..];
        let over = (self.0.len() + message.len()).saturating_sub(Self::MOST);
        self.0.drain(..over);
        self.0.reserve_exact(message.len());
        self.0.extend_from_slice(message);
    }
}

/// Gives the message behind a compressed one, or refuses it as soon as more than `limit` bytes come of it. With a
/// `window` it may refer to the messages before.
pub(super) fn inflate(
    payload: &[u8],
    limit: usize,
    window: Option<&mut Window>,
) -> Result<Vec<u8>, Violation> {
    if payload.is_empty() {
        // not what the standard writes for an empty message (7.2.3.6), but some do
        return Ok(Vec::new());
    }
    DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = decompressor
            .get_or_insert_with(|| Decompress::new_with_window_bits(false, Deflate::LARGEST_WINDOW));
        let before = window.as_deref().map_or(&[][..], |window| window.0.as_slice());
        let takeover = window.is_some();
        let mut inflation = Inflation { decompressor, before, takeover, out: Vec::new(), limit, streams: 0 };
        inflation.begin()?;
        inflation.reserve(payload.len().saturating_mul(3));
        let ended = inflation.feed(payload)?;
        debug_assert!(!ended, "the payload is followed by the end");
        if !inflation.feed(&END)? {
            return Err(NOT_DEFLATE);
        }
        let message = inflation.out;
        if let Some(window) = window {
            window.push(&message);
        }
        Ok(message)
    })
}

struct Inflation<'a> {
    decompressor: &'a mut Decompress,
    /// The window before the message.
    before: &'a [u8],
    /// Whether streams refer to what was before them.
    takeover: bool,
    out: Vec<u8>,
    limit: usize,
    streams: usize,
}

impl Inflation<'_> {
    fn begin(&mut self) -> Result<(), Violation> {
        self.streams += 1;
        if self.streams > MOST_STREAMS {
            return Err(NOT_DEFLATE);
        }
        self.decompressor.reset(false);
        if !self.takeover {
            return Ok(());
        }
        let mut window = Cow::Borrowed(self.before);
        if !self.out.is_empty() {
            // a stream that ends does not end the window (7.2.3.4)
            let mut moved = Window(self.before.to_vec());
            moved.push(&self.out);
            window = Cow::Owned(moved.0);
        }
        if window.is_empty() {
            return Ok(());
        }
        self.decompressor.set_dictionary(&window).map(drop).map_err(|_| NOT_DEFLATE)
    }

    /// Room for more, never for more than one byte over the limit.
    fn reserve(&mut self, more: usize) {
        let most = (self.limit + 1).saturating_sub(self.out.len());
        self.out.reserve_exact(more.max(ROOM).min(most));
    }

    /// Takes all of `input`; whether a stream ended exactly with it.
    fn feed(&mut self, mut input: &[u8]) -> Result<bool, Violation> {
        let mut ended = false;
        loop {
            if self.out.len() > self.limit {
                return Err(Violation { code: 1009, reason: "decompressed message is too big" });
            }
            if ended {
                if input.is_empty() {
                    return Ok(true);
                }
                self.begin()?;
            }
            if self.out.len() == self.out.capacity() {
                self.reserve(self.out.len());
            }
            let (taken, made) = (self.decompressor.total_in(), self.out.len());
            let status = self
                .decompressor
                .decompress_vec(input, &mut self.out, FlushDecompress::None)
                .map_err(|_| NOT_DEFLATE)?;
            let taken = usize::try_from(self.decompressor.total_in() - taken).map_err(|_| NOT_DEFLATE)?;
            input = &input[taken.min(input.len())..];
            ended = status == Status::StreamEnd;
            let full = self.out.len() == self.out.capacity();
            if !ended && !full && (input.is_empty() || (taken == 0 && self.out.len() == made)) {
                return if input.is_empty() { Ok(false) } else { Err(NOT_DEFLATE) };
            }
        }
    }
}

/// A frame like `frame`, compressed for a window of that many bits. `None` where that makes nothing smaller.
pub fn encode_deflated(frame: &Bytes, window_bits: u8) -> Option<Bytes> {
    let payload = crate::wire::encode::payload(frame);
    let opcode = frame.first()? & 0x0f;
    compress(&payload, window_bits).map(|payload| super::encode::compressed(opcode, &payload))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLENTY: usize = 1 << 22;

    /// "Hello" as RFC 7692, 7.2.3, writes it.
    #[test]
    fn the_examples_of_the_standard_are_read() {
        let fixed = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        for compressed in [&fixed[..], &stored, &last, &two] {
            assert_eq!(inflate(compressed, 5, None), Ok(b"Hello".to_vec()), "{compressed:02x?}");
            assert_eq!(inflate(compressed, 4, None).unwrap_err().code, 1009, "{compressed:02x?}");
        }
        assert_eq!(inflate(&[0], 0, None), Ok(Vec::new()), "an empty message");
        assert_eq!(inflate(&[], 0, None), Ok(Vec::new()), "nothing at all");
    }

    #[test]
    fn what_is_broken_or_cut_is_refused() {
        let whole = compress(&b"tidegate ".repeat(50), 15).unwrap();
        for cut in 1..whole.len() {
            let end = &whole[..whole.len() - cut];
            // what is cut between two blocks is a shorter message
            assert!(inflate(end, PLENTY, None).is_err() || cut == 1, "{cut}");
        }
        for broken in [&[0xff; 8][..], &[0x07], &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x55, 0x12]] {
            assert_eq!(inflate(broken, PLENTY, None).unwrap_err().code, 1007, "{broken:02x?}");
        }
        let streams = [0x03, 0x00].repeat(MOST_STREAMS + 1);
        assert_eq!(inflate(&streams, PLENTY, None).unwrap_err().code, 1007, "one stream after another");
    }

    #[test]
    fn fault_32_a_bomb_is_refused_without_being_kept() {
        let bomb = compress(&vec![b'0'; 60 << 20], 15).unwrap();
        assert!(bomb.len() < 1 << 20);
        let refused = inflate(&bomb, 65_536, None).unwrap_err();
        assert_eq!(refused.code, 1009);
    }

    #[test]
    fn every_window_is_kept_to() {
        // what repeats only beyond a window must not be referred to from within it
        let unit: Vec<u8> = (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let text = [&unit[..], &unit].concat();
        for bits in 8..=15 {
            let compressed = compress(&b"a long text, a long text, ".repeat(400), bits);
            assert_eq!(compressed.is_some(), bits > 8, "{bits}");
            for length in [0, 1, 2, 200, 256, 257, 4_096, 70_000] {
                let Some(compressed) = compress(&text[..length], bits) else { continue };
                let mut narrow = Decompress::new_with_window_bits(false, bits.max(9));
                let mut out = Vec::with_capacity(length + 1);
                let input = [&compressed[..], &END].concat();
                let status = narrow.decompress_vec(&input, &mut out, FlushDecompress::None).unwrap();
                assert_eq!(status, Status::StreamEnd, "{bits} {length}");
                assert!(out == text[..length], "{bits} {length}");
            }
        }
    }

    /// The messages of one client, each compressed with the window of those before.
    fn one_after_another(messages: &[&[u8]], flush: FlushCompress) -> Vec<Vec<u8>> {
        let mut compressor = Compress::new_with_window_bits(Compression::default(), false, 15);
        let compressed = |message: &&[u8]| {
            let mut out = Vec::with_capacity(worst(message.len()));
            compressor.compress_vec(message, &mut out, flush).unwrap();
            out.truncate(out.strip_suffix(&TAIL).unwrap_or(&out).len());
            out
        };
        messages.iter().map(compressed).collect()
    }

    #[test]
    fn a_kept_window_reads_references_to_earlier_messages() {
        let text = b"take this over, and this, and this over".as_slice();
        let long = b"0123456789abcdef".repeat(5_000);
        let messages = [text, b"", text, &long, text, &long, text];
        let mut window = Window::default();
        for (at, payload) in one_after_another(&messages, FlushCompress::Sync).iter().enumerate() {
            assert_eq!(inflate(payload, PLENTY, Some(&mut window)).unwrap(), messages[at], "{at}");
            assert!(window.0.capacity() <= Window::MOST, "{at}: {}", window.0.capacity());
        }
        assert_eq!(window.0.len(), Window::MOST);
        let second = &one_after_another(&[text, text], FlushCompress::Sync)[1];
        assert_eq!(inflate(second, PLENTY, None).unwrap_err().code, 1007, "without the window");
        let mut anothers = Window::default();
        assert_eq!(inflate(second, PLENTY, Some(&mut anothers)).unwrap_err().code, 1007, "another window");
    }

    /// A message whose block ends the stream, and one that refers to it: "Hello" (RFC 7692, 7.2.3.4 and 7.2.3.2).
    #[test]
    fn a_kept_window_outlives_a_stream() {
        let mut window = Window::default();
        for payload in
            [&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00][..], &[0xf2, 0x00, 0x11, 0x00, 0x00]]
        {
            assert_eq!(inflate(payload, 5, Some(&mut window)), Ok(b"Hello".to_vec()), "{payload:02x?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_compressed_is_inflated(
            words in prop::collection::vec("[a-z]{1,8}|[0-9]{9}", 0..3_000),
            bits in 8_u8..=15,
        ) {
            let text = words.join(" ");
            if let Some(compressed) = compress(text.as_bytes(), bits) {
                prop_assert_eq!(inflate(&compressed, text.len(), None).unwrap(), text.as_bytes());
            }
        }

        #[test]
        fn random_bytes_never_panic_or_pass_the_limit(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(message) = inflate(&bytes, 1_000, None) {
                prop_assert!(message.len() <= 1_000);
            }
        }
    }
}
