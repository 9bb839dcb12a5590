//! A connection on which compression was agreed.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::checks::{Context, Deadline, Peer, ReasonCode, Step, Stop, fail};
use crate::peer::deflate::{Agreement, AnswerFault, Deflater, Style, extensions, judge_answer};
use crate::peer::{EventKind, Frame, Message, Opcode, Request, Shape, words};
use crate::target::Door;

/// Name of the header field of offers and answers.
pub(crate) const FIELD: &str = "Sec-WebSocket-Extensions";
/// What browsers offer.
pub(crate) const USUAL: &[&str] = &["permessage-deflate; client_max_window_bits"];
/// RSV1.
pub(crate) const COMPRESSED: u8 = 0b100;
/// Time for a case's messages to come back, before scaling.
const PATIENCE: Duration = Duration::from_secs(4);

/// Checks that move much at one time. More would keep pings of all others from being answered on a machine
/// with two cores.
static LARGE: Semaphore = Semaphore::const_new(4);

/// Waits for a place among the checks that move much. To be had before anything is sent, so that no timer
/// of the target runs meanwhile.
pub(super) async fn place_among_large() -> Option<SemaphorePermit<'static>> {
    // The semaphore is never closed: without a place it would merely be one more.
    LARGE.acquire().await.ok()
}

/// A connection to the echoing door.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) agreement: Agreement,
    /// Writes as the agreement allows.
    pub(super) deflater: Deflater,
}

/// An upgrade request with these values of the header field.
pub(super) fn request(cx: &Context, offers: &[&str]) -> Request {
    let request = cx.upgrade_request(&Door::Echo);
    offers.iter().fold(request, |request, offer| request.header(FIELD, offer))
}

/// What the answer agreed to; `None` when the target declined.
pub(super) fn judged(peer: &Peer, offers: &[&str]) -> Step<Option<Agreement>> {
    let fault = match judge_answer(offers.iter().copied(), peer.response().values(FIELD)) {
        Ok(agreement) => return Ok(agreement),
        Err(fault) => fault,
    };
    let code = match fault {
        AnswerFault::Form(_) => ReasonCode::Malformed,
        AnswerFault::Name(_) | AnswerFault::Parameter(_) => ReasonCode::Unexpected,
        AnswerFault::Offer(_) => ReasonCode::WrongValue,
    };
    let answer: Vec<&str> = peer.response().values(FIELD).collect();
    fail(code, format!("an answer to {}", offers.join(", ")), format!("{}: {fault}", answer.join(", ")))
}

/// What a target that declines `offers` has not: compression, where one of them asks for nothing else.
fn feature_of(offers: &[&str]) -> &'static str {
    // This parameter without a value only permits something.
    let asks_nothing =
        |offer: &&str| offer.split(';').skip(1).all(|parameter| parameter.trim() == "client_max_window_bits");
    if offers.iter().any(asks_nothing) { "deflate" } else { "deflate-parameters" }
}

/// Opens the door with these offers; not applicable where the target declines them.
pub(super) async fn open(cx: &Context, offers: &[&str]) -> Step<Connection> {
    open_as(cx, offers, Style::Usual).await
}

/// The same, written in blocks of this style.
pub(super) async fn open_as(cx: &Context, offers: &[&str], style: Style) -> Step<Connection> {
    let peer = cx.upgrade(&request(cx, offers)).await?;
    match judged(&peer, offers)? {
        Some(agreement) => Ok(Connection::new(peer, agreement, offers, style)),
        None => Err(declined(cx, offers)),
    }
}

/// Why a check ends whose offers the target declined, which every target may that does not say it takes them.
pub(super) fn declined(cx: &Context, offers: &[&str]) -> Stop {
    cx.declined(feature_of(offers), format!("the target declines {}", offers.join(", ")))
}

impl Connection {
    pub(super) fn new(peer: Peer, agreement: Agreement, offers: &[&str], style: Style) -> Self {
        let bits = client_window(&agreement, offers);
        let deflater = Deflater::new(bits, !agreement.client_no_context_takeover, style);
        Self { peer, agreement, deflater }
    }

    /// Sends a message compressed, in frames of at most `fragment` octets.
    pub(super) async fn send(&mut self, message: &Message, fragment: Option<usize>) {
        let frame = self.compressed(message);
        for frame in fragments(&frame, fragment.unwrap_or(usize::MAX)) {
            self.peer.send_frame(frame).await;
        }
    }

    /// The frame of a compressed message.
    pub(super) fn compressed(&mut self, message: &Message) -> Frame {
        let plain = message.to_frame();
        Frame { payload: self.deflater.message(&plain.payload), ..plain }.rsv(COMPRESSED)
    }

