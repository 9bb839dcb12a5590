//! What a server must not send: the client fails the connection and acts on none of it.

use std::sync::LazyLock;

use crate::checks::{Check, ReasonCode, Step, fail, millis};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::{Frame, Message, Opcode};

/// Something that fails the connection.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    requirements: [&'static str; 1],
    /// What is sent; the last one is the violation.
    pub(crate) frames: Vec<Frame>,
    /// Close codes that name the violation.
    codes: &'static [u16],
}

impl Case {
    fn new(slug: &str, title: &str, requirement: &'static str, frames: Vec<Frame>) -> Self {
        Self {
            id: format!("client-wire.{slug}"),
            title: title.to_owned(),
            requirements: [requirement],
            frames,
            codes: &[1002],
        }
    }

    fn codes(mut self, codes: &'static [u16]) -> Self {
        self.codes = codes;
        self
    }

    /// True when the violation is in a close frame.
    pub(crate) fn is_close(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.opcode == Opcode::Close)
    }
}

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [bits(), opcodes(), masked(), control(), sequence(), closes(), text()].into_iter().flatten().collect()
});

fn bits() -> Vec<Case> {
    let requirement = "client-wire.reserved-bits";
    let mut cases = Vec::new();
    for (name, bit) in [("rsv1", 4), ("rsv2", 2), ("rsv3", 1)] {
        let title =
            format!("A text frame with {} and no extension fails the connection", name.to_uppercase());
        cases.push(Case::new(
            &format!("{name}-text"),
            &title,
            requirement,
            vec![Frame::text("bit").rsv(bit)],
        ));
    }
    let ping = vec![Frame::ping("bit").rsv(4)];
    cases.push(Case::new("rsv1-ping", "A ping with RSV1 fails the connection", requirement, ping));
    let continued = vec![Frame::text("no bit, ").more(), Frame::continuation("a bit").rsv(4)];
    cases.push(Case::new(
        "rsv1-continuation",
        "A continuation with RSV1 fails the connection",
        requirement,
        continued,
    ));
    let close = vec![Frame::close(1000, "").rsv(2)];
    cases.push(Case::new("rsv2-close", "A close frame with RSV2 fails the connection", requirement, close));
    cases
}

fn opcodes() -> Vec<Case> {
    let opcode = |bits: u8| {
        let slug = format!("opcode-{bits}");
        let title = format!("A frame with the reserved opcode {bits} fails the connection");
        Case::new(
            &slug,
            &title,
            "client-wire.reserved-opcodes",
            vec![Frame::new(Opcode::Reserved(bits), "odd")],
        )
    };
    (3..8).chain(11..16).map(opcode).collect()
}

fn masked() -> Vec<Case> {
    let key = [0x11, 0x22, 0x33, 0x44];
    [
        ("masked-text", "A masked text frame", Frame::text("masked")),
        ("masked-binary", "A masked binary frame", Frame::binary("masked")),
        ("masked-ping", "A masked ping", Frame::ping("masked")),
        ("masked-close", "A masked close frame", Frame::close(1000, "masked")),
    ]
    .into_iter()
    .map(|(slug, what, frame)| {
        let title = format!("{what} from the server fails the connection");
        Case::new(slug, &title, "client-wire.masked-server", vec![frame.masked(key)])
    })
    .collect()
}

fn control() -> Vec<Case> {
    let long = "client-wire.long-control";
    let cut = "client-wire.fragmented-control";
    let mut close = Frame::close(1000, "");
    close.payload.extend_from_slice(&[b'x'; 124]);
    vec![
        Case::new(
            "ping-of-126",
            "A ping of 126 octets fails the connection",
            long,
            vec![Frame::ping([b'p'; 126])],
        ),
        Case::new(
            "pong-of-126",
            "A pong of 126 octets fails the connection",
            long,
            vec![Frame::pong([b'p'; 126])],
        ),
        Case::new("close-of-126", "A close frame of 126 octets fails the connection", long, vec![close]),
        Case::new(
            "ping-not-final",
            "A ping without FIN fails the connection",
            cut,
            vec![Frame::ping("a").more()],
        ),
        Case::new(
            "pong-not-final",
            "A pong without FIN fails the connection",
            cut,
            vec![Frame::pong("a").more()],
        ),
        Case::new(
            "close-not-final",
            "A close frame without FIN fails the connection",
            cut,
            vec![Frame::close(1000, "").more()],
        ),
    ]
}

fn sequence() -> Vec<Case> {
    let requirement = "client-wire.sequence";
    vec![
        Case::new(
            "orphan-continuation",
            "A continuation without a message fails the connection",
            requirement,
            vec![Frame::continuation("of nothing")],
        ),
        Case::new(
            "orphan-behind-message",
            "A continuation behind a whole message fails the connection",
            requirement,
            vec![Frame::binary("whole"), Frame::continuation("of it")],
        ),
        Case::new(
            "text-inside-text",
            "A new text message inside a fragmented one fails the connection",
            requirement,
            vec![Frame::text("one").more(), Frame::text("two")],
        ),
        Case::new(
            "binary-inside-text",
            "A new binary message inside a fragmented one fails the connection",
            requirement,
            vec![Frame::text("one").more(), Frame::binary("two")],
        ),
    ]
}

