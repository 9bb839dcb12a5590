//! Messages in fragments, with control frames between them (RFC 6455 §5.4).

use std::time::Duration;

use crate::peer::{Frame, Message, Opcode};

use super::payload::{named, named_octets};
use super::talk::{Act, Talk, fragments};
use super::{Case, Spoil, damage, damage_of_octets};

pub(super) fn cases() -> Vec<Case> {
    [plain(), with_pings(), with_pongs(), many_pings(), cut_small()].concat()
}

/// Name, and the fragments as text.
const FRAGMENTS: [(&str, &str, &[&str]); 8] = [
    ("two", "in two fragments", &["fragment1", "fragment2"]),
    ("three", "in three fragments", &["one, ", "two, ", "three"]),
    ("empty-first", "whose first fragment is empty", &["", "all of it is behind"]),
    ("empty-last", "whose last fragment is empty", &["all of it is before", ""]),
    ("empty-middle", "whose middle fragment is empty", &["before, ", "", "behind"]),
    ("all-empty", "of three empty fragments", &["", "", ""]),
    ("only-middle", "of three fragments of which only the middle one is not empty", &["", "middle", ""]),
    ("single-octets", "in fragments of one octet", &["o", "c", "t", "e", "t", "s"]),
];

fn frames_of(opcode: Opcode, parts: &[&str]) -> Vec<Frame> {
    let last = parts.len() - 1;
    let frame = |(at, part): (usize, &&str)| {
        let frame = Frame::new(if at == 0 { opcode } else { Opcode::Continuation }, part.as_bytes());
        if at < last { frame.more() } else { frame }
    };
    parts.iter().enumerate().map(frame).collect()
}

fn plain() -> Vec<Case> {
    let all = |(at, (slug, words, parts)): (usize, (&str, &str, &'static [&'static str]))| {
        let empty = parts.iter().all(|part| part.is_empty());
        let spoil = if empty { Spoil::Twice } else { damage(at) };
        let case = |kind: &str, how: &str, how_words: &str, spoil, talk: fn(Vec<Frame>) -> Talk| {
            let opcode = if kind == "text" { Opcode::Text } else { Opcode::Binary };
            Case::new(
                format!("messages.{kind}-{slug}{how}"),
                format!("{kind} {words}{how_words} comes back whole"),
                &["messages.fragments"],
                spoil,
                move || {
                    let talk = talk(frames_of(opcode, parts));
                    match opcode {
                        Opcode::Text => talk.echo_text(parts.concat()),
                        _ => talk.echo(Message::Binary(parts.concat().into_bytes())),
                    }
                },
            )
        };
        [
            case("text", "", "", spoil, |frames| Talk::new().send_all(frames)),
            case("binary", "", "", spoil, |frames| Talk::new().send_all(frames)),
        ]
    };
    let mut cases: Vec<Case> = FRAGMENTS.into_iter().enumerate().flat_map(all).collect();
    for (slug, words, size) in [("octets", "one octet at a time", 1), ("one-write", "all at once", 1 << 16)] {
        cases.push(Case::new(
            format!("messages.fragments-in-{slug}"),
            format!("two fragments that TCP brings {words} come back whole"),
            &["messages.fragments"],
            Spoil::Flip,
            move || {
                let parts = [format!("fragment one by {slug}, "), "fragment two".to_owned()];
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                let pause = Duration::from_millis(u64::from(size == 1));
                Talk::new()
                    .act(Act::Pieces(frames_of(Opcode::Text, &parts), size, pause))
                    .echo_text(parts.concat())
            },
        ));
    }
    cases
}

/// Two fragments with a ping between them, sent in different ways.
fn with_pings() -> Vec<Case> {
    let parts = |name: &str| [format!("before the {name}, "), format!("behind the {name}")];
    let case = |slug: &'static str, words: &str, spoil, talk: fn(Vec<Frame>) -> Talk| {
        Case::new(
            format!("messages.ping-between-{slug}"),
            format!("a ping between two fragments{words} is answered and the message comes back whole"),
            &["messages.control-between"],
            spoil,
            move || {
                let [before, behind] = parts(slug);
                let frames = vec![
                    Frame::text(before.clone()).more(),
                    Frame::ping(format!("ping {slug}")),
                    Frame::continuation(behind.clone()),
                ];
                talk(frames).pong(format!("ping {slug}")).echo_text(before + &behind)
            },
        )
    };
    vec![
        case("frames", "", Spoil::Flip, |frames| Talk::new().send_all(frames)),
        case("octets", " in single octets", Spoil::Cut, |frames| {
            Talk::new().act(Act::Pieces(frames, 1, Duration::from_millis(1)))
        }),
        case("one-write", " in one packet", Spoil::PongLost, |frames| Talk::new().pieces(frames, 1 << 16)),
        Case::new(
            "messages.ping-before-rest",
            "a ping between two fragments is answered before the rest of the message has come",
            &["messages.ping-before-rest"],
            Spoil::PongLost,
            || {
                Talk::new()
                    .send(Frame::text("the rest waits ").more())
                    .send(Frame::ping("for this"))
                    .hear(Message::Pong(b"for this".to_vec()))
                    .send(Frame::continuation("for the pong"))
                    .echo_text("the rest waits for the pong")
            },
        ),
    ]
}

