//! Stalls, trickles and slow readers: what comes late comes whole, and only to those it is late for.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::agent::{ask, back, begin, beside, short_silence, stay};
use crate::checks::query::run::{query, work};
use crate::checks::resume::events::{is_event, next_after, to_the_end, unless_expired};
use crate::checks::{Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::loss::{Ending, Line, Loss, Way};
use crate::peer::{LinkOptions, Request};
use crate::target::Door;

/// Time between two pieces of a trickle.
const PAUSE: Duration = Duration::from_millis(4);
/// Time for a query over HTTP (before scaling).
const HTTP: Duration = Duration::from_secs(5);
/// Results large enough for a reader that does not read.
pub(super) const LARGE: &str = "Show me the top 4000 customers by total purchase amount";

/// What was held up on its way to the client comes in order, each once.
pub(super) async fn downlink_stalls(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = short_silence(&peer)?;
    ask(&peer).await;
    next_after(&cx, &mut peer, 0).await?;
    line.hold(Way::Down);
    sleep(pause).await;
    line.release(Way::Down);
    to_the_end(&cx, &mut peer, 1).await?;
    peer.expect_open(cx.soon()).await
}

/// What was held up on its way to the server is taken once, in its order.
pub(super) async fn uplink_stalls(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, _) = begin(&line).await?;
    let pause = short_silence(&peer)?;
    line.hold(Way::Up);
    peer.send(&json!({"type": "heartbeat", "correlation_id": "before"})).await;
    ask(&peer).await;
    sleep(pause).await;
    line.release(Way::Up);
    let answers = |value: &Value| matches!(field::name(value), "heartbeat_response" | "query_accepted");
    let first = peer.expect("heartbeat_response, then query_accepted", work(&cx), answers).await?.value;
    if field::name(&first) == "heartbeat_response" {
        return to_the_end(&cx, &mut peer, 0).await.map(|_| ());
    }
    // A sign of life may be overtaken by nothing that was sent behind it, but its answer may be late.
    field::equals(&first, "offset", 1)?;
    to_the_end(&cx, &mut peer, 1).await.map(|_| ())
}

/// A query that comes in pieces of three bytes is one query.
pub(super) async fn query_trickles(cx: Context) -> Step {
    let line = cx.through(Loss::Trickle { way: Way::Up, bytes: 24, every: PAUSE }).await?;
    let (mut peer, _) = begin(&line).await?;
    ask(&peer).await;
    to_the_end(&cx, &mut peer, 0).await.map(|_| ())
}

/// A client that is told in pieces is told everything.
pub(super) async fn answers_trickle(cx: Context) -> Step {
    let line = cx.through(Loss::Trickle { way: Way::Down, bytes: 200, every: PAUSE }).await?;
    let (mut peer, _) = begin(&line).await?;
    ask(&peer).await;
    to_the_end(&cx, &mut peer, 0).await?;
    peer.expect_open(cx.soon()).await
}

/// An upgrade that comes in pieces, well within its time, is an upgrade.
pub(super) async fn upgrade_trickles(cx: Context) -> Step {
    let line = cx.through(Loss::Trickle { way: Way::Up, bytes: 16, every: PAUSE }).await?;
    let request = line.upgrade_request(&Door::Query).header("X-Request-Id", cx.slug());
    let mut peer = line.upgrade_with(&request, &[], LinkOptions::default()).await?;
    peer.expect_type("connection_established", cx.soon()).await?;
    peer.expect_open(cx.soon()).await
}

/// A connection of a new session that is told much and reads nothing.
async fn stuffed(cx: &Context) -> Step<(Line, Peer)> {
    let line = cx.through(Loss::Nothing).await?;
    let (mut slow, _) = begin(&line).await?;
    stay(cx, &mut slow).await?;
    line.hold(Way::Down);
    slow.send(&query(&json!({"query": LARGE, "preferences": {"stream": true}}))).await;
    Ok((line, slow))
}

/// One who does not read holds up nobody: another session has its answer.
pub(super) async fn slow_reader_alone(cx: Context) -> Step {
    let (_line, _slow) = stuffed(&cx).await?;
    let more = json!({"agent_id": format!("{}-other", cx.slug())});
    let (mut other, _) = cx.join_with(Door::Query, &cx.fresh_session(), more).await?;
    ask(&other).await;
    to_the_end(&cx, &mut other, 0).await?;
    other.expect_open(cx.soon()).await
}

