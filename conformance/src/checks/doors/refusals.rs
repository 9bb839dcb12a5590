//! Refusals before the upgrade, where the target is configured so: an HTTP status, no socket.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::tokens::refusal::{bearing, key, refused_by_status};
use crate::checks::{ANYBODY, Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Request, Response};
use crate::target::{Door, Token, epoch_seconds};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("doors", "http-no-token", "no token is 401 before the upgrade", "http-refusals", no_token)
            .variant("strict"),
        check!("doors", "http-challenge", "that 401 names the scheme", "http-challenge", challenge)
            .variant("strict"),
        check!(
            "doors",
            "http-bad-token",
            "a forged token is 401 before the upgrade",
            "http-refusals",
            bad_token
        )
        .variant("strict"),
        check!(
            "doors",
            "http-expired-token",
            "an expired token is 401 TOKEN_EXPIRED before the upgrade",
            "http-refusals",
            expired
        )
        .variant("strict"),
        check!(
            "doors",
            "http-unknown-session",
            "an unknown session is 404 before the upgrade",
            "http-refusals",
            unknown
        )
        .variant("strict"),
        check!(
            "doors",
            "http-ended-session",
            "an ended session is 410 before the upgrade",
            "http-refusals",
            ended
        )
        .variant("strict"),
        check!(
            "doors",
            "http-too-many",
            "a connection too many is 429 before the upgrade",
            "http-refusals",
            too_many
        )
        .variant("strict"),
        check!(
            "doors",
            "http-too-many-retry",
            "that 429 says when to come back",
            "http-retry-after",
            retry_after
        )
        .variant("strict"),
        check!(
            "doors",
            "http-full-door",
            "a full door is 503 before the upgrade, with Retry-After",
            "http-full",
            full
        )
        .variant("strict"),
        check!(
            "doors",
            "http-foreign-origin",
            "a foreign origin is 403 with an error body",
            "http-refusals",
            origin
        )
        .variant("strict"),
        check!("doors", "http-good-opens", "who has a good token comes in all the same", "http-opens", opens)
            .variant("strict"),
        check!(
            "doors",
            "http-late-refusal",
            "what a handshake reveals is told on the socket",
            "http-late",
            late
        )
        .variant("strict"),
    ]
}

/// The answer to an upgrade that must not be upgraded.
async fn answer(cx: &Context, request: &Request) -> Step<Response> {
    let response = cx.exchange("refused", request).await?;
    let accepted = response.status == 101;
    ensure(!accepted, ReasonCode::Accepted, "a refusal by HTTP", "101 Switching Protocols")?;
    Ok(response)
}

async fn no_token(cx: Context) -> Step {
    let response = answer(&cx, &cx.bare_upgrade_request(&Door::Query)).await?;
    refused_by_status(&response, 401, "AUTH_REQUIRED").map(|_| ())
}

/// RFC 9110 §11.6.1.
async fn challenge(cx: Context) -> Step {
    let response = answer(&cx, &cx.bare_upgrade_request(&Door::Query)).await?;
    match response.field("WWW-Authenticate") {
        Some(value) if value.to_ascii_lowercase().starts_with("bearer") => Ok(()),
        Some(value) => fail(ReasonCode::WrongValue, "WWW-Authenticate: Bearer", format!("{value:?}")),
        None => fail(ReasonCode::Missing, "WWW-Authenticate: Bearer", "none"),
    }
}

async fn bad_token(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).header("alg", "none").input() + ".";
    let response = answer(&cx, &bearing(&cx, &Door::Query, &token)).await?;
    refused_by_status(&response, 401, "AUTH_FAILED").map(|_| ())
}

async fn expired(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).claim("exp", epoch_seconds() - 86_400);
    let response = answer(&cx, &bearing(&cx, &Door::Query, &token.signed(key(&cx)?))).await?;
    refused_by_status(&response, 401, "TOKEN_EXPIRED").map(|_| ())
}

