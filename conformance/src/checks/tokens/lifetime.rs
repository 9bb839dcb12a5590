//! How long a token lasts, and how it is replaced while connected.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::{ANYBODY, Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail, field, now};
use crate::target::{Door, Token, epoch_seconds};

use super::forged::bit_changed;
use super::refusal::{bearing, closed_next, key};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tokens", "leeway", "a token that expired this moment is still taken", "leeway", leeway)
            .variant("tokens"),
        check!("tokens", "runs-out", "a connection ends when its token has run out", "runs-out", runs_out)
            .variant("tokens")
            .tags(&["slow"]),
        check!("tokens", "refresh", "token_refresh is answered with the new expiry", "refresh", refresh)
            .variant("tokens"),
        check!("tokens", "refresh-ids", "token_refreshed has the ids of its request", "refresh", refresh_ids)
            .variant("tokens"),
        check!(
            "tokens",
            "refresh-extends",
            "a refreshed connection outlives its first token",
            "refresh-extends",
            extends
        )
        .variant("tokens")
        .tags(&["slow"]),
        check!(
            "tokens",
            "refresh-bad",
            "a refresh with a forged token ends the connection",
            "refresh-refused",
            bad
        )
        .variant("tokens"),
        check!(
            "tokens",
            "refresh-none-alg",
            "a refresh with an unsigned token ends the connection",
            "refresh-refused",
            unsigned
        )
        .variant("tokens"),
        check!(
            "tokens",
            "refresh-expired",
            "a refresh with an expired token ends the connection",
            "refresh-refused",
            expired
        )
        .variant("tokens"),
        check!(
            "tokens",
            "refresh-other-user",
            "a refresh with another user's token ends the connection",
            "refresh-refused",
            other_user
        )
        .variant("tokens"),
        check!(
            "tokens",
            "refresh-no-token",
            "a refresh without a token is INVALID_MESSAGE",
            "refresh-form",
            no_token
        )
        .variant("tokens"),
        check!(
            "tokens",
            "refresh-typed",
            "in the typed dialect token_refreshed is an event",
            "refresh-typed",
            typed
        )
        .variant("tokens"),
        Check::new(
            "tokens.refresh-unneeded",
            "where no token is needed, a refresh says so",
            &["tokens.refresh-unneeded"],
            unneeded,
        ),
    ]
}

/// A token of `ANYBODY` that expires `seconds` from now.
fn lasting(cx: &Context, seconds: i64) -> Step<String> {
    Ok(Token::of(&cx.target().auth, ANYBODY).claim("exp", epoch_seconds() + seconds).signed(key(cx)?))
}

async fn opened_with(cx: &Context, door: &Door, token: &str) -> Step<Peer> {
    cx.open_by(&bearing(cx, door, token)).await
}

/// Clocks differ: within the leeway an expired token is taken.
async fn leeway(cx: Context) -> Step {
    if cx.target().auth.leeway < Duration::from_secs(2) {
        return Err(Stop::NotApplicable("the target has no leeway".to_owned()));
    }
    let request = bearing(&cx, &Door::Query, &lasting(&cx, 0)?);
    let mut peer = cx.upgrade(&request).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?.value;
    match field::name(&first) {
        "connection_established" => Ok(()),
        _ => fail(ReasonCode::Refused, "connection_established within the leeway", first.to_string()),
    }
}

/// At `exp` plus the leeway, not before: `TOKEN_EXPIRED`, then 1008 "Token expired".
async fn runs_out(cx: Context) -> Step {
    let life = Duration::from_secs(1);
    let whole = life + cx.target().auth.leeway;
    cx.affordable(whole + Duration::from_secs(3))?;
    let opened = Instant::now();
    // exp is in whole seconds: the token lasts between one and two.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let exact = Duration::from_secs(since.as_secs() + 2).saturating_sub(since);
    let mut peer = opened_with(&cx, &Door::Query, &lasting(&cx, 2)?).await?;
    stay_awake(&cx, &mut peer).await?;
    // Some look at their tokens now and then.
    let deadline = cx.within(Duration::from_secs(1)).from(opened + exact + cx.target().auth.leeway);
    let error = peer.expect("error TOKEN_EXPIRED", deadline, |value| field::name(value) == "error").await?;
    field::equals(&error.value, "code", "TOKEN_EXPIRED")?;
    let early = error.at < opened + whole - Duration::from_millis(50);
    let elapsed = format!("{:?} after the opening", error.at - opened);
    ensure(!early, ReasonCode::Early, &format!("the end not before {whole:?}"), elapsed)?;
    closed_next(&cx, &mut peer, "Token expired").await
}

/// A subscription keeps the connection from being idle.
async fn stay_awake(cx: &Context, peer: &mut Peer) -> Step {
    peer.send(&json!({"type": "subscribe", "events": ["query_result"]})).await;
    peer.expect_type("subscribed", cx.soon()).await.map(|_| ())
}