/// One who does not read holds up nobody: the other window of its own session has everything.
pub(super) async fn slow_reader_beside(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut slow, session) = begin(&line).await?;
    stay(&cx, &mut slow).await?;
    let mut other = beside(&cx, &session).await?;
    line.hold(Way::Down);
    slow.send(&query(&json!({"query": LARGE, "preferences": {"stream": true}}))).await;
    to_the_end(&cx, &mut other, 0).await?;
    other.expect_open(cx.soon()).await
}

/// One who did not read and comes back has all it missed, or is told that it has not.
pub(super) async fn slow_reader_returns(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Nothing).await?;
        let (slow, session) = begin(&line).await?;
        let mut other = beside(&cx, &session).await?;
        line.hold(Way::Down);
        ask(&slow).await;
        let over = |value: &Value| is_event(value) && field::name(value) == "query_result";
        let end = other.expect("the query's end", work(&cx), over).await?.value;
        let top = field::integer(&end, "offset")?;
        line.cut(Ending::End);
        drop(slow);
        let (mut peer, resumed) = back(&cx, &session, 0).await?;
        field::equals(&resumed, "to", top)?;
        for seen in 0..top {
            next_after(&cx, &mut peer, seen).await?;
        }
        Ok(())
    })
    .await
}

/// Over a long way everything is as it is nearby.
pub(super) async fn far_away(cx: Context) -> Step {
    unless_expired(async || {
        let far = cx.through(Loss::Delay(Duration::from_millis(60))).await?;
        let (mut peer, session) = begin(&far).await?;
        ask(&peer).await;
        next_after(&cx, &mut peer, 0).await?;
        peer.send(&json!({"type": "heartbeat", "correlation_id": "far"})).await;
        let answer = peer.expect_type("heartbeat_response", cx.soon()).await?.value;
        field::equals(&answer, "correlation_id", "far")?;
        drop(peer);
        let (mut peer, resumed) = back(&far, &session, 1).await?;
        ensure(
            resumed["from"] == 2 || resumed["from"].is_null(),
            ReasonCode::WrongValue,
            "from 2",
            &resumed,
        )?;
        to_the_end(&cx, &mut peer, 1).await.map(|_| ())
    })
    .await
}

/// A client that is gone before its `POST` is answered cancels nothing.
pub(super) async fn left_post(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut watcher, _) = cx.join_with(Door::Query, &session, json!({"agent_id": cx.slug()})).await?;
    stay(&cx, &mut watcher).await?;
    let line = cx.through(Loss::Nothing).await?;
    let body = json!({"query": crate::checks::query::run::QUESTION, "session_id": session});
    let request =
        Request::post_json(&line.target().rest("/api/query"), &body).header("Host", &line.target().host());
    let mut raw = line.raw().await?;
    raw.send(&request.encode()).await;
    next_after(&cx, &mut watcher, 0).await?;
    line.cut(Ending::Reset);
    let over = |value: &Value| {
        is_event(value) && matches!(field::name(value), "query_result" | "query_cancelled" | "error")
    };
    let end = watcher.expect("the query's end", work(&cx), over).await?.value;
    if field::name(&end) != "query_result" {
        return fail(ReasonCode::Refused, "query_result", end.to_string());
    }
    Ok(())
}

/// While the socket is dead, HTTP answers, and the socket's agent finds the answer when it comes back.
pub(super) async fn http_beside(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (_dead, session) = begin(&line).await?;
    line.go_silent();
    let body = json!({"query": crate::checks::query::run::QUESTION, "session_id": session.id});
    let post = Request::post_json(&cx.target().rest("/api/query"), &body).header("X-Request-Id", cx.slug());
    let response = cx.http_within(post, HTTP).await?;
    if response.status != 200 {
        return fail(ReasonCode::WrongStatus, "200", response.status.to_string());
    }
    let (mut peer, _) = back(&cx, &session, 0).await?;
    to_the_end(&cx, &mut peer, 0).await.map(|_| ())
}
