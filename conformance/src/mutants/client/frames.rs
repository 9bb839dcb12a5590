//! Faults on the wire of a client that echoes, one by one: its request, its masks, its pongs, its closes.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out, Reply, edit};
use crate::peer::{Frame, LengthForm, Message, Opcode, Request, SAMPLE_KEY};

pub(super) fn mutants() -> Vec<Mutant> {
    [requests(), masks(), control(), endings(), leavings()].concat()
}

/// The request, changed.
fn request(change: impl Fn(&Request) -> Request + Clone + Send + Sync + 'static) -> impl Fault {
    edit::on_request(move |request: &Request| Reply::Rewrite(change(request)))
}

fn requests() -> Vec<Mutant> {
    let mutant = |id: &'static str,
                  description: &'static str,
                  check: &'static str,
                  reason,
                  change: fn(&Request) -> Request| {
        Mutant::wire(id, description, check, reason, move || request(change))
    };
    vec![
        mutant(
            "client-wire.request-by-post",
            "the upgrade is a POST",
            "client-wire.request-get",
            ReasonCode::WrongValue,
            |request| Request { method: "POST".to_owned(), ..request.clone() },
        ),
        mutant(
            "client-wire.request-without-query",
            "the query of the URL is left out",
            "client-wire.request-target",
            ReasonCode::WrongValue,
            |request| {
                let target = request.target.split('?').next().unwrap_or_default().to_owned();
                Request { target, ..request.clone() }
            },
        ),
        mutant(
            "client-wire.request-without-port",
            "Host has no port",
            "client-wire.request-host",
            ReasonCode::WrongValue,
            |request| request.clone().with("Host", "127.0.0.1"),
        ),
        mutant(
            "client-wire.request-upgrade-other",
            "Upgrade names another protocol",
            "client-wire.request-upgrade",
            ReasonCode::WrongValue,
            |request| request.clone().with("Upgrade", "sockets"),
        ),
        mutant(
            "client-wire.request-keep-alive",
            "Connection has no token Upgrade",
            "client-wire.request-connection",
            ReasonCode::WrongValue,
            |request| request.clone().with("Connection", "keep-alive"),
        ),
        mutant(
            "client-wire.request-version-8",
            "an old version is asked for",
            "client-wire.request-version",
            ReasonCode::WrongValue,
            |request| request.clone().with("Sec-WebSocket-Version", "8"),
        ),
        mutant(
            "client-wire.request-key-short",
            "the key is 8 octets",
            "client-wire.request-key",
            ReasonCode::WrongValue,
            |request| request.clone().with("Sec-WebSocket-Key", "AAAAAAAAAAA="),
        ),
        mutant(
            "client-wire.request-key-fixed",
            "the key is always the same",
            "client-wire.request-key-fresh",
            ReasonCode::Duplicate,
            |request| request.clone().with("Sec-WebSocket-Key", SAMPLE_KEY),
        ),
        mutant(
            "client-wire.frame-before-answer",
            "a frame is sent behind the request",
            "client-wire.nothing-before-answer",
            ReasonCode::Early,
            |request| Request { body: Frame::text("early").masked([1, 2, 3, 4]).encode(), ..request.clone() },
        ),
    ]
}

/// Client frames of `opcode`, changed.
fn frames(opcode: Opcode, change: fn(Frame) -> Frame) -> impl Fault {
    edit::client_frames(
        move |frame: &Frame| {
            if frame.opcode == opcode { Some(change(frame.clone()).encode()) } else { None }
        },
    )
}

fn masks() -> Vec<Mutant> {
    let bare = |id: &'static str, description: &'static str, check: &'static str, opcode| {
        Mutant::wire(id, description, check, ReasonCode::Malformed, move || {
            frames(opcode, |frame| Frame { mask: None, ..frame })
        })
    };
    vec![
        bare("client-wire.text-bare", "text frames are not masked", "client-wire.mask-of-text", Opcode::Text),
        bare(
            "client-wire.binary-bare",
            "binary frames are not masked",
            "client-wire.mask-of-binary",
            Opcode::Binary,
        ),
        bare("client-wire.pong-bare", "pongs are not masked", "client-wire.mask-of-pong", Opcode::Pong),
        bare(
            "client-wire.close-bare",
            "close frames are not masked",
            "client-wire.mask-of-close",
            Opcode::Close,
        ),
        Mutant::wire(
            "client-wire.one-mask",
            "all frames have one key",
            "client-wire.mask-keys-fresh",
            ReasonCode::Duplicate,
            || frames(Opcode::Text, |frame| frame.masked([7, 7, 7, 7])),
        ),
        Mutant::wire(
            "client-wire.counted-masks",
            "keys count up",
            "client-wire.mask-keys-unguessable",
            ReasonCode::WrongValue,
            || {
                let mut count = 0x0100_0000_u32;
                edit::client_frames(move |frame: &Frame| {
                    count += 1;
                    Some(frame.clone().masked(count.to_be_bytes()).encode())
                })
            },
        ),
        Mutant::wire(
            "client-wire.long-lengths",
            "all lengths are written in 64 bits",
            "client-wire.length-shortest",
            ReasonCode::Malformed,
            || frames(Opcode::Text, |frame| frame.length_form(LengthForm::SixtyFour)),
        ),
    ]
}

