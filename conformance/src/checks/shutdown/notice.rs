//! What a server says when it is told to stop.

use serde_json::json;

use super::drained::{draining, draining_at, signal};
use crate::checks::rest::operations::{body, refused, status};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Request, Response};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "shutdown.announced",
            "everybody is told how long there is",
            &["shutdown.announced"],
            announced,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new(
            "shutdown.typed",
            "in the typed dialect the notice is a broadcast",
            &["shutdown.typed"],
            typed,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new("shutdown.spread", "not all are sent back at the same time", &["shutdown.spread"], spread)
            .features(&["shutdown"])
            .own_process(),
        Check::new(
            "shutdown.not-ready",
            "a server that drains is not ready",
            &["shutdown.not-ready"],
            not_ready,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new("shutdown.health", "health says draining", &["shutdown.health"], health)
            .features(&["shutdown"])
            .own_process(),
        Check::new(
            "shutdown.upgrades",
            "new connections are refused before the upgrade",
            &["shutdown.upgrades"],
            upgrades,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new(
            "shutdown.http-queries",
            "new queries over HTTP are refused",
            &["shutdown.http-queries"],
            http_queries,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new(
            "shutdown.socket-queries",
            "new queries on sockets are refused",
            &["shutdown.socket-queries"],
            socket_queries,
        )
        .features(&["shutdown"])
        .own_process(),
        Check::new(
            "shutdown.heartbeat",
            "heartbeats tell that the server drains",
            &["shutdown.heartbeat"],
            heartbeat,
        )
        .features(&["shutdown"])
        .own_process(),
    ]
}

/// Longest `reconnect_after_ms`.
const SPREAD: u64 = 5_000;
/// Clients whose times to come back are compared.
const CLIENTS: usize = 6;

/// Everybody is told how long there is, and when to come back.
async fn announced(cx: Context) -> Step {
    let drained = draining(&cx).await?;
    let drain = field::integer(&drained.notice, "drain_ms")?;
    let most = u64::try_from(drained.peer.timers()?.drain_timeout.as_millis()).unwrap_or(u64::MAX);
    ensure(drain <= most, ReasonCode::WrongValue, &format!("drain_ms of {most} at most"), drain)?;
    let back = field::integer(&drained.notice, "reconnect_after_ms")?;
    ensure(back <= SPREAD, ReasonCode::WrongValue, "reconnect_after_ms of 0 to 5,000", back)?;
    field::timestamp(&drained.notice, "timestamp").map(|_| ())
}

/// In the typed dialect it is a broadcast.
async fn typed(cx: Context) -> Step {
    let drained = draining_at(&cx, Door::Demo).await?;
    field::equals(&drained.notice, "type", "broadcast")?;
    field::equals(&drained.notice, "event_name", "server_shutting_down")?;
    field::integer(&drained.notice, "/payload/drain_ms")?;
    field::integer(&drained.notice, "/payload/reconnect_after_ms").map(|_| ())
}

/// Not all come back at the same time.
async fn spread(cx: Context) -> Step {
    let mut peers = Vec::new();
    for _ in 0..CLIENTS {
        peers.push(cx.open(Door::Query).await?);
    }
    signal(&cx).await?;
    let mut times = Vec::new();
    for peer in &mut peers {
        let notice = peer.expect_type("server_shutting_down", cx.soon()).await?.value;
        times.push(field::integer(&notice, "reconnect_after_ms")?);
    }
    let differ = times.iter().any(|time| *time != times[0]);
    ensure(differ, ReasonCode::WrongValue, "times to come back that differ", format!("{times:?}"))
}

/// A field `Retry-After` with seconds.
fn retry_after(response: &Response) -> Step {
    let Some(seconds) = response.field("Retry-After") else {
        return fail(ReasonCode::Missing, "Retry-After", "none");
    };
    ensure(seconds.parse::<u32>().is_ok(), ReasonCode::WrongValue, "Retry-After in whole seconds", seconds)
}

/// Orchestrators send nothing more.
async fn not_ready(cx: Context) -> Step {
    let _drained = draining(&cx).await?;
    status(&cx.http(Request::get(&cx.target().rest("/ready"))).await?, 503)
}

/// Health says why.
async fn health(cx: Context) -> Step {
    let _drained = draining(&cx).await?;
    let response = cx.http(Request::get(&cx.target().rest("/health"))).await?;
    status(&response, 503)?;
    field::equals(&body(&response)?, "status", "draining")
}

/// New connections are refused before the upgrade.
async fn upgrades(cx: Context) -> Step {
    let _drained = draining(&cx).await?;
    let response = cx.exchange("late", &cx.upgrade_request(&Door::Query)).await?;
    status(&response, 503)?;
    retry_after(&response)
}

/// New queries over HTTP are refused.
async fn http_queries(cx: Context) -> Step {
    let _drained = draining(&cx).await?;
    let request = Request::post_json(&cx.target().rest("/api/query"), &json!({"query": "show revenue"}));
    let response = cx.http(request).await?;
    let error = refused(&response, 503, "QUERY_REJECTED")?;
    field::equals(&error, "/details/reason", "draining")?;
    retry_after(&response)
}

/// New queries on open sockets are refused; the connection stays.
async fn socket_queries(cx: Context) -> Step {
    let mut drained = draining(&cx).await?;
    drained.peer.send(&json!({"type": "query", "query": "show revenue", "id": "late"})).await;
    let error = drained.peer.expect_error("QUERY_REJECTED", cx.soon()).await?.value;
    field::equals(&error, "/details/reason", "draining")?;
    field::equals(&error, "id", "late")?;
    drained.peer.expect_open(cx.soon()).await
}

/// Heartbeats are answered, and tell.
async fn heartbeat(cx: Context) -> Step {
    let mut drained = draining(&cx).await?;
    drained.peer.send(&json!({"type": "heartbeat", "correlation_id": "h"})).await;
    let answer = drained.peer.expect_type("heartbeat_response", cx.soon()).await?.value;
    field::equals(&answer, "server_status", "draining")
}
