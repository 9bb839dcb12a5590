//! Fail fast: text that can't become UTF-8 any more is refused at once, not at the end of its message. RFC 6455
//! says that the connection must be failed, not when, so all of this is MAY.

use crate::peer::{Frame, Opcode};

use super::octets;
use super::talk::{Act, Talk};
use super::{Case, Spoil};

/// What makes text hopeless: the octets up to the one that does.
const HOPELESS: [(&str, &str, &str); 11] = [
    ("impossible", "an octet that UTF-8 never has", "ff"),
    ("lone-continuation", "a continuation octet that continues nothing", "80"),
    ("overlong-two", "c0, which begins nothing but overlong characters", "c0"),
    ("overlong-three", "e0 and an octet under a0", "e09f"),
    ("overlong-four", "f0 and an octet under 90", "f08f"),
    ("surrogate", "ed and an octet over 9f", "eda0"),
    ("beyond", "f4 and an octet over 8f", "f490"),
    ("five-octets", "f8, which would begin five octets", "f8"),
    ("not-continued", "a character of two octets that is not continued", "c320"),
    ("not-continued-three", "a character of three octets that stops after two", "e28220"),
    ("not-continued-four", "a character of four octets that stops after three", "f09f9820"),
];

pub(super) fn cases() -> Vec<Case> {
    let all = |(at, (slug, words, hex)): (usize, (&str, &str, &'static str))| {
        [
            Case::new(
                format!("utf8.{slug}-fails-fragment"),
                format!("{words}: refused before the last fragment has come"),
                &["utf8.fails-fast-by-fragment"],
                if at % 2 == 0 { Spoil::Kept } else { Spoil::MaskedClose },
                move || {
                    let text = [b"fast ", octets(hex).as_slice()].concat();
                    Talk::new().send(Frame::text(text).more()).fails()
                },
            ),
            Case::new(
                format!("utf8.{slug}-fails-octet"),
                format!("{words}: refused before the frame has ended"),
                &["utf8.fails-fast-by-octet"],
                if at % 2 == 0 { Spoil::MaskedClose } else { Spoil::Kept },
                move || {
                    let text = [b"fast ", octets(hex).as_slice()].concat();
                    let sent = text.len();
                    let frame = Frame::text([text, b" and more that never comes".to_vec()].concat());
                    Talk::new().act(Act::Part(frame, sent)).fails()
                },
            ),
            Case::new(
                format!("utf8.{slug}-fails-second-fragment"),
                format!("{words}, behind a good fragment: refused before the last fragment has come"),
                &["utf8.fails-fast-by-fragment"],
                if at % 2 == 0 { Spoil::Kept } else { Spoil::MaskedClose },
                move || {
                    let bad = Frame::new(Opcode::Continuation, octets(hex)).more();
                    Talk::new().send(Frame::text("κόσμε, ").more()).send(bad).fails()
                },
            ),
            Case::new(
                format!("utf8.{slug}-fails-octet-wise"),
                format!(
                    "{words}, behind a good fragment and octet by octet: refused before the frame has ended"
                ),
                &["utf8.fails-fast-by-octet"],
                if at % 2 == 0 { Spoil::MaskedClose } else { Spoil::Kept },
                move || {
                    let text = [b"behind ", octets(hex).as_slice()].concat();
                    let sent = text.len();
                    let rest = b" and more that never comes".as_slice();
                    let frame = Frame::new(Opcode::Continuation, [text.as_slice(), rest].concat());
                    Talk::new().send(Frame::text("κόσμε, ").more()).act(Act::Drip(frame, sent)).fails()
                },
            ),
        ]
    };
    HOPELESS.into_iter().enumerate().flat_map(all).collect()
}
