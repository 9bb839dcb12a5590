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
    pub(super) title: String,
    pub(super) requirements: [&'static str; 1],
    /// What is sent; the last one is the violation.
    pub(crate) frames: Vec<Frame>,
    /// How a client may fail the connection.
    pub(crate) end: End,
}

/// How a client may fail the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In any way: that a close frame says why is a SHOULD (RFC 6455 §7.1.7).
    Any,
    /// In any way, as long as this code does not come back: one that must never be sent, or that of a close frame that
    /// is broken, and is no good end.
    NotEchoed(u16),
    /// With this close code.
    Code(u16),
}

impl Case {
    fn new(slug: &str, title: &str, requirement: &'static str, frames: Vec<Frame>) -> Self {
        Self {
            id: format!("client-wire.{slug}"),
            title: title.to_owned(),
            requirements: [requirement],
            frames,
            end: End::Any,
        }
    }

    fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// True when the violation is in a close frame.
    pub(crate) fn is_close(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.opcode == Opcode::Close)
    }
}

/// Code of close frames that are a violation: of an application, so that no client gives it by itself.
const CODE: u16 = 4321;

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let all = [bits(), opcodes(), masked(), control(), sequence(), closes(), text(), codes()];
    all.into_iter().flatten().collect()
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
    let close = vec![Frame::close(CODE, "").rsv(2)];
    let title = "A close frame with RSV2 fails the connection, and its code does not come back";
    cases.push(Case::new("rsv2-close", title, requirement, close).ends(End::NotEchoed(CODE)));
    cases
}

/// The key of masked frames.
const KEY: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

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
    let requirement = "client-wire.masked-server";
    let mut cases: Vec<Case> = [
        ("masked-text", "A masked text frame", Frame::text("masked")),
        ("masked-empty-text", "A masked text frame without a payload", Frame::text("")),
        ("masked-binary", "A masked binary frame", Frame::binary("masked")),
        ("masked-ping", "A masked ping", Frame::ping("masked")),
        ("masked-pong", "A masked pong", Frame::pong("masked")),
    ]
    .into_iter()
    .map(|(slug, what, frame)| {
        let title = format!("{what} from the server fails the connection");
        Case::new(slug, &title, requirement, vec![frame.masked(KEY)])
    })
    .collect();
    let continued = vec![Frame::text("bare, ").more(), Frame::continuation("masked").masked(KEY)];
    let title = "A masked continuation from the server fails the connection";
    cases.push(Case::new("masked-continuation", title, requirement, continued));
    let close = vec![Frame::close(CODE, "masked").masked(KEY)];
    let title = "A masked close frame from the server fails the connection, and its code does not come back";
    cases.push(Case::new("masked-close", title, requirement, close).ends(End::NotEchoed(CODE)));
    cases
}

fn control() -> Vec<Case> {
    let long = "client-wire.long-control";
    let cut = "client-wire.fragmented-control";
    let mut close = Frame::close(CODE, "");
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
        Case::new(
            "close-of-126",
            "A close frame of 126 octets fails the connection, and its code does not come back",
            long,
            vec![close],
        )
        .ends(End::NotEchoed(CODE)),
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
            "A close frame without FIN fails the connection, and its code does not come back",
            cut,
            vec![Frame::close(CODE, "").more()],
        )
        .ends(End::NotEchoed(CODE)),
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
const FORBIDDEN_CODES: [u16; 9] = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999];

