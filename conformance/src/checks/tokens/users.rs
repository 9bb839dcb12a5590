//! Whose connection it is: the token says so, and nobody is somebody else.

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Request, Response};
use crate::target::Door;

use super::refusal::{closed_next, refused_by_status};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "tokens",
            "sub-is-user",
            "the token's sub is the user of the connection",
            "sub-is-user",
            sub_is_user
        )
        .variant("tokens"),
        check!(
            "tokens",
            "sub-in-heartbeat",
            "heartbeats know the token's user without any handshake",
            "sub-is-user",
            in_heartbeat
        )
        .variant("tokens"),
        check!("tokens", "same-user", "a handshake may name the token's user", "other-user", same_user)
            .variant("tokens"),
        check!(
            "tokens",
            "other-user",
            "a handshake that names another user is AUTH_FAILED",
            "other-user",
            other_user
        )
        .variant("tokens"),
        check!(
            "tokens",
            "foreign-session",
            "another user's session is not joined",
            "foreign-session",
            foreign_session
        )
        .variant("tokens"),
        check!(
            "tokens",
            "foreign-progress",
            "another user's token does not open a session's progress door",
            "foreign-progress",
            foreign_progress
        )
        .variant("tokens"),
        check!(
            "tokens",
            "foreign-progress-same",
            "a foreign session is refused like one that never was",
            "foreign-progress",
            foreign_like_unknown
        )
        .variant("tokens"),
        check!(
            "tokens",
            "request-foreign-session",
            "another user's session can't be read by a request",
            "request-foreign-session",
            request_foreign
        )
        .variant("tokens"),
        check!(
            "tokens",
            "request-foreign-delete",
            "another user's session can't be ended by a request",
            "request-foreign-session",
            request_delete
        )
        .variant("tokens"),
        check!(
            "tokens",
            "request-foreign-query",
            "a query in another user's session is refused",
            "request-foreign-session",
            request_query
        )
        .variant("tokens"),
    ]
}

/// A name nobody else has.
fn fresh_user(cx: &Context, name: &str) -> String {
    format!("{name}-{}", cx.fresh_session())
}

/// A handshake without `user_id` is the token's user's.
async fn sub_is_user(cx: Context) -> Step {
    let user = fresh_user(&cx, "Ada");
    let mut peer = cx.open_of(Door::Query, &user).await?;
    peer.send(&json!({"type": "connection_handshake", "agent_id": "suite"})).await;
    let answer = peer.expect_type("connection_acknowledged", cx.soon()).await?.value;
    field::equals(&answer, "server_agent_id", format!("backend_{user}"))
}

/// `connection_id` is made of the token's user from the first message on.
async fn in_heartbeat(cx: Context) -> Step {
    let user = fresh_user(&cx, "Ada");
    let mut peer = cx.open_of(Door::Query, &user).await?;
    peer.send(&json!({"type": "heartbeat", "correlation_id": "h"})).await;
    let answer = peer.expect_type("heartbeat_response", cx.soon()).await?.value;
    field::equals(&answer, "connection_id", format!("backend_{user}"))
}

/// Naming oneself changes nothing.
async fn same_user(cx: Context) -> Step {
    let user = fresh_user(&cx, "Ada");
    let mut peer = cx.open_of(Door::Query, &user).await?;
    peer.send(&json!({"type": "connection_handshake", "user_id": user})).await;
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let answer = peer.expect("connection_acknowledged", cx.soon(), answers).await?.value;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "connection_acknowledged", answer.to_string());
    }
    Ok(())
}

/// `AUTH_FAILED`, then 1008 "Authentication failed".
async fn other_user(cx: Context) -> Step {
    let mut peer = cx.open_of(Door::Query, &fresh_user(&cx, "Eve")).await?;
    peer.send(&json!({"type": "connection_handshake", "user_id": "root"})).await;
    refused(&cx, &mut peer, "AUTH_FAILED", "Authentication failed").await
}

async fn refused(cx: &Context, peer: &mut crate::checks::Peer, code: &str, reason: &str) -> Step {
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let answer = peer.expect(&format!("error {code}"), cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), answer.to_string());
    }
    field::equals(&answer, "code", code)?;
    closed_next(cx, peer, reason).await
}