fn with_pongs() -> Vec<Case> {
    vec![
        Case::new(
            "messages.pong-between",
            "an unasked pong between two fragments changes nothing",
            &["messages.control-between"],
            Spoil::Flip,
            || {
                Talk::new()
                    .send(Frame::text("before the pong, ").more())
                    .send(Frame::pong("between"))
                    .send(Frame::continuation("behind it"))
                    .echo_text("before the pong, behind it")
                    .unwanted_pong("between")
            },
        ),
        Case::new(
            "messages.ping-inside-character",
            "a ping between two fragments that cut a character changes nothing",
            &["messages.control-between"],
            Spoil::RefusedText,
            || {
                let (head, tail) = "a €".as_bytes().split_at(3);
                Talk::new()
                    .send(Frame::text(head).more())
                    .send(Frame::ping("inside a character"))
                    .send(Frame::continuation(tail))
                    .echo_text("a €")
            },
        ),
    ]
}

/// Five fragments with pings behind each, with and without pauses.
fn many_pings() -> Vec<Case> {
    let frames = |name: &str| -> Vec<Frame> {
        (0..5)
            .flat_map(|at| {
                let opcode = if at == 0 { Opcode::Text } else { Opcode::Continuation };
                let part = Frame::new(opcode, format!("{name} fragment {at}, "));
                let part = if at < 4 { part.more() } else { part };
                let pings = (0..2).map(move |ping| Frame::ping(format!("ping {at}.{ping}")));
                std::iter::once(part).chain(pings.take(if at < 4 { 2 } else { 0 }))
            })
            .collect()
    };
    let whole = |name: &str| (0..5).map(|at| format!("{name} fragment {at}, ")).collect::<String>();
    vec![
        Case::new(
            "messages.five-fragments-with-pings",
            "five fragments with two pings behind each come back whole",
            &["messages.control-between"],
            Spoil::Cut,
            move || Talk::new().send_all(frames("fast")).pong("ping 3.1").echo_text(whole("fast")),
        ),
        Case::new(
            "messages.five-fragments-with-pings-and-pauses",
            "the same with pauses between them",
            &["messages.control-between"],
            Spoil::Flip,
            move || {
                let pause = Duration::from_millis(2);
                Talk::new()
                    .act(Act::Pieces(frames("slow"), 20, pause))
                    .pong("ping 3.1")
                    .echo_text(whole("slow"))
            },
        ),
        Case::new(
            "messages.pings-answered-before-rest",
            "each ping between fragments is answered before the next fragment is sent",
            &["messages.ping-before-rest"],
            Spoil::PongFlip,
            || {
                let mut talk = Talk::new().send(Frame::text("0").more());
                for at in 1..5 {
                    let ping = format!("after fragment {at}");
                    talk = talk.send(Frame::ping(ping.clone())).hear(Message::Pong(ping.into_bytes()));
                    let part = Frame::continuation(at.to_string());
                    talk = talk.send(if at < 4 { part.more() } else { part });
                }
                talk.echo_text("01234")
            },
        ),
    ]
}

/// A message of 64 KiB in fragments of different sizes.
fn cut_small() -> Vec<Case> {
    let sizes = [64, 125, 126, 1_300, 4_096, 65_535];
    let both = |(at, size): (usize, usize)| {
        [
            Case::new(
                format!("messages.text-65536-in-fragments-of-{size}"),
                format!("text of 65,536 octets in fragments of {size} comes back whole"),
                &["messages.fragments"],
                damage(at),
                move || {
                    let payload = named(&format!("by {size} "), 65_536);
                    Talk::new().pieces(fragments(Opcode::Text, &payload, size), 1 << 16).echo_text(payload)
                },
            ),
            Case::new(
                format!("messages.binary-65536-in-fragments-of-{size}"),
                format!("binary of 65,536 octets in fragments of {size} comes back whole"),
                &["messages.fragments"],
                damage_of_octets(at),
                move || {
                    let payload = named_octets(&format!("by {size} "), 65_536);
                    Talk::new()
                        .pieces(fragments(Opcode::Binary, &payload, size), 1 << 16)
                        .echo(Message::Binary(payload))
                },
            ),
        ]
    };
    sizes.into_iter().enumerate().flat_map(both).collect()
}