/// `expires_at` is the new token's `exp`.
async fn refresh(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let expiry = epoch_seconds() + 7_200;
    peer.send(&json!({"type": "token_refresh", "token": lasting(&cx, 7_200)?})).await;
    let answer = answered(&cx, &mut peer).await?;
    let told = field::timestamp(&answer, "expires_at")?.as_second();
    // The second may have turned between the two looks at the clock.
    let near = (expiry..=expiry + 1).contains(&told);
    ensure(near, ReasonCode::WrongValue, &format!("expires_at {expiry} s after 1970"), told)?;
    field::timestamp(&answer, "timestamp").map(|_| ())
}

/// The first `token_refreshed` or error.
async fn answered(cx: &Context, peer: &mut Peer) -> Step<Value> {
    let answers = |value: &Value| matches!(field::name(value), "token_refreshed" | "error");
    let answer = peer.expect("token_refreshed", cx.soon(), answers).await?.value;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "token_refreshed", answer.to_string());
    }
    Ok(answer)
}

/// Ids come back, those that were given and no others.
async fn refresh_ids(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let token = lasting(&cx, 7_200)?;
    peer.send(&json!({"type": "token_refresh", "token": token, "id": 41, "correlation_id": "c-1"})).await;
    let answer = answered(&cx, &mut peer).await?;
    field::equals(&answer, "id", 41)?;
    field::equals(&answer, "correlation_id", "c-1")?;
    field::absent(&answer, "query_id")
}

/// The first token would have run out; the new one has not.
async fn extends(cx: Context) -> Step {
    let leeway = cx.target().auth.leeway;
    cx.affordable(leeway + Duration::from_secs(4))?;
    let mut peer = opened_with(&cx, &Door::Query, &lasting(&cx, 1)?).await?;
    stay_awake(&cx, &mut peer).await?;
    peer.send(&json!({"type": "token_refresh", "token": lasting(&cx, 3_600)?})).await;
    answered(&cx, &mut peer).await?;
    let over = leeway + Duration::from_secs(1) + cx.quiet(Duration::from_millis(500));
    peer.expect_silence("an open connection", over, |_| false).await?;
    peer.expect_open(cx.soon()).await
}

/// Sends a refresh that must end the connection with `code`.
async fn refused(cx: &Context, token: &str, code: &str, reason: &str) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "token_refresh", "token": token})).await;
    let answers = |value: &Value| matches!(field::name(value), "token_refreshed" | "error");
    let answer = peer.expect(&format!("error {code}"), cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), answer.to_string());
    }
    field::equals(&answer, "code", code)?;
    closed_next(cx, &mut peer, reason).await
}

/// One bit of the signature is wrong.
async fn bad(cx: Context) -> Step {
    let token = bit_changed(&cx.target().auth, key(&cx)?);
    refused(&cx, &token, "AUTH_FAILED", "Authentication failed").await
}

/// `alg` "none" is no better in a message than at a door.
async fn unsigned(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).header("alg", "none").input() + ".";
    refused(&cx, &token, "AUTH_FAILED", "Authentication failed").await
}

/// Expired beyond the leeway.
async fn expired(cx: Context) -> Step {
    refused(&cx, &lasting(&cx, -86_400)?, "TOKEN_EXPIRED", "Token expired").await
}

/// A good token, but somebody else's.
async fn other_user(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, "somebody-else").signed(key(&cx)?);
    refused(&cx, &token, "AUTH_FAILED", "Authentication failed").await
}

/// Not given, or no text: `INVALID_MESSAGE`, and the connection stays.
async fn no_token(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for message in [json!({"type": "token_refresh"}), json!({"type": "token_refresh", "token": 7})] {
        peer.send(&message).await;
        peer.expect_error("INVALID_MESSAGE", cx.soon()).await?;
    }
    peer.expect_open(cx.soon()).await
}

/// `{"type":"event","event_name":"token_refreshed","payload":{…}}`.
async fn typed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Api).await?;
    let token = lasting(&cx, 7_200)?;
    peer.send(&json!({"type": "token_refresh", "token": token, "id": "r-1", "timestamp": now()})).await;
    let answer = answered(&cx, &mut peer).await?;
    field::equals(&answer, "type", "event")?;
    field::equals(&answer, "event_name", "token_refreshed")?;
    field::equals(&answer, "id", "r-1")?;
    field::timestamp(&answer, "/payload/expires_at").map(|_| ())
}

/// `expires_at` is null: there is nothing to expire.
async fn unneeded(cx: Context) -> Step {
    if cx.target().auth.required {
        return Err(Stop::NotApplicable("the target requires tokens".to_owned()));
    }
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "token_refresh", "token": "whatever"})).await;
    let answer = answered(&cx, &mut peer).await?;
    field::equals(&answer, "expires_at", Value::Null)
}