/// A session of `Ada`'s, and who holds it.
async fn owned(cx: &Context) -> Step<(String, String, crate::checks::Peer)> {
    let (user, session) = (fresh_user(cx, "Ada"), cx.fresh_session());
    let (peer, _) = cx.join_with(Door::Query, &session, json!({"user_id": user})).await?;
    Ok((session, user, peer))
}

/// The token's user decides, not what the handshake leaves out: `INVALID_SESSION`.
async fn foreign_session(cx: Context) -> Step {
    let (session, _, mut owner) = owned(&cx).await?;
    let mut eve = cx.open_of(Door::Query, &fresh_user(&cx, "Eve")).await?;
    eve.send(&json!({"type": "connection_handshake", "session_id": session})).await;
    refused(&cx, &mut eve, "INVALID_SESSION", "Invalid session").await?;
    owner.expect_open(cx.soon()).await
}

/// What a progress door says first to the bearer of this user's token.
async fn at_progress(cx: &Context, session: &str, user: &str) -> Step<Value> {
    let request = cx.upgrade_request_of(&Door::Progress(session.to_owned()), user);
    let mut peer = cx.upgrade(&request).await?;
    let first = peer.next_json("error INVALID_SESSION", cx.soon()).await?.value;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, "error INVALID_SESSION", first.to_string());
    }
    field::equals(&first, "code", "INVALID_SESSION")?;
    closed_next(cx, &mut peer, "Invalid session").await?;
    Ok(first)
}

/// Before `connection_established`, 1008 "Invalid session".
async fn foreign_progress(cx: Context) -> Step {
    let (session, _, _owner) = owned(&cx).await?;
    at_progress(&cx, &session, &fresh_user(&cx, "Eve")).await.map(|_| ())
}

/// Else one could find out which sessions there are.
async fn foreign_like_unknown(cx: Context) -> Step {
    let (session, _, _owner) = owned(&cx).await?;
    let eve = fresh_user(&cx, "Eve");
    let foreign = at_progress(&cx, &session, &eve).await?;
    let unknown = at_progress(&cx, &cx.fresh_session(), &eve).await?;
    alike(&foreign, &unknown)
}

/// The same words, but for the instant.
fn alike(one: &Value, other: &Value) -> Step {
    for name in ["code", "message", "details"] {
        let (one, other) = (field::get(one, name), field::get(other, name));
        let same = one == other;
        ensure(
            same,
            ReasonCode::Leak,
            &format!("{name} {other:?} as of an unknown session"),
            format!("{one:?}"),
        )?;
    }
    Ok(())
}

fn session_request(cx: &Context, method: &str, session: &str) -> Request {
    Request::new(method, &cx.target().rest(&format!("/api/sessions/{session}")))
}

/// 404 `INVALID_SESSION`, as of an unknown one.
async fn request_foreign(cx: Context) -> Step {
    let (session, _, _owner) = owned(&cx).await?;
    let eve = fresh_user(&cx, "Eve");
    let foreign = cx.http_of(session_request(&cx, "GET", &session), &eve).await?;
    let unknown = cx.http_of(session_request(&cx, "GET", &cx.fresh_session()), &eve).await?;
    let foreign = refused_by_status(&foreign, 404, "INVALID_SESSION")?;
    alike(&foreign, &refused_by_status(&unknown, 404, "INVALID_SESSION")?)
}

/// 404, and the owner's connection stays.
async fn request_delete(cx: Context) -> Step {
    let (session, _, mut owner) = owned(&cx).await?;
    let request = session_request(&cx, "DELETE", &session);
    let response: Response = cx.http_of(request, &fresh_user(&cx, "Eve")).await?;
    refused_by_status(&response, 404, "INVALID_SESSION")?;
    owner.expect_open(cx.soon()).await
}

/// `POST /api/query` in it: 404 `INVALID_SESSION`.
async fn request_query(cx: Context) -> Step {
    let (session, _, _owner) = owned(&cx).await?;
    let body = json!({"query": "show revenue", "session_id": session});
    let request = Request::post_json(&cx.target().rest("/api/query"), &body);
    let response = cx.http_of(request, &fresh_user(&cx, "Eve")).await?;
    refused_by_status(&response, 404, "INVALID_SESSION").map(|_| ())
}
