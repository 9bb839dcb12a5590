//! The frame codec: what is encoded is decoded, and random bytes never panic.

use conformance::peer::{
    Assembler, Frame, FrameFault, LengthForm, Message, Opcode, Request, Response, Splitter,
};
use proptest::prelude::*;

fn frames() -> impl Strategy<Value = Frame> {
    let form = prop_oneof![
        4 => Just(LengthForm::Minimal),
        1 => Just(LengthForm::Sixteen),
        1 => Just(LengthForm::SixtyFour),
    ];
    let size = prop_oneof![0_usize..300, Just(65_535), Just(65_536), Just(70_000)];
    let parts = (any::<bool>(), 0_u8..8, 0_u8..16, any::<Option<[u8; 4]>>(), form, size, any::<u8>());
    parts.prop_map(|(fin, rsv, opcode, mask, length_form, size, fill)| Frame {
        fin,
        rsv,
        opcode: Opcode::from_bits(opcode),
        mask,
        length_form,
        payload: (0..size).map(|at| fill.wrapping_add(at as u8)).collect(),
    })
}

proptest! {
    #[test]
    fn every_frame_survives_the_wire_in_any_pieces(
        frames in prop::collection::vec(frames(), 1..5),
        piece in 1_usize..5_000,
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let mut splitter = Splitter::new(1 << 20);
        let mut decoded = Vec::new();
        for piece in bytes.chunks(piece) {
            splitter.push(piece);
            while let Some(raw) = splitter.next_frame().unwrap() {
                decoded.push(raw);
            }
        }
        prop_assert!(splitter.rest().is_empty());
        let joined: Vec<u8> = decoded.iter().flat_map(|raw| raw.bytes.clone()).collect();
        prop_assert_eq!(joined, bytes);
        for (raw, frame) in decoded.iter().zip(&frames) {
            // A form that is the shortest for its length is read as such.
            let got = Frame { length_form: frame.length_form, ..raw.frame.clone() };
            prop_assert_eq!(&got, frame);
        }
        prop_assert_eq!(decoded.len(), frames.len());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000), piece in 1_usize..100) {
        let mut splitter = Splitter::new(1 << 16);
        let mut assembler = Assembler::new(1 << 16);
        'all: for piece in bytes.chunks(piece) {
            splitter.push(piece);
            loop {
                match splitter.next_frame() {
                    Ok(Some(raw)) => drop(assembler.push(raw.frame)),
                    Ok(None) => break,
                    Err(_) => break 'all,
                }
            }
        }
    }

    #[test]
    fn random_heads_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        drop(Response::parse(&bytes));
        drop(Request::parse(&bytes));
        drop(Response::parse(&[b"HTTP/1.1 200 OK\r\n", bytes.as_slice(), b"\r\n\r\n"].concat()));
    }

    #[test]
    fn requests_and_responses_survive_the_wire(
        name in "[A-Za-z-]{1,20}", value in "[!-~]{0,40}", status in 100_u16..600,
    ) {
        let request = Request::get("/x?y=1").header(&name, &value);
        prop_assert_eq!(Request::parse(&request.encode()), Some(request));
        let response = Response { version: "HTTP/1.1".to_owned(), status, reason: "Made Up".to_owned(),
            headers: vec![(name, value)], body: Vec::new() };
        prop_assert_eq!(Response::parse(&response.encode()), Ok(response));
    }
}

fn judged(frames: &[Frame]) -> Result<Vec<Message>, FrameFault> {
    let mut assembler = Assembler::new(1_000);
    let mut messages = Vec::new();
    for frame in frames {
        messages.extend(assembler.push(frame.clone())?);
    }
    Ok(messages)
}

#[test]
fn what_a_server_must_not_send_is_named() {
    let text = || Frame::text("x");
    for (frames, fault) in [
        (vec![text().masked([1, 2, 3, 4])], FrameFault::Masked),
        (vec![text().rsv(4)], FrameFault::ReservedBits(4)),
        (vec![Frame::new(Opcode::Reserved(0xb), "")], FrameFault::ReservedOpcode(0xb)),
        (vec![Frame::ping(vec![0; 126])], FrameFault::ControlTooLong(126)),
        (vec![Frame::pong("").more()], FrameFault::ControlFragmented(Opcode::Pong)),
        (vec![Frame::continuation("x")], FrameFault::Orphan),
        (vec![text().more(), text()], FrameFault::Interleaved(Opcode::Text)),
        (vec![Frame::text(vec![0xff])], FrameFault::Utf8),
        (vec![Frame::text(vec![0xc3]).more(), Frame::continuation("x")], FrameFault::Utf8),
        (vec![Frame::new(Opcode::Close, vec![3])], FrameFault::CloseTooShort),
        (vec![Frame::close(1005, "")], FrameFault::CloseCode(1005)),
        (vec![Frame::close(999, "")], FrameFault::CloseCode(999)),
        (vec![Frame::binary(vec![0; 1_001])], FrameFault::TooLarge(1_001)),
    ] {
        assert_eq!(judged(&frames), Err(fault));
    }
}

#[test]
fn lengths_must_be_in_their_shortest_form() {
    for (form, size) in [(LengthForm::Sixteen, 5), (LengthForm::SixtyFour, 5), (LengthForm::SixtyFour, 300)] {
        let mut splitter = Splitter::new(1_000);
        splitter.push(&Frame::text(vec![b'a'; size]).length_form(form).encode());
        let frame = splitter.next_frame().unwrap().unwrap().frame;
        assert_eq!(judged(&[frame]), Err(FrameFault::LengthForm(size as u64)));
    }
}

#[test]
fn fragments_with_a_ping_between_are_one_message() {
    let frames = [Frame::text("Ti").more(), Frame::ping("p"), Frame::continuation("de")];
    assert_eq!(judged(&frames), Ok(vec![Message::Ping(b"p".to_vec()), Message::Text("Tide".to_owned())]));
}
