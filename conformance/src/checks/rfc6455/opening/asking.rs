//! A row of a table: a request, and what must become of it.

use crate::checks::{Check, Context, ReasonCode, Step, Stop, Violation, fail};
use crate::peer::{Frame, Message, Request, SAMPLE_KEY};
use crate::target::Door;

/// What must become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 101 and a connection that echoes.
    Opens,
    /// An error status, or the end of the connection.
    Refused,
    /// Anything but 101: the request is no WebSocket handshake, and may be for something else.
    NotUpgraded,
}

/// An upgrade request, changed in one respect.
#[derive(Debug)]
pub(crate) struct Asking {
    /// Id of the check.
    pub(crate) id: &'static str,
    /// One line for people.
    pub(crate) title: &'static str,
    /// What it cites.
    pub(crate) requirements: &'static [&'static str],
    /// What is changed in a correct request, whose key is the sample of the RFC.
    pub(crate) change: fn(Request) -> Request,
    /// What must become of it.
    pub(crate) answer: Answer,
}

impl Asking {
    pub(super) fn check(&'static self) -> Check {
        Check::new(self.id, self.title, self.requirements, move |cx| self.run(cx)).by_hand(|| self.by_hand())
    }

    async fn run(&'static self, cx: Context) -> Step {
        let request = (self.change)(cx.upgrade_request(&Door::Echo).with("Sec-WebSocket-Key", SAMPLE_KEY));
        match self.answer {
            Answer::Opens => opens(&cx, &request).await,
            Answer::Refused => refused(&cx, &request, 400).await,
            Answer::NotUpgraded => refused(&cx, &request, 200).await,
        }
    }
}

/// 101 with the right accept value, and text comes back.
pub(super) async fn opens(cx: &Context, request: &Request) -> Step {
    let mut peer = cx.upgrade(request).await?;
    peer.send_frame(Frame::text("opened")).await;
    let echo = crate::peer::EventKind::Message(Message::Text("opened".to_owned()));
    peer.expect_with("the echo of \"opened\"", cx.soon(), |event| (event.kind == echo).then_some(())).await
}

/// An answer with a status of `lowest` or more that is not 101; the end of the connection will do too.
async fn refused(cx: &Context, request: &Request, lowest: u16) -> Step {
    let response = match cx.exchange("refused", request).await {
        Err(Stop::Violation(Violation { code: ReasonCode::Closed, .. })) => return Ok(()),
        other => other?,
    };
    match response.status {
        101 => fail(ReasonCode::Accepted, "a refusal", "101 Switching Protocols"),
        status if status >= lowest => Ok(()),
        status => fail(ReasonCode::WrongStatus, "a refusal with an error status", format!("status {status}")),
    }
}