/// Codes that no endpoint may put into a close frame (RFC 6455 §7.4).
const FORBIDDEN_CODES: [u16; 11] = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65_535];

fn closes() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "close-of-1",
            "A close frame with half a code fails the connection",
            "client-wire.close-payload",
            vec![Frame::new(Opcode::Close, [3])],
        ),
        Case::new(
            "close-reason-broken",
            "A close reason that is not UTF-8 fails the connection",
            "client-wire.close-payload",
            vec![Frame::new(Opcode::Close, [0x03, 0xe8, 0xff, 0xfe])],
        )
        .codes(&[1007, 1002]),
    ];
    cases.extend(FORBIDDEN_CODES.into_iter().map(|code| {
        let title =
            format!("A close frame with the code {code}, which must not be sent, fails the connection");
        let frames = vec![Frame::close(code, "")];
        Case::new(&format!("close-code-{code}"), &title, "client-wire.close-codes-forbidden", frames)
    }));
    cases
}

fn text() -> Vec<Case> {
    let requirement = "client-wire.utf8";
    let mut cases: Vec<Case> = [
        ("lone-continuation", "a continuation octet alone", &b"a\x80"[..]),
        ("overlong-two", "an overlong form of two octets", b"\xc0\xaf"),
        ("overlong-three", "an overlong form of three octets", b"\xe0\x80\xaf"),
        ("overlong-four", "an overlong form of four octets", b"\xf0\x80\x80\xaf"),
        ("surrogate", "half a surrogate pair", b"\xed\xa0\x80"),
        ("beyond-unicode", "a character beyond U+10FFFF", b"\xf4\x90\x80\x80"),
        ("octet-f5", "the octet F5", b"\xf5\x80\x80\x80"),
        ("octet-ff", "the octet FF", b"a\xff"),
        ("cut-of-two", "a character of two octets cut at the end", b"ab\xc3"),
        ("cut-of-three", "a character of three octets cut at the end", b"ab\xe2\x82"),
    ]
    .into_iter()
    .map(|(slug, what, bytes)| {
        let title = format!("Text with {what} fails the connection");
        Case::new(&format!("utf8-{slug}"), &title, requirement, vec![Frame::text(bytes)]).codes(&[1007])
    })
    .collect();
    let across = vec![Frame::text(&b"a\xc3"[..]).more(), Frame::continuation(&b"\x28b"[..])];
    let title = "Text that is broken only across its fragments fails the connection";
    cases.push(Case::new("utf8-across-fragments", title, requirement, across).codes(&[1007]));
    cases
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play(stage, case))
    };
    CASES.iter().map(check).collect()
}

/// Sends the case's frames: the client must close with a code that fits, or end the connection, and nothing of
/// the violation may come back.
async fn play(mut stage: Stage, case: &'static Case) -> Step {
    let mut link = stage.echo().await?;
    let Some((violation, before)) = case.frames.split_last() else { return Ok(()) };
    for frame in before {
        link.send_frame(frame).await;
    }
    // A whole message before the violation comes back as usual.
    if let Some(whole) = before.iter().find(|frame| frame.fin && !frame.opcode.is_control()) {
        let message = Message::Binary(whole.payload.clone());
        let echo = link.expect_with("the message before", stage.soon(), super::echo::data).await?;
        super::echo::same(&echo, &message)?;
    }
    link.send_frame(violation).await;
    refused(&stage, &mut link, case.codes, case.is_close()).await
}

/// The violation that was sent last is refused: by a close with one of `codes`, or by the end of the connection.
pub(super) async fn refused(stage: &Stage, link: &mut ServerLink, codes: &[u16], is_close: bool) -> Step {
    let soon = stage.soon();
    let Some(heard) = link.next(soon.end()).await else {
        let expected = format!("close {codes:?} or the end within {}", millis(soon.limit()));
        return fail(ReasonCode::NotClosed, expected, "a connection that stays open");
    };
    let expected = format!("close {codes:?} or the end of the connection");
    match heard {
        Heard::End => Ok(()),
        Heard::Message(Message::Close(Some((code, _)))) if codes.contains(&code) => Ok(()),
        Heard::Message(Message::Close(_)) if is_close => {
            fail(ReasonCode::Accepted, expected, format!("{heard}, as in answer to a good one"))
        }
        Heard::Message(Message::Close(_)) => fail(ReasonCode::WrongCloseCode, expected, heard.to_string()),
        Heard::Fault(fault) => fail(ReasonCode::Malformed, expected, fault),
        Heard::Message(_) => fail(ReasonCode::Accepted, expected, heard.to_string()),
    }
}
