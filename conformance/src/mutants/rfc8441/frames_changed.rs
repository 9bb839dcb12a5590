//! One kind of frame says something else.

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant};
use crate::peer::http2::encode;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;

/// A frame: kind, flags, stream, payload.
struct Whole {
    kind: u8,
    flags: u8,
    stream: u8,
    payload: Vec<u8>,
}

/// Changes whole frames of the server. The client's bytes are seen too, to know what it is about.
struct Changed<C, S> {
    waiting: Vec<u8>,
    client: C,
    change: S,
}

impl<C, S> Fault for Changed<C, S>
where
    C: FnMut(&[u8]) + Send,
    S: FnMut(&mut Whole) -> bool + Send,
{
    fn on_relayed(&mut self, from_server: bool, bytes: Vec<u8>) -> Vec<u8> {
        if !from_server {
            (self.client)(&bytes);
            return bytes;
        }
        self.waiting.extend(bytes);
        let mut out = Vec::new();
        while let Some(head) = self.waiting.first_chunk::<9>().copied() {
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            if self.waiting.len() < 9 + length {
                break;
            }
            let payload = self.waiting[9..9 + length].to_vec();
            self.waiting.drain(..9 + length);
            let mut frame = Whole { kind: head[3], flags: head[4], stream: head[8], payload };
            if (self.change)(&mut frame) {
                out.extend(&(frame.payload.len() as u32).to_be_bytes()[1..]);
                out.extend([frame.kind, frame.flags, head[5], head[6], head[7], frame.stream]);
                out.extend(frame.payload);
            }
        }
        out
    }
}

fn server<S>(
    id: &'static str,
    about: &'static str,
    check: &'static str,
    reason: ReasonCode,
    change: S,
) -> Mutant
where
    S: FnMut(&mut Whole) -> bool + Clone + Send + Sync + 'static,
{
    Mutant::wire(id, about, check, reason, move || Changed {
        waiting: Vec::new(),
        client: |_: &[u8]| {},
        change: change.clone(),
    })
}

/// Responses become 200, whatever they are.
fn taken(id: &'static str, about: &'static str, check: &'static str) -> Mutant {
    server(id, about, check, ReasonCode::Accepted, |frame| {
        if frame.kind == HEADERS {
            frame.payload = vec![0x88];
        }
        true
    })
}

