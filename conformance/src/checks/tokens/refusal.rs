//! How the bearer of a bad token is told so: at a door, and by a request.

use serde_json::Value;

use crate::checks::{Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::{EventKind, Message, Request, Response};
use crate::target::{Door, SigningKey};

/// Names the case in a request, for whoever reads the logs of the target.
pub(crate) const CASE_FIELD: &str = "X-Tidegate-Case";

/// Close reason that belongs to a code.
pub(super) fn reason(code: &str) -> &'static str {
    if code == "TOKEN_EXPIRED" { "Token expired" } else { "Authentication failed" }
}

/// The key of the target's tokens.
pub(in crate::checks) fn key(cx: &Context) -> Step<&SigningKey> {
    let missing = "the target file names no key to sign tokens with: hs256_secret or jwks in [auth]";
    cx.target().auth.key().ok_or_else(|| crate::checks::Stop::Harness(missing.to_owned()))
}

/// An upgrade request for `door` with this token in its header.
pub(in crate::checks) fn bearing(cx: &Context, door: &Door, token: &str) -> Request {
    cx.bare_upgrade_request(door).header("Authorization", &format!("Bearer {token}"))
}

/// The request must be upgraded, told one `error` with `code`, and closed 1008 with the reason of that code:
/// nothing before, between or after.
pub(in crate::checks) async fn refused_at_door(cx: &Context, request: &Request, code: &str) -> Step<Value> {
    let mut peer = cx.upgrade(request).await?;
    let first = peer.next_json(&format!("error {code} and nothing before it"), cx.soon()).await?.value;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), first.to_string());
    }
    field::equals(&first, "code", code)?;
    field::text(&first, "message")?;
    field::timestamp(&first, "timestamp")?;
    closed_next(cx, &mut peer, reason(code)).await?;
    Ok(first)
}

/// The very next thing that is no control frame must be the close 1008 with this reason.
pub(in crate::checks) async fn closed_next(cx: &Context, peer: &mut Peer, reason: &str) -> Step {
    let what = format!("close 1008 {reason:?} right behind the error");
    let message = peer
        .expect_with(&what, cx.soon(), |event| match &event.kind {
            EventKind::Message(Message::Ping(_) | Message::Pong(_)) => None,
            EventKind::Message(message) => Some(message.clone()),
            _ => None,
        })
        .await?;
    match message {
        Message::Close(Some((1008, text))) if text == reason => Ok(()),
        Message::Close(Some((1008, text))) => {
            fail(ReasonCode::WrongCloseReason, what, format!("close 1008 {text:?}"))
        }
        Message::Close(_) => fail(ReasonCode::WrongCloseCode, what, message.to_string()),
        _ => fail(ReasonCode::Unexpected, what, message.to_string()),
    }
}

/// A request that needs a token and nothing else.
pub(super) fn list_request(cx: &Context) -> Request {
    Request::get(&cx.target().rest("/api/database/list"))
}

/// The answer must have `status` and the error body of `code`.
pub(in crate::checks) fn refused_by_status(response: &Response, status: u16, code: &str) -> Step<Value> {
    let accepted = (200..300).contains(&response.status);
    let actual = format!("{} {}", response.status, response.text());
    ensure(!accepted, ReasonCode::Accepted, &format!("status {status} and {code}"), &actual)?;
    ensure(response.status == status, ReasonCode::WrongStatus, &format!("status {status}"), &actual)?;
    let Some(body) = response.json() else {
        return fail(ReasonCode::Malformed, "an error body in JSON", actual);
    };
    field::equals(&body, "type", "error")?;
    field::equals(&body, "code", code)?;
    field::text(&body, "message")?;
    field::timestamp(&body, "timestamp")?;
    Ok(body)
}
