//! What reaches a connection that watches, and what does not.

use serde_json::{Value, json};

use super::watching::{ask, named, request, seen, two};
use crate::checks::query::run::{ATTEMPTS, is_terminal, query, work};
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "events.without-progress",
            "who does not want progress gets none",
            &["events.without-progress"],
            no_progress,
        )
        .tags(&["slow"]),
        Check::new(
            "events.without-result",
            "who does not want results gets none of others",
            &["events.without-result"],
            no_result,
        )
        .tags(&["slow"]),
        Check::new("events.filter-gap", "a filter leaves a gap in the offsets", &["events.filter-gap"], gap)
            .tags(&["slow"]),
        Check::new(
            "events.subscribed-again",
            "what was taken back comes again",
            &["events.subscribed-again"],
            back_again,
        )
        .tags(&["slow"]),
        Check::new(
            "events.all-connections",
            "all connections of a session see the same result",
            &["events.all-connections"],
            all_connections,
        )
        .tags(&["slow"]),
        Check::new("events.asker-gone", "a query outlives its asker", &["events.asker-gone"], asker_gone)
            .tags(&["slow"]),
        Check::new(
            "events.joins-late",
            "who joins during a query sees its end",
            &["events.joins-late"],
            joins_late,
        )
        .tags(&["slow"]),
        Check::new(
            "events.slow-reader",
            "a connection that reads nothing holds nobody up",
            &["events.slow-reader"],
            slow_reader,
        )
        .tags(&["slow"]),
        Check::new(
            "events.two-queries",
            "two queries of a session run side by side",
            &["events.two-queries"],
            two_queries,
        )
        .tags(&["slow"]),
        Check::new("events.other-user", "another user sees nothing", &["events.other-user"], other_user)
            .tags(&["slow"]),
        Check::new(
            "events.context-filtered",
            "a selection is told to who wants it",
            &["events.context-filtered"],
            context_changed,
        ),
        Check::new("events.chat", "chat_reply goes by chat", &["events.chat"], chat).tags(&["slow"]),
    ]
}

/// Without `progress_update` a watcher sees the acceptance and the end, and no progress.
async fn no_progress(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "unsubscribe", &["progress_update"]).await?;
    ask(&cx, &mut asker, &json!({})).await?;
    watcher.expect("query_accepted", cx.soon(), |value| field::name(value) == "query_accepted").await?;
    let told = |value: &Value| matches!(field::name(value), "progress_update" | "query_result");
    let next = watcher.expect("query_result", cx.soon(), told).await?.value;
    let quiet = field::name(&next) == "query_result";
    ensure(quiet, ReasonCode::Unexpected, "no progress_update at who did not want it", next)
}

/// Without `query_result` a watcher sees progress, and neither acceptance nor end.
async fn no_result(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "subscribe", &["progress_update"]).await?;
    request(&cx, &mut watcher, "unsubscribe", &["query_result"]).await?;
    ask(&cx, &mut asker, &json!({})).await?;
    let seen = seen(&cx, &mut watcher).await?;
    let unwanted = named(&seen, &["query_accepted", "query_result"]);
    ensure(unwanted.is_empty(), ReasonCode::Unexpected, "progress alone", format!("{unwanted:?}"))?;
    let progress = named(&seen, &["progress_update"]);
    ensure(!progress.is_empty(), ReasonCode::Missing, "progress_update at a watcher", "none")
}

/// A watcher that filters sees a gap: offsets are the session's, not the connection's.
async fn gap(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "unsubscribe", &["progress_update"]).await?;
    let end = ask(&cx, &mut asker, &json!({})).await?;
    let theirs = watcher.expect("query_result", cx.soon(), is_terminal).await?.value;
    field::equals(&theirs, "offset", field::integer(&end, "offset")?)
}

/// After `subscribe` what was taken back comes again.
async fn back_again(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "unsubscribe", &["progress_update"]).await?;
    request(&cx, &mut watcher, "subscribe", &["progress_update"]).await?;
    ask(&cx, &mut asker, &json!({})).await?;
    let told = |value: &Value| matches!(field::name(value), "progress_update" | "query_result");
    let next = watcher.expect("progress_update", cx.soon(), told).await?.value;
    ensure_eq("the first of both", field::name(&next), "progress_update").map_err(|_| {
        crate::checks::Violation::new(ReasonCode::Missing, "progress_update", "the result without any").into()
    })
}

/// Every connection of the session sees the same events.
async fn all_connections(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "subscribe", &["progress_update"]).await?;
    let end = ask(&cx, &mut asker, &json!({})).await?;
    let theirs = watcher.expect("query_result", cx.soon(), is_terminal).await?.value;
    for name in ["transaction_id", "session_id", "row_count", "sql"] {
        field::equals(&theirs, name, field::any(&end, name)?.clone())?;
    }
    Ok(())
}

