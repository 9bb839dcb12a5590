//! To the server: messages are compressed where that is worth it, control frames go on as they are.

use flate2::{Compress, Compression, FlushCompress};

use super::{Agreement, COMPRESSED, Head, LARGEST_WINDOW, TAIL, apply};
use crate::mistake::Mistake;

/// The smallest window that the compressor knows. What is no longer than a smaller window fits it anyway.
const SMALLEST_KNOWN: u8 = 9;
/// Level 1 of zlib-rs 0.6.8 is not safe: it panics where its output comes to the end of the buffer it is given.
const LEVEL: Compression = Compression::new(6);

/// Writes what goes to a server.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// What of a frame is not complete.
    pending: Vec<u8>,
    deflater: Compress,
    takes_over: bool,
    /// The longest message that may be compressed.
    longest: usize,
}

impl Outgoing {
    pub(super) fn new(agreement: &Agreement, mistake: Option<Mistake>) -> Self {
        let bits = match mistake {
            Some(Mistake::WideWindow) => LARGEST_WINDOW,
            _ => agreement.client_window_bits,
        };
        let known = bits >= SMALLEST_KNOWN;
        let takes_over = !agreement.client_no_context_takeover && known;
        Self {
            pending: Vec::new(),
            deflater: Compress::new_with_window_bits(
                LEVEL,
                false,
                bits.clamp(SMALLEST_KNOWN, LARGEST_WINDOW),
            ),
            takes_over: takes_over || mistake == Some(Mistake::KeepsContext),
            longest: if known { usize::MAX } else { 1 << bits },
        }
    }

    /// Takes `bytes` of masked frames, and appends what goes on to `out`.
    pub(super) fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.pending.extend_from_slice(bytes);
        let mut from = 0;
        while let Some(head) = Head::read(&self.pending[from..]) {
            let length = usize::try_from(head.length).unwrap_or(usize::MAX);
            let Some(end) = (from + head.size).checked_add(length) else { break };
            let Some(frame) = self.pending.get(from..end) else { break };
            // The library writes a message as one frame.
            let whole = head.begins() && head.is_final() && (1..=self.longest).contains(&length);
            match head.mask.filter(|_| whole) {
                None => out.extend_from_slice(frame),
                Some(mask) => {
                    let mut payload = frame[head.size..].to_vec();
                    apply(mask, &mut payload);
                    self.write(head.first, mask, &payload, out);
                }
            }
            from = end;
        }
        self.pending.drain(..from);
    }

    /// Appends the frame of a compressed message; of a plain one where it can't be compressed.
    fn write(&mut self, first: u8, mask: [u8; 4], payload: &[u8], out: &mut Vec<u8>) {
        let compressed = self.compress(payload);
        let (first, mut payload) = match compressed {
            Some(compressed) => (first | COMPRESSED, compressed),
            None => (first, payload.to_vec()),
        };
        apply(mask, &mut payload);
        Head::write(first, Some(mask), payload.len(), out);
        out.extend_from_slice(&payload);
    }

    fn compress(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        if !self.takes_over {
            self.deflater.reset();
        }
        let mut compressed = Vec::with_capacity(payload.len() / 2 + 64);
        let begun = self.deflater.total_in();
        loop {
            let taken = usize::try_from(self.deflater.total_in() - begun).ok()?;
            let made = compressed.len();
            self.deflater.compress_vec(&payload[taken..], &mut compressed, FlushCompress::Sync).ok()?;
            let all = usize::try_from(self.deflater.total_in() - begun).ok()? == payload.len();
            // Room that is left says that there is nothing more to come.
            if all && compressed.len() < compressed.capacity() {
                break;
            }
            if compressed.len() == made && compressed.len() < compressed.capacity() {
                return None;
            }
            compressed.reserve(compressed.capacity().max(64));
        }
        let kept = compressed.strip_suffix(&TAIL)?.len();
        compressed.truncate(kept);
        Some(compressed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::incoming::Incoming;
    use super::*;

    const MASK: [u8; 4] = [9, 8, 7, 6];

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let (mut bytes, mut masked) = (Vec::new(), payload.to_vec());
        apply(MASK, &mut masked);
        Head::write(first, Some(MASK), payload.len(), &mut bytes);
        [bytes, masked].concat()
    }

    /// The compressed payloads of `wire`, unmasked; what is not compressed is not among them.
    fn payloads(mut wire: &[u8]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(head) = Head::read(wire) {
            let end = head.size + head.length as usize;
            let mut payload = wire[head.size..end].to_vec();
            apply(head.mask.unwrap(), &mut payload);
            if head.first & COMPRESSED != 0 {
                all.push(payload);
            }
            wire = &wire[end..];
        }
        all
    }

    fn agreement(no_takeover: bool, client_window_bits: u8) -> Agreement {
        Agreement {
            server_no_context_takeover: false,
            client_no_context_takeover: no_takeover,
            client_window_bits,
        }
    }

    /// What a reader makes of compressed payloads.
    fn read(payloads: &[Vec<u8>], takes_over: bool) -> Vec<u8> {
        let (mut incoming, mut ready) = (Incoming::new(takes_over), Vec::new());
        for payload in payloads {
            let mut wire = Vec::new();
            Head::write(0xc2, None, payload.len(), &mut wire);
            incoming.take(&wire, &mut ready).unwrap();
            incoming.take(payload, &mut ready).unwrap();
        }
        ready
    }

    #[test]
    fn messages_are_compressed_and_read_again_at_any_size() {
        for no_takeover in [false, true] {
            for size in [1, 2, 100, 1_000, 70_000, 300_000] {
                let message: Vec<u8> = (0..size).map(|at: usize| (at * at / 7 % 256) as u8).collect();
                let mut outgoing = Outgoing::new(&agreement(no_takeover, 15), None);
                let (wire, mut out) = (frame(0x82, &message).repeat(2), Vec::new());
                wire.chunks(1_000).for_each(|piece| outgoing.take(piece, &mut out));
                let payloads = payloads(&out);
                assert_eq!(payloads.len(), 2);
                let mut plain = Vec::new();
                Head::write(0x82, None, size, &mut plain);
                plain.extend_from_slice(&message);
                assert_eq!(read(&payloads, !no_takeover), plain.repeat(2), "{size}");
            }
        }
    }

    #[test]
    fn a_small_window_is_kept_to() {
        // What repeats only beyond the window must not be shorter the second time.
        let noise: Vec<u8> = (0..900_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let sizes = |bits| {
            let (mut outgoing, mut out) = (Outgoing::new(&agreement(false, bits), None), Vec::new());
            outgoing.take(&frame(0x82, &noise).repeat(2), &mut out);
            payloads(&out).iter().map(Vec::len).collect::<Vec<_>>()
        };
        let (small, large) = (sizes(9), sizes(15));
        assert!(small[1] > small[0] / 2, "{small:?}");
        assert!(large[1] < large[0] / 4, "{large:?}");
        assert!(sizes(8).is_empty());
    }

    #[test]
    fn control_frames_and_empty_messages_go_on_as_they_are() {
        let wire = [frame(0x89, b"ping"), frame(0x81, b""), frame(0x88, &[3, 0xe8])].concat();
        let (mut outgoing, mut out) = (Outgoing::new(&agreement(false, 15), None), Vec::new());
        wire.chunks(3).for_each(|piece| outgoing.take(piece, &mut out));
        assert_eq!(out, wire);
    }
}
