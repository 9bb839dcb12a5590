//! Headers that break a rule (RFC 6455 §5.1, §5.2).

use crate::checks::{Check, Context, Step};
use crate::peer::{Frame, LengthForm, Opcode};
use crate::target::Door;

use super::refusal::{expect_refusal, expect_refusal_by, probe};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.unmasked-frame",
            "an unmasked frame from a client is refused with 1002",
            &["framing.unmasked-frame"],
            unmasked,
        ),
        Check::new(
            "framing.reserved-bits",
            "a reserved bit on a message is refused with 1002",
            &["framing.reserved-bits"],
            reserved_bits,
        ),
        Check::new(
            "framing.reserved-bits-of-control",
            "a reserved bit on a ping is refused with 1002",
            &["framing.reserved-bits-of-control"],
            reserved_bits_of_control,
        ),
        Check::new(
            "framing.reserved-data-opcodes",
            "data opcodes 3 to 7 are refused with 1002",
            &["framing.reserved-data-opcodes"],
            reserved_data_opcodes,
        ),
        Check::new(
            "framing.reserved-control-opcodes",
            "control opcodes 11 to 15 are refused with 1002",
            &["framing.reserved-control-opcodes"],
            reserved_control_opcodes,
        ),
        Check::new(
            "framing.length-form",
            "a length that is not in its shortest form is refused with 1002",
            &["framing.length-form"],
            long_length_form,
        ),
        Check::new(
            "framing.length-bit",
            "a 64-bit length with its highest bit set is refused at once",
            &["framing.length-bit"],
            length_bit,
        ),
        Check::new(
            "framing.long-control-frame",
            "a control frame of 126 bytes is refused with 1002",
            &["framing.long-control-frame"],
            long_control,
        ),
        Check::new(
            "framing.fragmented-control-frame",
            "a fragmented control frame is refused with 1002",
            &["framing.fragmented-control-frame"],
            fragmented_control,
        ),
    ]
}

/// A frame from a client that is not masked closes the connection with 1002.
async fn unmasked(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.link().send_exact(&Frame::text(probe().to_string())).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}

/// Each reserved bit closes the connection with 1002 when no extension was negotiated.
async fn reserved_bits(cx: Context) -> Step {
    for bits in [4, 2, 1] {
        cx.note(&format!("reserved bits {bits:03b}"));
        let mut peer = cx.open(Door::Query).await?;
        peer.send_frame(Frame::text(probe().to_string()).rsv(bits)).await;
        expect_refusal(&mut peer, 1002, cx.soon()).await?;
    }
    Ok(())
}

/// A reserved bit on a control frame is no better.
async fn reserved_bits_of_control(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::ping("probe").rsv(2)).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}

/// Each data opcode without a meaning, 3 to 7, closes the connection with 1002.
async fn reserved_data_opcodes(cx: Context) -> Step {
    reserved_opcodes(cx, 0x3..=0x7, &probe().to_string()).await
}

/// Each control opcode without a meaning, 11 to 15, closes the connection with 1002.
async fn reserved_control_opcodes(cx: Context) -> Step {
    reserved_opcodes(cx, 0xb..=0xf, "probe").await
}

async fn reserved_opcodes(cx: Context, opcodes: std::ops::RangeInclusive<u8>, payload: &str) -> Step {
    for bits in opcodes {
        cx.note(&format!("opcode {bits:#x}"));
        let mut peer = cx.open(Door::Query).await?;
        peer.send_frame(Frame::new(Opcode::Reserved(bits), payload)).await;
        expect_refusal(&mut peer, 1002, cx.soon()).await?;
    }
    Ok(())
}

/// A length that is not in its shortest form closes the connection with 1002.
async fn long_length_form(cx: Context) -> Step {
    for form in [LengthForm::Sixteen, LengthForm::SixtyFour] {
        cx.note(&format!("{form:?}"));
        let mut peer = cx.open(Door::Query).await?;
        peer.send_frame(Frame::text(probe().to_string()).length_form(form)).await;
        expect_refusal(&mut peer, 1002, cx.soon()).await?;
    }
    Ok(())
}

/// A 64-bit length with its most significant bit set is refused from its header alone: 1002, or 1009 by
/// who takes it for a large number.
async fn length_bit(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    // Nothing may come between the header and the payload it announces.
    peer.set_auto_pong(false);
    let frame = Frame::text("").masked([1, 2, 3, 4]);
    peer.link().send_bytes(&frame.encode_head(1 << 63 | 4)).await;
    expect_refusal_by(&mut peer, &[1002, 1009], cx.soon()).await
}

/// A control frame that announces more than 125 bytes closes the connection with 1002.
async fn long_control(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::ping(format!("{:-<126}", "probe"))).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}

/// A fragmented control frame closes the connection with 1002.
async fn fragmented_control(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::ping("probe").more()).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}