/// Codes beyond all ranges: the RFC gives them to nobody, and does not say what becomes of them.
const CODES_BEYOND: [u16; 2] = [5000, 65_535];

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
            "A close reason that is not UTF-8 fails the connection, and its code does not come back",
            "client-wire.close-payload",
            vec![Frame::new(Opcode::Close, [&CODE.to_be_bytes()[..], b"\xff\xfe"].concat())],
        )
        .ends(End::NotEchoed(CODE)),
    ];
    cases.extend(FORBIDDEN_CODES.into_iter().map(|code| {
        let title =
            format!("The code {code}, which must not be sent, ends the connection and does not come back");
        let frames = vec![Frame::close(code, "")];
        Case::new(&format!("close-code-{code}"), &title, "client-wire.close-codes-forbidden", frames)
            .ends(End::NotEchoed(code))
    }));
    cases.extend(CODES_BEYOND.into_iter().map(|code| {
        let title = format!(
            "The code {code}, which is beyond all ranges, ends the connection and does not come back"
        );
        let frames = vec![Frame::close(code, "")];
        Case::new(&format!("close-code-{code}"), &title, "client-wire.close-codes-beyond", frames)
            .ends(End::NotEchoed(code))
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
        Case::new(&format!("utf8-{slug}"), &title, requirement, vec![Frame::text(bytes)])
    })
    .collect();
    let across = vec![Frame::text(&b"a\xc3"[..]).more(), Frame::continuation(&b"\x28b"[..])];
    let title = "Text that is broken only across its fragments fails the connection";
    cases.push(Case::new("utf8-across-fragments", title, requirement, across));
    cases
}

/// The codes that say what was wrong.
fn codes() -> Vec<Case> {
    let case = |slug: &str, what: &str, frame: Frame, code: u16| {
        let title = format!("{what} is answered by a close with {code}");
        Case::new(slug, &title, "client-wire.failure-codes", vec![frame]).ends(End::Code(code))
    };
    vec![
        case("opcode-is-1002", "A reserved opcode", Frame::new(Opcode::Reserved(3), "for its code"), 1002),
        case("long-ping-is-1002", "A ping of 127 octets", Frame::ping([b'p'; 127]), 1002),
        case("rsv1-close-is-1002", "A close with RSV1", Frame::close(1000, "for its code").rsv(4), 1002),
        case("half-code-is-1002", "A close with half a code", Frame::new(Opcode::Close, [4]), 1002),
        case("close-code-is-1002", "A close with 1005", Frame::close(1005, "for its code"), 1002),
        case("masked-is-1002", "A masked frame", Frame::text("for its code").masked(KEY), 1002),
        case("masked-close-is-1002", "A masked close", Frame::close(1000, "for its code").masked(KEY), 1002),
        case("utf8-is-1007", "Text that is not UTF-8", Frame::text(&b"for its code \xff"[..]), 1007),
    ]
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play(stage, case))
    };
    CASES.iter().map(check).collect()
}

/// Sends the case's frames: the client must fail the connection, and nothing of the violation may come back.
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
    refused(&stage, &mut link, case.end).await
}

/// The violation that was sent last is refused, in a way that `end` allows.
pub(super) async fn refused(stage: &Stage, link: &mut ServerLink, end: End) -> Step {
    let soon = stage.soon();
    let Some(heard) = link.next(soon.end()).await else {
        let expected = format!("{} within {}", end.words(), millis(soon.limit()));
        return fail(ReasonCode::NotClosed, expected, "a connection that stays open");
    };
    end.judge(&heard)
}

impl End {
    fn words(self) -> String {
        match self {
            Self::Any => "a close frame or the end of the connection".to_owned(),
            Self::NotEchoed(code) => format!("a close frame without {code}, or the end of the connection"),
            Self::Code(code) => format!("close {code}"),
        }
    }

    fn judge(self, heard: &Heard) -> Step {
        let expected = self.words();
        let parts = match heard {
            Heard::Message(Message::Close(parts)) => parts,
            Heard::End if matches!(self, Self::Code(_)) => {
                return fail(ReasonCode::Missing, expected, heard.to_string());
            }
            Heard::End => return Ok(()),
            Heard::Fault(fault) => return fail(ReasonCode::Malformed, expected, fault),
            Heard::Message(message) => {
                return fail(ReasonCode::Accepted, expected, super::echo::sized(message));
            }
        };
        let got = parts.as_ref().map_or(1005, |(code, _)| *code);
        match self {
            Self::Code(code) if got != code => fail(ReasonCode::WrongCloseCode, expected, heard.to_string()),
            Self::NotEchoed(code) if got == code => fail(ReasonCode::Accepted, expected, heard.to_string()),
            _ => Ok(()),
        }
    }
}
