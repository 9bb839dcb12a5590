//! Server frames, encoded once for all who receive them.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Most bytes of a control frame's payload (RFC 6455, 5.5).
pub(super) const CONTROL_PAYLOAD: usize = 125;

/// A whole text message as one frame. The payload must be UTF-8.
pub fn encode_text(payload: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Text), payload)
}

/// A whole binary message as one frame.
pub fn encode_binary(payload: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Binary), payload)
}

/// A whole compressed message as one frame: the first reserved bit says so (RFC 7692, 6).
pub(super) fn compressed(opcode: u8, payload: &[u8]) -> Bytes {
    let header = FrameHeader { opcode: OpCode::from(opcode), rsv1: true, ..FrameHeader::default() };
    framed(&header, payload)
}

/// A pong; its payload came in a ping, so it is short enough.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    frame(OpCode::Control(Control::Pong), payload)
}

/// A ping.
pub(super) fn ping(payload: &[u8]) -> Bytes {
    frame(OpCode::Control(Control::Ping), payload)
}

/// A close frame; a reason too long is cut at a character boundary.
pub(super) fn close(code: Option<u16>, reason: &str) -> Bytes {
    let mut payload = Vec::with_capacity(2 + reason.len().min(CONTROL_PAYLOAD));
    if let Some(code) = code {
        payload.extend_from_slice(&code.to_be_bytes());
        let room = CONTROL_PAYLOAD - payload.len();
        let fits = (0..=room.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
        payload.extend_from_slice(&reason.as_bytes()[..fits.unwrap_or(0)]);
    }
    frame(OpCode::Control(Control::Close), &payload)
}

fn frame(opcode: OpCode, payload: &[u8]) -> Bytes {
    framed(&FrameHeader { opcode, ..FrameHeader::default() }, payload)
}

fn framed(header: &FrameHeader, payload: &[u8]) -> Bytes {
    let length = payload.len() as u64;
    let mut frame = Vec::with_capacity(header.len(length) + payload.len());
    header.format(length, &mut frame).expect("a vector takes every write");
    frame.extend_from_slice(payload);
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        for (reason, kept) in [("x".repeat(123), 123), ("x".repeat(124), 123), ("€".repeat(42), 123 / 3 * 3)]
        {
            assert_eq!(close(Some(1000), &reason).len(), 2 + 2 + kept);
        }
        let cut = close(Some(1000), &format!("x{}", "€".repeat(42)));
        assert!(std::str::from_utf8(&cut[4..]).is_ok_and(|text| text.len() == 121));
    }
}
