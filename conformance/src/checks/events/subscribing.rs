//! Requests to subscribe: what they may hold and what they are answered with.

use serde_json::{Value, json};

use super::watching::request;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "events.at-open",
            "the query door is subscribed to session events at open",
            &["events.at-open"],
            at_open,
        ),
        Check::new(
            "events.nothing-at-demo",
            "the demo door is subscribed to nothing at open",
            &["events.nothing-at-demo"],
            nothing_at_demo,
        ),
        Check::new("events.all-names", "all nine event names are known", &["events.all-names"], all_names),
        Check::new(
            "events.active-once",
            "what is subscribed twice is active once",
            &["events.active-once"],
            once,
        ),
        Check::new(
            "events.unsubscribe-other",
            "taking back what was not subscribed changes nothing",
            &["events.unsubscribe-other"],
            not_subscribed,
        ),
        Check::new(
            "events.unsubscribe-unknown",
            "unsubscribe rejects unknown names",
            &["events.unsubscribe-unknown"],
            unknown_back,
        ),
        Check::new(
            "events.no-list",
            "events that are no list are INVALID_MESSAGE",
            &["events.no-list"],
            no_list,
        ),
        Check::new(
            "events.no-names",
            "names that are no text are INVALID_MESSAGE",
            &["events.no-names"],
            no_names,
        ),
        Check::new(
            "events.list-left-out",
            "subscribe without events is INVALID_MESSAGE",
            &["events.list-left-out"],
            left_out,
        ),
        Check::new(
            "events.subscriptions-own",
            "subscriptions are a connection's own",
            &["events.subscriptions-own"],
            own,
        ),
    ]
}

/// Every event name of the protocol.
const NAMES: [&str; 9] = [
    "progress_update",
    "partial_result",
    "query_result",
    "agent_status",
    "system_metrics",
    "belief_state",
    "schema_changed",
    "database_context_changed",
    "chat",
];

/// A connection of the named dialect that is subscribed to session events says so.
async fn at_open(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let answer = request(&cx, &mut peer, "subscribe", &[]).await?;
    for name in ["progress_update", "partial_result", "query_result", "database_context_changed"] {
        field::contains(&answer, "active", name)?;
    }
    Ok(())
}

/// At the demo door nothing is subscribed at open.
async fn nothing_at_demo(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let answer = request(&cx, &mut peer, "subscribe", &[]).await?;
    ensure_eq("active at open", field::array(&answer, "active")?, &Vec::<Value>::new())
}

/// All nine names are known.
async fn all_names(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let answer = request(&cx, &mut peer, "subscribe", &NAMES).await?;
    ensure_eq("rejected", field::array(&answer, "rejected")?, &Vec::<Value>::new())?;
    NAMES.iter().try_for_each(|name| field::contains(&answer, "active", *name))
}

/// What is subscribed twice is active once.
async fn once(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    request(&cx, &mut peer, "subscribe", &["query_result"]).await?;
    let answer = request(&cx, &mut peer, "subscribe", &["query_result", "query_result"]).await?;
    let active = field::array(&answer, "active")?;
    let times = active.iter().filter(|name| *name == "query_result").count();
    ensure(times == 1, ReasonCode::Duplicate, "query_result active once", Value::from(active.clone()))
}

/// Taking back what was never asked for is no mistake.
async fn not_subscribed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    request(&cx, &mut peer, "subscribe", &["query_result"]).await?;
    let answer = request(&cx, &mut peer, "unsubscribe", &["chat"]).await?;
    ensure_eq("active", field::array(&answer, "active")?, &vec![json!("query_result")])
}

/// An unknown name is rejected by `unsubscribe` too.
async fn unknown_back(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let answer = request(&cx, &mut peer, "unsubscribe", &["weather_report"]).await?;
    field::contains(&answer, "rejected", "weather_report")
}

async fn invalid(cx: &Context, events: Value) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "subscribe", "id": "odd", "events": events, "timestamp": now()})).await;
    let told = |value: &Value| matches!(field::name(value), "error" | "subscribed");
    let answer = peer.expect("error INVALID_MESSAGE", cx.soon(), told).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error INVALID_MESSAGE", answer.to_string());
    }
    field::equals(&answer, "code", "INVALID_MESSAGE")?;
    field::equals(&answer, "id", "odd")?;
    peer.expect_open(cx.soon()).await
}

/// `events` is a list.
async fn no_list(cx: Context) -> Step {
    invalid(&cx, json!("progress_update")).await
}

/// Names are text.
async fn no_names(cx: Context) -> Step {
    invalid(&cx, json!([7, null])).await
}

/// A request says which events: without a list it is none.
async fn left_out(cx: Context) -> Step {
    invalid(&cx, Value::Null).await
}

/// Subscriptions are a connection's own.
async fn own(cx: Context) -> Step {
    let mut first = cx.open(Door::Demo).await?;
    let mut second = cx.open(Door::Demo).await?;
    request(&cx, &mut first, "subscribe", &["chat"]).await?;
    let answer = request(&cx, &mut second, "subscribe", &["query_result"]).await?;
    let leaked = field::array(&answer, "active")?.contains(&json!("chat"));
    ensure(!leaked, ReasonCode::Leak, "the connection's own subscriptions", &answer)
}