/// A query whose asker is gone goes on, and its end reaches the others.
async fn asker_gone(cx: Context) -> Step {
    let (mut asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "subscribe", &["progress_update"]).await?;
    asker.send(&query(&json!({}))).await;
    asker.expect_type("query_accepted", work(&cx)).await?;
    drop(asker);
    let end = watcher.expect("query_result", work(&cx), is_terminal).await?.value;
    ensure_eq("end of the query", field::name(&end), "query_result")
}

/// Who joins while a query runs sees the rest of it.
async fn joins_late(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut asker, _) = cx.join(Door::Query, &session).await?;
    for _ in 0..ATTEMPTS {
        asker.send(&query(&json!({}))).await;
        asker.expect_type("query_accepted", cx.soon()).await?;
        let mut late = cx.open(Door::Progress(session.clone())).await?;
        let end = asker.expect("query_result", work(&cx), is_terminal).await?.value;
        let joined_at = field::integer(late.established(), "top")?;
        if joined_at < field::integer(&end, "offset")? {
            let seen = late.expect("query_result", work(&cx), is_terminal).await?.value;
            return field::equals(&seen, "transaction_id", field::text(&end, "transaction_id")?);
        }
        late.close(1000, "", cx.soon()).await?;
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row ended before anybody could join")))
}

/// A connection that reads nothing holds nobody up.
async fn slow_reader(cx: Context) -> Step {
    let (mut asker, watcher, _) = two(&cx).await?;
    watcher.link().set_reading(false);
    ask(&cx, &mut asker, &json!({})).await.map(|_| ())
}

/// Two queries of one session run beside each other, each with one end and its own transaction.
async fn two_queries(cx: Context) -> Step {
    let (asker, mut watcher, _) = two(&cx).await?;
    request(&cx, &mut watcher, "subscribe", &["progress_update"]).await?;
    asker.send(&query(&json!({"id": "one"}))).await;
    asker.send(&query(&json!({"id": "two"}))).await;
    let mut ends: Vec<(Value, Value)> = Vec::new();
    while ends.len() < 2 {
        let end = watcher.expect("both results", work(&cx), is_terminal).await?.value;
        ends.push((end["id"].clone(), end["transaction_id"].clone()));
    }
    ends.sort_by_key(|(id, _)| id.to_string());
    let ids: Vec<&Value> = ends.iter().map(|(id, _)| id).collect();
    ensure_eq("ids of the results", &ids, &vec![&json!("one"), &json!("two")])?;
    ensure(ends[0].1 != ends[1].1, ReasonCode::Duplicate, "two transactions", &ends[0].1)
}

/// Another user's session sees nothing, even of the same question at the same time.
async fn other_user(cx: Context) -> Step {
    let (mut asker, _) =
        cx.join_with(Door::Query, &cx.fresh_session(), json!({"user_id": "events-alice"})).await?;
    let (mut other, _) =
        cx.join_with(Door::Query, &cx.fresh_session(), json!({"user_id": "events-bob"})).await?;
    request(&cx, &mut other, "subscribe", &["progress_update", "query_result"]).await?;
    let end = ask(&cx, &mut asker, &json!({})).await?;
    let transaction = field::text(&end, "transaction_id")?;
    let leaked: Vec<Value> = seen(&cx, &mut other)
        .await?
        .into_iter()
        .filter(|seen| seen.to_string().contains(transaction))
        .collect();
    ensure(leaked.is_empty(), ReasonCode::Leak, "nothing of another user", format!("{leaked:?}"))
}

/// A selection is told to those who want it, and to nobody else in the session.
async fn context_changed(cx: Context) -> Step {
    let (mut wants, mut other, session) = two(&cx).await?;
    request(&cx, &mut other, "unsubscribe", &["database_context_changed"]).await?;
    let list =
        cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?.json().unwrap_or_default();
    let database = field::text(&list, "default")?;
    let chosen = json!({"session_id": session, "database": database});
    cx.http(Request::post_json(&cx.target().rest("/api/database/select"), &chosen)).await?;
    wants.expect_type("database_context_changed", cx.soon()).await?;
    let seen = seen(&cx, &mut other).await?;
    let unwanted = named(&seen, &["database_context_changed"]);
    ensure(
        unwanted.is_empty(),
        ReasonCode::Unexpected,
        "no database_context_changed",
        format!("{unwanted:?}"),
    )
}

/// `chat_reply` reaches who subscribed to `chat`.
async fn chat(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (asker, _) = cx.join(Door::Chat, &session).await?;
    let (mut watcher, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "watcher"})).await?;
    request(&cx, &mut watcher, "subscribe", &["chat"]).await?;
    request(&cx, &mut watcher, "unsubscribe", &["query_result"]).await?;
    asker.send(&json!({"type": "chat_message", "message": "show revenue"})).await;
    let told = |value: &Value| matches!(field::name(value), "chat_reply" | "query_accepted");
    let reply = watcher.expect("chat_reply", work(&cx), told).await?.value;
    if field::name(&reply) != "chat_reply" {
        return fail(ReasonCode::Unexpected, "chat_reply alone", reply.to_string());
    }
    Ok(())
}
