//! Characters cut by fragments and by TCP: the message counts, not its parts.

use std::time::Duration;

use crate::peer::{Frame, Opcode};

use super::octets;
use super::talk::{Act, Talk, fragments};
use super::{Case, Spoil, leniency};

pub(super) fn cases() -> Vec<Case> {
    [words(), boundaries(), broken()].concat()
}

/// Words with characters of all lengths.
const WORDS: [(&str, &str); 3] =
    [("greetings", "Hello-µ@ßöäüàá-UTF-8!!"), ("kosme", "κόσμε"), ("all-lengths", "a¢€𤭢\u{10ffff}")];

fn words() -> Vec<Case> {
    let all = |(slug, word): (&'static str, &'static str)| {
        [
            Case::new(
                format!("utf8.{slug}-in-octet-fragments"),
                format!("{word:?} in fragments of one octet comes back"),
                &["utf8.cut-by-fragments"],
                Spoil::RefusedText,
                move || Talk::new().send_all(fragments(Opcode::Text, word.as_bytes(), 1)).echo_text(word),
            ),
            Case::new(
                format!("utf8.{slug}-in-octets"),
                format!("{word:?} in one frame that TCP brings in single octets comes back"),
                &["utf8.cut-by-tcp"],
                Spoil::RefusedText,
                move || {
                    // A full stop tells it from the frame that comes whole.
                    let text = format!("{word}.");
                    let frame = Frame::text(text.clone());
                    Talk::new().act(Act::Pieces(vec![frame], 1, Duration::from_millis(1))).echo_text(text)
                },
            ),
            Case::new(
                format!("utf8.{slug}-in-two-fragments"),
                format!("{word:?} in two fragments that meet between characters comes back"),
                &["utf8.cut-by-fragments"],
                Spoil::Flip,
                move || {
                    let middle = (word.len() / 2..).find(|at| word.is_char_boundary(*at)).unwrap_or(0);
                    let (head, tail) = word.split_at(middle);
                    let frames = [Frame::text(head).more(), Frame::continuation(tail)];
                    Talk::new().send_all(frames).echo_text(word)
                },
            ),
        ]
    };
    WORDS.into_iter().flat_map(all).collect()
}

/// How long TCP stops: longer than it takes a server that is free to read what has come.
const STOP: Duration = Duration::from_millis(25);

/// A character, and how many of its octets are in the first fragment.
const CUTS: [(&str, &str, usize); 6] = [
    ("two", "é", 1),
    ("three", "€", 1),
    ("three", "€", 2),
    ("four", "😀", 1),
    ("four", "😀", 2),
    ("four", "😀", 3),
];

fn boundaries() -> Vec<Case> {
    let case = |(slug, character, cut): (&str, &'static str, usize)| {
        Case::new(
            format!("utf8.character-of-{slug}-cut-after-{cut}"),
            format!("a fragment may end {cut} into a character of {slug} octets"),
            &["utf8.cut-by-fragments"],
            Spoil::RefusedText,
            move || {
                let (head, tail) = character.as_bytes().split_at(cut);
                let head = [b"cut: ", head].concat();
                let frames = [Frame::text(head).more(), Frame::continuation(tail)];
                Talk::new().send_all(frames).echo_text(format!("cut: {character}"))
            },
        )
    };
    let late = |(slug, character, cut): (&str, &'static str, usize)| {
        Case::new(
            format!("utf8.character-of-{slug}-late-after-{cut}"),
            format!("TCP may stop {cut} into a character of {slug} octets"),
            &["utf8.cut-by-tcp"],
            if cut == 1 { Spoil::Lost } else { Spoil::RefusedText },
            move || {
                let text = format!("late: {character}");
                let frame = Frame::text(text.clone());
                let talk = Talk::new().act(Act::Part(frame, 6 + cut)).act(Act::Pause(STOP));
                talk.act(Act::Rest).echo_text(text)
            },
        )
    };
    CUTS.into_iter().map(case).chain(CUTS.into_iter().map(late)).collect()
}

/// Sequences that are broken, some only where two fragments meet.
const BROKEN: [(&str, &str, &str, &str); 8] = [
    (
        "surrogate",
        "a surrogate behind a word, in fragments of one octet",
        "",
        "cebae1bdb9cf83cebcceb5eda080656469746564",
    ),
    (
        "beyond",
        "a number beyond U+10FFFF, in fragments of one octet",
        "",
        "cebae1bdb9cf83cebcceb5f4908080656469746564",
    ),
    ("overlong", "an overlong slash cut by two fragments", "68c0", "af69"),
    ("cut-surrogate", "a surrogate cut by two fragments", "68ed", "a08069"),
    ("cut-beyond", "a number beyond U+10FFFF cut by two fragments", "68f4", "90808069"),
    ("never-finished", "a character that the second fragment does not finish", "68e282", "69"),
    ("never-ended", "a character that the last fragment leaves open", "68", "69e282"),
    ("only-begun", "a message that ends with an empty fragment inside a character", "68e2", ""),
];

fn broken() -> Vec<Case> {
    let case = |(at, (slug, words, first, second)): (usize, (&str, &str, &'static str, &'static str))| {
        Case::new(
            format!("utf8.{slug}-by-fragments"),
            format!("{words}: the connection is failed"),
            &["utf8.invalid-by-fragments"],
            leniency(at),
            move || {
                let frames = match first {
                    "" => fragments(Opcode::Text, &octets(second), 1),
                    _ => vec![Frame::text(octets(first)).more(), Frame::continuation(octets(second))],
                };
                Talk::new().send_all(frames).fails()
            },
        )
    };
    let mut cases: Vec<Case> = BROKEN.into_iter().enumerate().map(case).collect();
    cases.push(Case::new(
        "utf8.broken-fragments-are-1007",
        "the close code for text that breaks where two fragments meet is 1007",
        &["utf8.code"],
        Spoil::Code(1002),
        || {
            let frames =
                [Frame::text(b"code \xe2\x82".as_slice()).more(), Frame::continuation(b"\x20".as_slice())];
            Talk::new().send_all(frames).fails_with(&[1007])
        },
    ));
    cases
}
