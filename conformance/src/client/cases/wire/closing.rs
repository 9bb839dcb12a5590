//! The close handshake, both sides first.

use std::sync::LazyLock;

use serde_json::json;

use crate::checks::{Check, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::{Frame, Message, Opcode};

/// A close frame that must be answered with its own code.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    /// The code.
    pub(crate) code: u16,
}

/// Codes that a server may send: those of the RFC, 1012 and 1013, which were registered soon after it, and both
/// ends of the free ranges. 1014 was registered later: libraries of today answer it with 1002.
const CODES: [u16; 15] =
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999];

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    CODES
        .into_iter()
        .map(|code| Case {
            id: format!("client-wire.close-{code}"),
            title: format!("A close with {code} is answered by a close with {code}"),
            code,
        })
        .collect()
});

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &["client-wire.close-code-echoed"], |stage| {
            code(stage, case.code)
        })
    };
    let mut checks: Vec<Check> = CASES.iter().map(check).collect();
    checks.extend([
        Check::client(
            "client-wire.close-empty",
            "A close without a code is answered by a close",
            &["client-wire.close-answered"],
            empty,
        ),
        Check::client(
            "client-wire.close-long-reason",
            "A close with a reason of 123 octets is answered by a close",
            &["client-wire.close-answered"],
            long_reason,
        ),
        Check::client(
            "client-wire.close-answered-once",
            "A close is answered once, and nothing is sent behind the answer",
            &["client-wire.close-is-last"],
            answered_once,
        ),
        Check::client(
            "client-wire.close-by-user",
            "A user who leaves closes with 1000",
            &["client-wire.close-by-user"],
            by_user,
        ),
        Check::client(
            "client-wire.close-waits",
            "A client that closed first reads on until the answer",
            &["client-wire.close-waits"],
            waits,
        ),
    ]);
    checks
}

/// The answer to a close frame.
async fn answer(stage: &mut Stage, link: &mut ServerLink) -> Step<Option<(u16, String)>> {
    let soon = stage.soon();
    let Some(heard) = link.next(soon.end()).await else {
        return fail(ReasonCode::Missing, "a close frame", "silence");
    };
    match heard {
        Heard::Message(Message::Close(parts)) => Ok(parts),
        Heard::End => fail(ReasonCode::Missing, "a close frame before the end", heard.to_string()),
        Heard::Fault(fault) => fail(ReasonCode::Malformed, "a close frame", fault),
        Heard::Message(message) => fail(ReasonCode::Unexpected, "a close frame", message.to_string()),
    }
}

async fn code(mut stage: Stage, code: u16) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::close(code, "because")).await;
    match answer(&mut stage, &mut link).await? {
        Some((answer, _)) if answer == code => Ok(()),
        Some((other, _)) => fail(ReasonCode::WrongCloseCode, code.to_string(), other.to_string()),
        None => fail(ReasonCode::WrongCloseCode, code.to_string(), "a close without a code"),
    }
}

/// The answer to an empty close is empty, or 1000.
async fn empty(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::new(Opcode::Close, Vec::new())).await;
    match answer(&mut stage, &mut link).await? {
        None | Some((1000, _)) => Ok(()),
        Some((other, _)) => fail(ReasonCode::WrongCloseCode, "no code, or 1000", other.to_string()),
    }
}

async fn long_reason(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::close(1000, &"r".repeat(123))).await;
    match answer(&mut stage, &mut link).await? {
        Some((1000, _)) => Ok(()),
        other => fail(ReasonCode::WrongCloseCode, "1000", format!("{other:?}")),
    }
}

/// Behind the close comes a message that a client must neither answer nor mind.
async fn answered_once(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::close(1000, "")).await;
    link.send_frame(&Frame::text("behind the close")).await;
    answer(&mut stage, &mut link).await?;
    let end = tokio::time::Instant::now() + stage.cx.quiet(std::time::Duration::from_millis(300));
    match link.next(end).await {
        None | Some(Heard::End) => Ok(()),
        Some(Heard::Fault(fault)) => fail(ReasonCode::Malformed, "nothing behind the close", fault),
        Some(heard) => fail(ReasonCode::Unexpected, "nothing behind the close", heard.to_string()),
    }
}

async fn by_user(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    match answer(&mut stage, &mut link).await? {
        None | Some((1000, _)) => {}
        Some((other, _)) => return fail(ReasonCode::WrongCloseCode, "1000", other.to_string()),
    }
    link.send_frame(&Frame::close(1000, "")).await;
    link.end().await;
    stage.event("closed", stage.soon()).await.map(|_| ())
}

/// What the server still had to say before its own close must not break the client, nor be answered.
async fn waits(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    answer(&mut stage, &mut link).await?;
    link.send_frame(&Frame::text("still on its way")).await;
    let end = tokio::time::Instant::now() + stage.cx.quiet(std::time::Duration::from_millis(200));
    match link.next(end).await {
        None => {}
        Some(Heard::End) => {
            return fail(ReasonCode::Early, "the end after the server's close", "the end before it");
        }
        Some(heard) => return fail(ReasonCode::Unexpected, "nothing behind the close", heard.to_string()),
    }
    link.send_frame(&Frame::close(1000, "")).await;
    link.end().await;
    stage.event("closed", stage.soon()).await.map(|_| ())
}