    /// The echo of `message`, which must be the next data message.
    pub(super) async fn expect_echo(&mut self, message: &Message, deadline: Deadline) -> Step<Shape> {
        expect_echo(&mut self.peer, message, deadline).await?;
        Ok(self.peer.link().take_shape().unwrap_or_default())
    }

    /// Sends a compressed message and expects it back.
    pub(super) async fn echo(&mut self, cx: &Context, message: &Message) -> Step<Shape> {
        self.send(message, None).await;
        self.expect_echo(message, patience(cx)).await
    }

    /// The connection is failed: closed with one of `codes`, or with any code, or cut, when there are none.
    pub(super) async fn expect_refused(&mut self, cx: &Context, what: &str, codes: &[u16]) -> Step {
        let named: Vec<String> = codes.iter().map(u16::to_string).collect();
        let expected = match named.as_slice() {
            [] => format!("{what} to fail the connection"),
            _ => format!("{what} to close with {}", named.join(" or ")),
        };
        let deadline = cx.soon();
        loop {
            let Some(event) = self.peer.next_event(deadline.end()).await else {
                return fail(ReasonCode::NotClosed, expected, "an open connection");
            };
            let parts = match event.kind {
                EventKind::Message(Message::Close(parts)) => parts,
                EventKind::End(_) if codes.is_empty() => return Ok(()),
                EventKind::End(_) => {
                    let actual = "the end of the connection without a close frame";
                    return fail(ReasonCode::Missing, expected, actual);
                }
                EventKind::Fault(fault) => return fail(ReasonCode::Malformed, expected, fault.to_string()),
                EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => {
                    return fail(ReasonCode::Accepted, expected, describe(&message));
                }
                EventKind::Message(_) => continue,
            };
            let (code, reason) = parts.unwrap_or((1005, String::new()));
            if codes.is_empty() || codes.contains(&code) {
                return Ok(());
            }
            return fail(ReasonCode::WrongCloseCode, expected, format!("close {code} {reason:?}"));
        }
    }
}

/// Time for an answer that needs some work.
pub(super) fn patience(cx: &Context) -> Deadline {
    cx.within(PATIENCE)
}

/// The echo of `message`, which must be the next data message.
pub(crate) async fn expect_echo(peer: &mut Peer, message: &Message, deadline: Deadline) -> Step {
    let what = format!("the echo of {}", describe(message));
    let got = peer
        .expect_with(&what, deadline, |event| match &event.kind {
            EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => Some(message.clone()),
            _ => None,
        })
        .await?;
    if got == *message {
        return Ok(());
    }
    let (sent, got_frame) = (message.to_frame(), got.to_frame());
    if sent.opcode != got_frame.opcode {
        return fail(ReasonCode::WrongType, what, describe(&got));
    }
    let same = sent.payload.iter().zip(&got_frame.payload).take_while(|(a, b)| a == b).count();
    fail(ReasonCode::WrongValue, what, format!("{}, different from octet {same} on", describe(&got)))
}

/// A message in a few words: these messages are long and made.
fn describe(message: &Message) -> String {
    let frame = message.to_frame();
    format!("{} of {} octets, {}", frame.opcode, frame.payload.len(), words(&frame.payload))
}

/// The window that a client keeps to: what was answered, else what it said itself in its offer.
fn client_window(agreement: &Agreement, offers: &[&str]) -> u8 {
    let said = extensions(offers.iter().copied())
        .unwrap_or_default()
        .iter()
        .filter_map(|offer| Agreement::of(offer).ok())
        .map(|offer| offer.client_window_bits())
        .min();
    match agreement.client_max_window_bits {
        Some(_) => agreement.client_window_bits(),
        None => said.unwrap_or(agreement.client_window_bits()),
    }
}

/// `frame` as frames of at most `size` octets of payload; reserved bits stay on the first alone.
pub(crate) fn fragments(frame: &Frame, size: usize) -> Vec<Frame> {
    let parts: Vec<&[u8]> = frame.payload.chunks(size.max(1)).collect();
    if parts.len() < 2 {
        return vec![frame.clone()];
    }
    let last = parts.len() - 1;
    let part = |(at, part): (usize, &&[u8])| Frame {
        fin: at == last,
        rsv: if at == 0 { frame.rsv } else { 0 },
        opcode: if at == 0 { frame.opcode } else { Opcode::Continuation },
        payload: part.to_vec(),
        ..frame.clone()
    };
    parts.iter().enumerate().map(part).collect()
}
