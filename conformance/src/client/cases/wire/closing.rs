//! The close handshake, both sides first.

use std::sync::LazyLock;

use serde_json::json;

use crate::checks::{Check, ReasonCode, Step, ensure, fail};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::{Frame, Message, Opcode};

/// A close frame that must be answered.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    requirements: [&'static str; 1],
    /// The code.
    pub(crate) code: u16,
    /// Whether the answer has to have the same code; else any that calls it no fault.
    pub(crate) same: bool,
}

/// Codes that a server may send: those of the RFC, and both ends of the free ranges. Not 1010, which is the client's
/// alone (RFC 6455 §7.4.1): a client may call it a fault.
const CODES: [u16; 12] = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 3000, 3999, 4000, 4999];

/// Those that were registered since. Of 1014, the last, libraries of today know nothing yet.
const REGISTERED: [u16; 2] = [1012, 1013];

/// Those whose answers are compared.
const ECHOED: [u16; 4] = [1000, 1001, 3000, 4999];

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let answered = |requirement: &'static str| {
        move |code: u16| Case {
            id: format!("client-wire.close-{code}"),
            title: format!("A close with {code} is answered by a close, and is no fault"),
            requirements: [requirement],
            code,
            same: false,
        }
    };
    let echoed = |code: u16| Case {
        id: format!("client-wire.close-{code}-echoed"),
        title: format!("A close with {code} is answered by a close with {code}"),
        requirements: ["client-wire.close-code-echoed"],
        code,
        same: true,
    };
    let must = CODES.into_iter().map(answered("client-wire.close-answered"));
    let since = REGISTERED.into_iter().map(answered("client-wire.close-registered-codes"));
    must.chain(since).chain(ECHOED.into_iter().map(echoed)).collect()
});

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| code(stage, case))
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
            "client-wire.close-by-user-is-last",
            "Behind its own close a client answers nothing",
            &["client-wire.close-is-last"],
            by_user_is_last,
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

async fn code(mut stage: Stage, case: &'static Case) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::close(case.code, "because")).await;
    let got = answer(&mut stage, &mut link).await?.map_or(1005, |(code, _)| code);
    if case.same {
        return ensure(got == case.code, ReasonCode::WrongCloseCode, &case.code.to_string(), got);
    }
    let calls_fault = matches!(got, 1002 | 1007) && got != case.code;
    ensure(!calls_fault, ReasonCode::WrongCloseCode, "a close that calls it no fault", got)
}

async fn empty(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::new(Opcode::Close, Vec::new())).await;
    no_fault(answer(&mut stage, &mut link).await?)
}

async fn long_reason(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::close(1000, &"r".repeat(123))).await;
    no_fault(answer(&mut stage, &mut link).await?)
}

/// Which code answers a good close frame is the client's to say, but none that calls it broken.
fn no_fault(parts: Option<(u16, String)>) -> Step {
    let got = parts.map_or(1005, |(code, _)| code);
    ensure(!matches!(got, 1002 | 1007), ReasonCode::WrongCloseCode, "a close that calls it no fault", got)
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

/// The client has closed, and gets what the server still had to say; gives what came of it.
async fn still_on_its_way(stage: &mut Stage, link: &mut ServerLink) -> Step<Option<Heard>> {
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    answer(stage, link).await?;
    link.send_frame(&Frame::text("still on its way")).await;
    let end = tokio::time::Instant::now() + stage.cx.quiet(std::time::Duration::from_millis(200));
    Ok(link.next(end).await)
}

async fn by_user_is_last(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    match still_on_its_way(&mut stage, &mut link).await? {
        None | Some(Heard::End) => Ok(()),
        Some(heard) => fail(ReasonCode::Unexpected, "nothing behind the close", heard.to_string()),
    }
}

/// What the server still had to say before its own close must not break the client.
async fn waits(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    if still_on_its_way(&mut stage, &mut link).await? == Some(Heard::End) {
        return fail(ReasonCode::Early, "the end after the server's close", "the end before it");
    }
    link.send_frame(&Frame::close(1000, "")).await;
    link.end().await;
    stage.event("closed", stage.soon()).await.map(|_| ())
}