/// Sends the first octets of the payload of the first data frame that begins so as something else.
fn data(
    id: &'static str,
    about: &'static str,
    check: &'static str,
    reason: ReasonCode,
    wanted: fn(&[u8]) -> bool,
    change: fn(&mut Vec<u8>),
) -> Mutant {
    server(id, about, check, reason, move |frame| {
        if frame.kind == DATA && wanted(&frame.payload) {
            change(&mut frame.payload);
        }
        true
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = opening();
    all.extend(talking());
    all
}

fn opening() -> Vec<Mutant> {
    vec![
        server(
            "extended-connect.setting-of-two",
            "SETTINGS_ENABLE_CONNECT_PROTOCOL is 2",
            "extended-connect.setting",
            ReasonCode::WrongValue,
            |frame| {
                if frame.kind == SETTINGS {
                    let ours = |entry: &&mut [u8]| entry[..2] == [0, 8];
                    frame.payload.chunks_exact_mut(6).filter(ours).for_each(|entry| entry[5] = 2);
                }
                true
            },
        ),
        server(
            "extended-connect.answered-with-204",
            "an extended CONNECT is answered with 204",
            "extended-connect.opened",
            ReasonCode::WrongStatus,
            |frame| {
                if frame.kind == HEADERS {
                    frame.payload = vec![0x89];
                }
                true
            },
        ),
        server(
            "extended-connect.accept-sent",
            "the answer on a stream has Sec-WebSocket-Accept",
            "extended-connect.no-accept",
            ReasonCode::Unexpected,
            |frame| {
                if frame.kind == HEADERS {
                    frame.payload.extend(encode(&[("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]));
                }
                true
            },
        ),
        taken(
            "extended-connect.any-protocol",
            "an extended CONNECT for any protocol is taken",
            "extended-connect.other-protocol",
        ),
        taken(
            "extended-connect.any-path",
            "an extended CONNECT on any path is taken",
            "extended-connect.unknown-path",
        ),
        taken(
            "extended-connect.any-version",
            "an extended CONNECT for any version is taken",
            "extended-connect.other-version",
        ),
        taken("extended-connect.any-method", "a GET opens a stream", "extended-connect.get"),
    ]
}

fn talking() -> Vec<Mutant> {
    vec![
        data(
            "extended-connect.octet-of-large-frame",
            "frames with a long length lose an octet to another",
            "extended-connect.echo",
            ReasonCode::WrongValue,
            |payload| payload.len() > 4 && payload[1] == 125,
            |payload| payload[4] ^= 1,
        ),
        data(
            "extended-connect.octet-of-large-message",
            "a message larger than the windows comes back with another octet",
            "extended-connect.large",
            ReasonCode::WrongValue,
            |payload| payload.len() > 4_000 && payload.iter().all(|octet| *octet == b'~'),
            |payload| payload[7] = b'-',
        ),
        data(
            "extended-connect.unmasked-other-code",
            "a frame that is not masked closes with 1000 on a stream",
            "extended-connect.masking",
            ReasonCode::WrongCloseCode,
            |payload| payload.first() == Some(&0x88) && payload.get(2..4) == Some(&[0x03, 0xea]),
            |payload| payload[3] = 0xe8,
        ),
        data(
            "extended-connect.pong-of-another",
            "a pong on a stream has another payload",
            "extended-connect.ping",
            ReasonCode::WrongValue,
            |payload| payload.starts_with(&[0x8a, 16]),
            |payload| payload[2] = b'T',
        ),
        server(
            "extended-connect.streams-swapped",
            "messages go to the other stream of a connection",
            "extended-connect.two-streams",
            ReasonCode::WrongValue,
            |frame| {
                if frame.kind == DATA && frame.payload.get(2..7) == Some(b"round") {
                    frame.stream = 4 - frame.stream;
                }
                true
            },
        ),
        reset_ends_all(),
        server(
            "extended-connect.stream-left-open",
            "a stream goes on after its close",
            "extended-connect.close",
            ReasonCode::NotClosed,
            |frame| {
                if frame.kind == DATA {
                    frame.flags &= !1;
                }
                frame.kind != RST_STREAM
            },
        ),
        server(
            "extended-connect.compressed-unmarked",
            "compressed messages on a stream are not marked",
            "extended-connect.deflate",
            ReasonCode::Malformed,
            |frame| {
                if frame.kind == DATA && frame.payload.first().is_some_and(|first| first & 0x40 != 0) {
                    frame.payload[0] &= !0x40;
                }
                true
            },
        ),
    ]
}

/// After a reset of the client, what comes is a close of the whole.
fn reset_ends_all() -> Mutant {
    let make = || {
        let reset = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&reset);
        let order = std::sync::atomic::Ordering::Relaxed;
        Changed {
            waiting: Vec::new(),
            client: move |bytes: &[u8]| {
                // RST_STREAM of four octets.
                let found = bytes.windows(4).any(|window| window == [0, 0, 4, RST_STREAM]);
                seen.fetch_or(found, order);
            },
            change: move |frame: &mut Whole| {
                if reset.load(order) && frame.kind == DATA {
                    frame.payload = vec![0x88, 2, 0x03, 0xf3];
                }
                true
            },
        }
    };
    Mutant::wire(
        "extended-connect.reset-ends-all",
        "the reset of one stream closes the WebSockets on all others",
        "extended-connect.reset",
        ReasonCode::Closed,
        make,
    )
}
