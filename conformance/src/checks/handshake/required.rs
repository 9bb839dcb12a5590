//! Where a handshake is required: what is answered before it, what is not, and for how long.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::tokens::refusal::closed_next;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::Frame;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    let required = [
        check!(
            "handshake",
            "required-query",
            "a query before the handshake is HANDSHAKE_REQUIRED",
            "required",
            query
        ),
        check!(
            "handshake",
            "required-subscribe",
            "a subscription before the handshake is HANDSHAKE_REQUIRED",
            "required",
            subscribe
        ),
        check!(
            "handshake",
            "required-command",
            "a command before the handshake is HANDSHAKE_REQUIRED",
            "required",
            command
        ),
        check!("handshake", "required-ids", "that error has the ids of the message", "required-ids", ids),
        check!(
            "handshake",
            "required-ping",
            "a ping before the handshake is answered",
            "required-life",
            ping
        ),
        check!(
            "handshake",
            "required-heartbeat",
            "a heartbeat before the handshake is answered",
            "required-life",
            heartbeat
        ),
        check!(
            "handshake",
            "required-then-asks",
            "after the handshake everything is answered",
            "required-then",
            then_asks
        ),
        check!(
            "handshake",
            "required-timeout",
            "who sends no handshake in time is closed",
            "required-timeout",
            timeout
        )
        .tags(&["slow"]),
        check!(
            "handshake",
            "required-timeout-life",
            "signs of life do not put the timeout off",
            "required-timeout",
            despite_life
        )
        .tags(&["slow"]),
        check!(
            "handshake",
            "required-timeout-over",
            "after the handshake there is no such timeout",
            "required-timeout-over",
            over
        )
        .tags(&["slow"]),
    ];
    let elsewhere = Check::new(
        "handshake.not-required",
        "where no handshake is required nobody is closed for lack of one",
        &["handshake.not-required"],
        not_required,
    )
    .tags(&["slow"]);
    required.map(|check| check.variant("strict")).into_iter().chain([elsewhere]).collect()
}

/// The message must be `HANDSHAKE_REQUIRED`, and the connection stays.
async fn refused(cx: &Context, message: Value) -> Step<(Peer, Value)> {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&message).await;
    let answer = peer.next_json("error HANDSHAKE_REQUIRED", cx.soon()).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error HANDSHAKE_REQUIRED", answer.to_string());
    }
    field::equals(&answer, "code", "HANDSHAKE_REQUIRED")?;
    peer.expect_open(cx.soon()).await?;
    Ok((peer, answer))
}

async fn query(cx: Context) -> Step {
    refused(&cx, json!({"type": "query", "query": "show revenue", "query_id": "q"})).await.map(|_| ())
}

async fn subscribe(cx: Context) -> Step {
    refused(&cx, json!({"type": "subscribe", "events": ["query_result"]})).await.map(|_| ())
}

async fn command(cx: Context) -> Step {
    let message = json!({"type": "command", "action": "cancel", "transaction_id": "none"});
    refused(&cx, message).await.map(|_| ())
}

/// Those that were given.
async fn ids(cx: Context) -> Step {
    let message = json!({"type": "query", "query": "show revenue", "query_id": "q-1", "id": 5});
    let (_, error) = refused(&cx, message).await?;
    field::equals(&error, "query_id", "q-1")?;
    field::equals(&error, "id", 5)?;
    field::absent(&error, "correlation_id")
}

/// The answer of this name, not an error.
async fn answered(cx: &Context, kind: &str, answer: &str) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": kind, "id": "l"})).await;
    let got = peer.next_json(answer, cx.soon()).await?.value;
    if field::name(&got) == "error" {
        return fail(ReasonCode::Refused, answer, got.to_string());
    }
    field::equals(&got, "type", answer)
}

async fn ping(cx: Context) -> Step {
    answered(&cx, "ping", "pong").await
}

async fn heartbeat(cx: Context) -> Step {
    answered(&cx, "heartbeat", "heartbeat_response").await
}

/// A query is accepted.
async fn then_asks(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    peer.send(&json!({"type": "query", "query": "show revenue", "query_id": "q"})).await;
    let answers = |value: &Value| matches!(field::name(value), "query_accepted" | "error");
    let answer = peer.expect("query_accepted", cx.soon(), answers).await?.value;
    ensure(field::name(&answer) == "query_accepted", ReasonCode::Refused, "query_accepted", answer)
}

/// Servers may look at their clocks a little before the moment.
const TICK: Duration = Duration::from_millis(50);

/// At the announced time, not before: `HANDSHAKE_REQUIRED`, then 1008 "Handshake timeout".
async fn timed_out(cx: &Context, peer: &mut Peer, opened: Instant, limit: Duration) -> Step {
    let deadline = cx.within(limit).from(opened);
    let is_error = |value: &Value| field::name(value) == "error";
    let error = peer.expect("error HANDSHAKE_REQUIRED", deadline, is_error).await?;
    field::equals(&error.value, "code", "HANDSHAKE_REQUIRED")?;
    let early = error.at + TICK < opened + limit;
    let elapsed = format!("{:?} after the opening", error.at - opened);
    ensure(!early, ReasonCode::Early, &format!("the end not before {limit:?}"), elapsed)?;
    closed_next(cx, peer, "Handshake timeout").await
}

/// The announced time, if a check can wait for it.
fn limit(cx: &Context, peer: &Peer) -> Step<Duration> {
    let limit = peer.timers()?.handshake_timeout;
    cx.affordable(limit * 2 + Duration::from_secs(3))?;
    Ok(limit)
}

async fn timeout(cx: Context) -> Step {
    let opened = Instant::now();
    let mut peer = cx.open(Door::Query).await?;
    let limit = limit(&cx, &peer)?;
    timed_out(&cx, &mut peer, opened, limit).await
}

/// A ping of each kind half way.
async fn despite_life(cx: Context) -> Step {
    let opened = Instant::now();
    let mut peer = cx.open(Door::Query).await?;
    let limit = limit(&cx, &peer)?;
    peer.expect_silence("an open connection", limit / 2, |_| false).await?;
    peer.send(&json!({"type": "ping", "id": "half-way"})).await;
    peer.send_frame(Frame::ping("half-way")).await;
    timed_out(&cx, &mut peer, opened, limit).await
}

/// Twice the time passes and the connection is open.
async fn over(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let limit = limit(&cx, &peer)?;
    stays(&cx, &mut peer, limit).await
}

/// Awake by a subscription, for half as long again as the handshake may take.
async fn stays(cx: &Context, peer: &mut Peer, limit: Duration) -> Step {
    peer.send(&json!({"type": "subscribe", "events": ["query_result"]})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    peer.expect_silence("an open connection", limit.mul_f64(1.5), |_| false).await?;
    peer.expect_open(cx.soon()).await
}

/// Only where it is required is there such a timer.
async fn not_required(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let limit = limit(&cx, &peer)?;
    stays(&cx, &mut peer, limit).await
}
