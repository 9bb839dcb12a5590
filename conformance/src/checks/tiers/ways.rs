//! Two ways to the MCP server: the WebSocket first, HTTP when that fails, and back.

use tokio::time::Instant;

use super::breaker::{COOLDOWN, PAUSE};
use super::traffic::{MCP, calls, met, question, upgrades};
use crate::between::Manner;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tiers", "websocket-first", "with both ways open, calls go by WebSocket", websocket_first),
        check!("tiers", "http-fallback", "with the WebSocket refused, calls go by HTTP", http_fallback),
        check!("tiers", "call-cut", "a call whose WebSocket is cut is made again by HTTP", call_cut),
        check!(
            "tiers",
            "websocket-again",
            "when the WebSocket is back, calls go by it again",
            websocket_again
        )
        .tags(&["slow"]),
    ]
}

/// None goes by HTTP.
async fn websocket_first(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    met(&cx).await?;
    let calls = calls(&post.since(0));
    ensure(!calls.is_empty(), ReasonCode::Missing, "calls of the MCP server", "none")?;
    let over_http = calls.iter().filter(|call| !call.socket).count();
    let actual = format!("{over_http} of {} calls by HTTP", calls.len());
    ensure(over_http == 0, ReasonCode::Unexpected, "calls by WebSocket alone", actual)
}

/// The WebSocket is asked for, and the question is answered without it.
async fn http_fallback(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    post.set_manner(Manner::RefusesSockets);
    met(&cx).await?;
    let passed = post.since(0);
    ensure(upgrades(&passed), ReasonCode::Missing, "an attempt by WebSocket", "none")?;
    let over_http = calls(&passed).iter().any(|call| !call.socket);
    ensure(over_http, ReasonCode::Missing, "a call by HTTP", "none")
}

/// What only reads may be asked twice: the question is answered.
async fn call_cut(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    let mut peer = met(&cx).await?;
    let mark = post.mark();
    post.set_manner(Manner::CutsSockets);
    question(&cx, &mut peer).await?.result()?;
    let calls = calls(&post.since(mark));
    let cut = calls.iter().any(|call| call.socket);
    ensure(cut, ReasonCode::Missing, "a call by the WebSocket that was open", "none")?;
    ensure(calls.iter().any(|call| !call.socket), ReasonCode::Missing, "the call again by HTTP", "none")
}

/// Soon after it is back.
async fn websocket_again(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    post.set_manner(Manner::RefusesSockets);
    let mut peer = met(&cx).await?;
    let mark = post.mark();
    post.set_manner(Manner::Open);
    let end = Instant::now() + cx.within(COOLDOWN).limit();
    while Instant::now() < end {
        question(&cx, &mut peer).await?.result()?;
        if calls(&post.since(mark)).iter().any(|call| call.socket) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    fail(ReasonCode::Missing, "calls by the WebSocket that is back", "calls by HTTP")
}
