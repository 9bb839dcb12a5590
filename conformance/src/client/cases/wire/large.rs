//! Messages up to 16 MiB: a client may refuse them for their size, and what it does not refuse comes back as it was. That
//! they come back is asked for by the talks. They are made when they are sent: a table of them would be held for the
//! whole run.

use std::sync::LazyLock;
use std::time::Duration;

use crate::checks::{Check, Deadline, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::{Frame, Message};

/// Time for a message to come back: a library in a slow language masks it octet by octet, and how long that takes is
/// not what is asked here.
const PATIENCE: Duration = Duration::from_secs(20);

/// A large message.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    pub(crate) size: usize,
    pub(crate) is_text: bool,
    /// Octets of a frame.
    fragment: usize,
}

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let case = |mib: usize, is_text: bool, fragment: usize| {
        let kind = if is_text { "text" } else { "binary" };
        let (ending, how) = match fragment {
            usize::MAX => (String::new(), String::new()),
            size => (format!("-in-{size}"), format!(" in frames of {size} octets")),
        };
        Case {
            id: format!("client-wire.{kind}-of-{mib}-mib{ending}"),
            title: format!(
                "A {kind} message of {mib} MiB{how} comes back as it was, or is refused for its size"
            ),
            size: mib << 20,
            is_text,
            fragment,
        }
    };
    vec![
        case(1, true, usize::MAX),
        case(1, false, usize::MAX),
        case(4, true, 65_536),
        case(16, true, usize::MAX),
        case(16, false, usize::MAX),
        case(16, false, 1 << 20),
    ]
});

impl Case {
    /// What is sent.
    fn message(&self) -> Message {
        if self.is_text {
            return Message::Text("large ".repeat(self.size / 6 + 1)[..self.size].to_owned());
        }
        Message::Binary((0..self.size).map(|at| (at % 251) as u8).collect())
    }

    /// Whether `message` is the one that comes back.
    pub(crate) fn is_echo(&self, message: &Message) -> bool {
        match message {
            Message::Text(text) => self.is_text && text.len() == self.size,
            Message::Binary(octets) => !self.is_text && octets.len() == self.size,
            _ => false,
        }
    }
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        let requirements: &'static [&'static str] = &["client-wire.lengths"];
        let check = Check::client(&case.id, &case.title, requirements, move |stage| play(stage, case));
        // The message, its frame, what comes back of it and what is made of that.
        check.weight((case.size >> 18) as u32)
    };
    CASES.iter().map(check).collect()
}

async fn play(mut stage: Stage, case: &'static Case) -> Step {
    let mut link = stage.echo().await?;
    let message = case.message();
    let whole = message.to_frame();
    let mut parts = whole.payload.chunks(case.fragment).peekable();
    let mut first = true;
    while let Some(part) = parts.next() {
        let frame = Frame::new(whole.opcode, part);
        let frame = if std::mem::take(&mut first) { frame } else { Frame::continuation(part) };
        let frame = if parts.peek().is_some() { frame.more() } else { frame };
        link.send_frame(&frame).await;
    }
    let judged = stage.cx.within(PATIENCE);
    stage.while_alive(whole_or_refused(&mut link, &message, judged)).await
}

/// The echo of `message`, or an end of the connection that does not call it broken.
async fn whole_or_refused(link: &mut ServerLink, message: &Message, deadline: Deadline) -> Step {
    let expected = "the message as it was, or its refusal";
    loop {
        match link.next(deadline.end()).await {
            None => return fail(ReasonCode::Missing, expected, "silence"),
            Some(Heard::Fault(fault)) => return fail(ReasonCode::Malformed, expected, fault),
            Some(Heard::Message(echo @ (Message::Text(_) | Message::Binary(_)))) => {
                return super::echo::same(&echo, message);
            }
            Some(heard @ Heard::Message(Message::Close(Some((1002 | 1003 | 1007, _))))) => {
                return fail(ReasonCode::Closed, expected, heard.to_string());
            }
            Some(Heard::End | Heard::Message(Message::Close(_))) => return Ok(()),
            Some(Heard::Message(Message::Ping(_) | Message::Pong(_))) => {}
        }
    }
}
