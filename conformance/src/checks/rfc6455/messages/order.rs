//! Fragments where none may be (RFC 6455 §5.4).

use crate::peer::{Frame, Opcode};

use super::talk::{KEY, Talk};
use super::{Case, Spoil, leniency};

/// Name, words, frames; the message that may be echoed before the violation.
type Row = (&'static str, &'static str, fn() -> Vec<Frame>, Option<&'static str>);

const ROWS: [Row; 14] = [
    ("final-orphan", "a final continuation with nothing to continue", || vec![orphan("stray")], None),
    (
        "open-orphan",
        "a continuation that is not final, with nothing to continue",
        || vec![orphan("stray").more()],
        None,
    ),
    ("empty-orphan", "an empty continuation with nothing to continue", || vec![orphan("")], None),
    (
        "final-orphan-then-text",
        "a final continuation with nothing to continue, then text",
        || vec![orphan("stray, then text"), Frame::text("behind")],
        None,
    ),
    (
        "open-orphan-then-text",
        "an open continuation with nothing to continue, then text",
        || vec![orphan("open, then text").more(), Frame::text("behind")],
        None,
    ),
    (
        "orphan-after-text",
        "a continuation behind a whole message",
        || vec![Frame::text("whole"), orphan("stray")],
        Some("whole"),
    ),
    (
        "orphan-after-fragments",
        "an open continuation behind the last fragment, then text",
        || {
            vec![
                Frame::text("fragment1").more(),
                orphan("fragment2"),
                orphan("fragment3").more(),
                Frame::text("fragment4"),
            ]
        },
        Some("fragment1fragment2"),
    ),
    (
        "final-orphan-after-fragments",
        "a final continuation behind the last fragment",
        || vec![Frame::text("one").more(), orphan("two"), orphan("three")],
        Some("onetwo"),
    ),
    (
        "repeated-open-orphans",
        "open continuations and whole texts in turn",
        || vec![orphan("f1").more(), Frame::text("f2"), orphan("f3").more(), Frame::text("f4")],
        None,
    ),
    (
        "repeated-final-orphans",
        "final continuations and whole texts in turn",
        || vec![orphan("f1"), Frame::text("f2"), orphan("f3"), Frame::text("f4")],
        None,
    ),
    (
        "text-inside-text",
        "a second text frame where a continuation must come",
        || vec![Frame::text("fragment1").more(), Frame::text("fragment2")],
        None,
    ),
    (
        "binary-inside-text",
        "a binary frame inside a text message",
        || vec![Frame::text("fragment1").more(), Frame::binary("fragment2")],
        None,
    ),
    (
        "text-inside-binary",
        "a text frame inside a binary message",
        || vec![Frame::binary("fragment1").more(), Frame::text("fragment2")],
        None,
    ),
    (
        "fragment-inside-message",
        "the beginning of a second message inside the first",
        || vec![Frame::text("first").more(), Frame::text("second").more(), orphan("end")],
        None,
    ),
];

fn orphan(payload: &str) -> Frame {
    Frame::new(Opcode::Continuation, payload)
}

pub(super) fn cases() -> Vec<Case> {
    let case = |(at, (slug, words, make, before)): (usize, Row)| {
        Case::new(
            format!("messages.{slug}"),
            format!("{words}: the connection is failed"),
            &["messages.order"],
            leniency(at),
            move || {
                let talk = Talk::new().send_all(make().into_iter().map(|frame| frame.masked(KEY))).fails();
                match before {
                    Some(text) => talk.echo_text(text),
                    None => talk,
                }
            },
        )
    };
    let mut cases: Vec<Case> = ROWS.into_iter().enumerate().map(case).collect();
    cases.push(Case::new(
        "messages.orphan-is-1002",
        "the close code for a continuation with nothing to continue is 1002",
        &["messages.order-code"],
        Spoil::Code(1003),
        || Talk::new().send(orphan("stray, for its code")).fails_with(&[1002]),
    ));
    cases.push(Case::new(
        "messages.interleaved-is-1002",
        "the close code for a message inside another is 1002",
        &["messages.order-code"],
        Spoil::NoClose,
        || {
            let frames = [Frame::text("first, for its code").more(), Frame::text("second")];
            Talk::new().send_all(frames).fails_with(&[1002])
        },
    ));
    cases
}
