//! Frames as they are, and what becomes of them: allowed forms of a message, forbidden bits, broken data.

mod allowed;
mod broken;

use std::sync::LazyLock;

use crate::checks::shell::{Line, in_words};
use crate::checks::{Check, Context, Step};
use crate::peer::deflate::PERMESSAGE_DEFLATE;
use crate::peer::{EventKind, Frame, Message};

use super::connection::{COMPRESSED, Connection, expect_echo, open, patience};

/// What becomes of the frames.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// This message comes back.
    Echo(Message),
    /// The connection is failed; closed with one of the codes where there are some.
    Refused(&'static [u16]),
    /// One or the other.
    Either(Message),
}

/// One case.
#[derive(Debug)]
pub(crate) struct Script {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that spoils this case.
    pub(crate) spoilt: String,
    pub(crate) title: String,
    /// What is sent, in words.
    what: String,
    pub(crate) requirement: &'static [&'static str],
    /// Whether compression is offered.
    pub(crate) offered: bool,
    /// What is sent.
    pub(crate) frames: Vec<Frame>,
    /// What becomes of it.
    pub(crate) outcome: Outcome,
}

/// All cases.
pub(crate) static CASES: LazyLock<Vec<Script>> = LazyLock::new(|| {
    let mut cases = allowed::scripts();
    cases.extend(broken::scripts());
    cases
});

/// A compressed message that is not DEFLATE: a block of the reserved type.
pub(super) fn broken_frame() -> Frame {
    Frame::text([0x07, 0x00]).rsv(COMPRESSED)
}

impl Script {
    fn new(
        slug: &str,
        what: &str,
        requirement: &'static [&'static str],
        frames: Vec<Frame>,
        outcome: Outcome,
    ) -> Self {
        let title = match outcome {
            Outcome::Refused([]) => format!("{what} fails the connection"),
            Outcome::Refused([code]) => format!("{what} closes with {code}"),
            _ => what.to_owned(),
        };
        let (id, what) = (format!("deflate.{slug}"), what.to_owned());
        let spoilt = format!("{id}-misjudged");
        Self { id, spoilt, title, what, requirement, offered: true, frames, outcome }
    }

    /// The same on a connection on which nothing is offered.
    fn not_offered(mut self) -> Self {
        self.offered = false;
        self
    }
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Script| {
        Check::new(&case.id, &case.title, case.requirement, move |cx| played(cx, case))
            .by_hand(|| case.by_hand())
    };
    CASES.iter().map(check).collect()
}

impl Script {
    /// The line that sends the frames.
    fn by_hand(&self) -> Option<String> {
        let offers: &[&str] = if self.offered { &[PERMESSAGE_DEFLATE] } else { &[] };
        let line = self.frames.iter().fold(Line::open(offers), Line::frame);
        line.look(&match &self.outcome {
            Outcome::Echo(_) => {
                "101, then the message, which may be compressed (c1 or c2), and no close frame (88)"
                    .to_owned()
            }
            Outcome::Refused([]) => {
                "101, then a close frame (88) or the end of TCP, and no message".to_owned()
            }
            Outcome::Refused(codes) => format!("101, then a close frame (88) with {}", in_words(codes)),
            Outcome::Either(_) => "101, then the message, or a close frame (88) or the end of TCP".to_owned(),
        })
    }
}

/// Sends the frames and judges what becomes of them.
async fn played(cx: Context, case: &'static Script) -> Step {
    let mut connection = if case.offered {
        open(&cx, &[PERMESSAGE_DEFLATE]).await?
    } else {
        let peer = cx.upgrade(&super::connection::request(&cx, &[])).await?;
        Connection::new(peer, Default::default(), &[], crate::peer::deflate::Style::Usual)
    };
    for frame in &case.frames {
        connection.peer.send_frame(frame.clone()).await;
    }
    match &case.outcome {
        Outcome::Echo(message) => {
            connection.expect_echo(message, patience(&cx)).await?;
            connection.peer.expect_open(cx.soon()).await
        }
        Outcome::Refused(codes) => connection.expect_refused(&cx, &case.what, codes).await,
        Outcome::Either(message) => either(&cx, &mut connection, message).await,
    }
}

/// The message comes back, or the connection is failed: both are seen and neither is wrong.
async fn either(cx: &Context, connection: &mut Connection, message: &Message) -> Step {
    let deadline = patience(cx);
    let echoed = connection
        .peer
        .expect_with("the echo, or a failed connection", deadline, |event| match &event.kind {
            EventKind::Message(Message::Close(_)) | EventKind::End(_) => Some(None),
            EventKind::Message(got @ (Message::Text(_) | Message::Binary(_))) => Some(Some(got.clone())),
            _ => None,
        })
        .await?;
    match echoed {
        Some(got) if got != *message => {
            let expected = format!("{message}, or a failed connection");
            crate::checks::fail(crate::checks::ReasonCode::WrongValue, expected, got.to_string())
        }
        _ => Ok(()),
    }
}

/// A connection that still echoes what is not compressed.
pub(super) async fn expect_alive(cx: &Context, connection: &mut Connection) -> Step {
    let message = Message::Text("still alive".to_owned());
    connection.peer.send_frame(message.to_frame()).await;
    expect_echo(&mut connection.peer, &message, patience(cx)).await
}