async fn unknown(cx: Context) -> Step {
    let response = answer(&cx, &cx.upgrade_request(&Door::Progress(cx.fresh_session()))).await?;
    refused_by_status(&response, 404, "INVALID_SESSION").map(|_| ())
}

async fn ended(cx: Context) -> Step {
    let session = cx.fresh_session();
    let path = cx.target().rest("/api/sessions");
    let made = cx.http(Request::post_json(&path, &json!({"session_id": session}))).await?;
    ensure(made.status == 201, ReasonCode::WrongStatus, "status 201", made.status)?;
    cx.http(Request::new("DELETE", &format!("{path}/{session}"))).await?;
    let response = answer(&cx, &cx.upgrade_request(&Door::Progress(session))).await?;
    refused_by_status(&response, 410, "SESSION_EXPIRED").map(|_| ())
}

/// More connections of a session than announced are asked for; those that came in are kept.
async fn refused_by_number(cx: &Context) -> Step<(Vec<Peer>, Response)> {
    let session = cx.fresh_session();
    let (member, _) = cx.join(Door::Query, &session).await?;
    let limit = field::integer(member.established(), "/limits/max_connections_per_session")?;
    let mut peers = vec![member];
    for _ in 1..limit.min(32) {
        peers.push(cx.open(Door::Progress(session.clone())).await?);
    }
    let response = answer(cx, &cx.upgrade_request(&Door::Progress(session))).await?;
    Ok((peers, response))
}

async fn too_many(cx: Context) -> Step {
    let (_peers, response) = refused_by_number(&cx).await?;
    refused_by_status(&response, 429, "TOO_MANY_CONNECTIONS").map(|_| ())
}

async fn retry_after(cx: Context) -> Step {
    let (_peers, response) = refused_by_number(&cx).await?;
    seconds(&response)
}

/// `Retry-After` in whole seconds.
fn seconds(response: &Response) -> Step {
    match response.field("Retry-After").map(str::parse::<u32>) {
        Some(Ok(_)) => Ok(()),
        Some(Err(_)) => fail(ReasonCode::WrongValue, "Retry-After in seconds", "another form"),
        None => fail(ReasonCode::Missing, "Retry-After", "none"),
    }
}

/// Connections a door of the variant takes.
const DOOR: usize = 4;

/// The chat door takes four; whoever else holds some makes it full sooner.
async fn full(cx: Context) -> Step {
    let mut held = Vec::new();
    for _ in 0..=DOOR {
        let response = match cx.join(Door::Chat, &cx.fresh_session()).await {
            Ok((mut peer, _)) => {
                peer.send(&json!({"type": "subscribe", "events": ["query_result"]})).await;
                peer.expect_type("subscribed", cx.soon()).await?;
                held.push(peer);
                continue;
            }
            Err(_) => cx.exchange("full", &cx.upgrade_request(&Door::Chat)).await?,
        };
        // A place may have become free between the two looks.
        if response.status == 101 {
            continue;
        }
        refused_by_status(&response, 503, "SERVER_FULL")?;
        return seconds(&response);
    }
    fail(
        ReasonCode::Accepted,
        format!("at most {DOOR} connections at the chat door"),
        format!("{} of them", held.len()),
    )
}

async fn origin(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).header("Origin", "https://evil.example");
    refused_by_status(&answer(&cx, &request).await?, 403, "FORBIDDEN").map(|_| ())
}

async fn opens(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query);
    cx.opens(&request).await
}

/// Another user in the handshake: the socket is open already.
async fn late(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "connection_handshake", "user_id": "somebody-else"})).await;
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let answer = peer.expect("error AUTH_FAILED", cx.soon(), answers).await?.value;
    field::equals(&answer, "code", "AUTH_FAILED")?;
    let deadline = cx.within(Duration::from_millis(1_500));
    peer.expect_close(1008, Some("Authentication failed"), deadline).await.map(|_| ())
}