/// Pongs, changed or swallowed.
fn pongs(change: fn(&[u8]) -> Option<Vec<u8>>) -> impl Fault {
    edit::client_messages(move |message| match message {
        Message::Pong(payload) => {
            let changed = change(payload).map(|payload| Out::Server(Message::Pong(payload)));
            Action::Do(changed.into_iter().collect())
        }
        _ => Action::Pass,
    })
}

fn control() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client-wire.no-empty-pong",
            "empty pings are not answered",
            "client-wire.ping-empty",
            ReasonCode::Missing,
            || pongs(|payload| (!payload.is_empty()).then(|| payload.to_vec())),
        ),
        Mutant::wire(
            "client-wire.pong-empty",
            "pongs are empty",
            "client-wire.ping-with-text",
            ReasonCode::WrongValue,
            || pongs(|_| Some(Vec::new())),
        ),
        Mutant::wire(
            "client-wire.pong-cut",
            "pongs are cut at 124 octets",
            "client-wire.ping-of-125",
            ReasonCode::WrongValue,
            || pongs(|payload| Some(payload[..payload.len().min(124)].to_vec())),
        ),
        Mutant::wire(
            "client-wire.pong-behind-message",
            "a ping between fragments waits for the message",
            "client-wire.ping-inside-message",
            ReasonCode::Missing,
            || pongs(|payload| (payload != b"inside").then(|| payload.to_vec())),
        ),
        Mutant::wire(
            "client-wire.first-pong-only",
            "of pings in a row the first is answered",
            "client-wire.pings-in-a-row",
            ReasonCode::Missing,
            || pongs(|payload| (payload == b"0" || payload.len() > 1).then(|| payload.to_vec())),
        ),
        Mutant::wire(
            "client-wire.pong-answered",
            "pongs are answered by pongs",
            "client-wire.pong-unasked",
            ReasonCode::Unexpected,
            || {
                edit::server_messages(|message| match message {
                    Message::Pong(payload) => Action::replace(Message::Ping(payload.clone())),
                    _ => Action::Pass,
                })
            },
        ),
    ]
}

fn endings() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client-wire.empty-close-unanswered",
            "a close without a code is not answered",
            "client-wire.close-empty",
            ReasonCode::Missing,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(None) => Action::drop(),
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client-wire.long-reason-feared",
            "a long reason is answered with 1002",
            "client-wire.close-long-reason",
            ReasonCode::WrongCloseCode,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(Some((_, reason))) if reason.len() > 100 => {
                        Action::Do(vec![Out::Server(Message::Close(Some((1002, String::new()))))])
                    }
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client-wire.closes-twice",
            "a close is answered twice",
            "client-wire.close-answered-once",
            ReasonCode::Unexpected,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(_) => {
                        Action::Do(vec![Out::Server(message.clone()), Out::Server(message.clone())])
                    }
                    _ => Action::Pass,
                })
            },
        ),
    ]
}

fn leavings() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client-wire.leaves-with-1001",
            "a user who leaves closes with 1011",
            "client-wire.close-by-user",
            ReasonCode::WrongCloseCode,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(Some((1000, _))) => {
                        Action::Do(vec![Out::Server(Message::Close(Some((1011, String::new()))))])
                    }
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client-wire.answers-behind-close",
            "a message is sent behind the own close",
            "client-wire.close-by-user-is-last",
            ReasonCode::Unexpected,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(Some((1000, reason))) if reason.is_empty() => Action::Do(vec![
                        Out::Server(message.clone()),
                        Out::Server(Message::Text("behind it".to_owned())),
                    ]),
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "client-wire.drops-after-close",
            "the connection is dropped behind the own close",
            "client-wire.close-waits",
            ReasonCode::Early,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(_) => Action::Do(vec![
                        Out::Server(message.clone()),
                        Out::Wait(std::time::Duration::from_millis(20)),
                        Out::Cut,
                    ]),
                    _ => Action::Pass,
                })
            },
        ),
    ]
}
