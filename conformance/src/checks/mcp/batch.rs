//! Several requests in one message; subscriptions; results in pieces.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::link::{DATABASE, Link, expect_value, names, request, result_of};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail, field};

fn member(id: &str, tool: &str) -> Value {
    request(&json!(id), tool, &json!({"database": DATABASE}))
}

/// Every request of a batch is answered once, by id.
pub(super) async fn all(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let tools = ["discover_tables_tool", "get_table_schema_tool", "validate_context_tool"];
    let ids: Vec<String> = (0..9).map(|number| format!("b-{number}")).collect();
    let members: Vec<Value> =
        ids.iter().zip(tools.iter().cycle()).map(|(id, tool)| member(id, tool)).collect();
    link.peer.send(&json!({"type": "batch", "requests": members})).await;
    let mut open: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    while !open.is_empty() {
        let deadline = link.work();
        let what = format!("responses to {open:?}");
        let answer = link.peer.expect(&what, deadline, |value| value["type"] == "response").await?.value;
        let id = field::text(&answer, "id")?;
        ensure(open.remove(id), ReasonCode::Duplicate, "one response for each request", id)?;
        result_of(&answer)?;
    }
    Ok(())
}

/// The responses to `ids`, in any order, those that are no response passed over.
async fn answers(link: &mut Link, ids: &[&str]) -> Step<Vec<Value>> {
    let mut found = vec![Value::Null; ids.len()];
    for _ in ids {
        let deadline = link.work();
        let place = |value: &Value| ids.iter().position(|id| value["id"] == *id);
        let answer = link
            .peer
            .expect("the other requests' answers", deadline, |value| place(value).is_some())
            .await?
            .value;
        if let Some(place) = place(&answer) {
            found[place] = answer;
        }
    }
    Ok(found)
}

/// A member that can't be used does not spoil the others.
pub(super) async fn one_bad(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let bad = json!({"type": "request", "id": "bad", "method": "tools/dance", "params": {"name": "x"}});
    let members = [member("good-1", "discover_tables_tool"), bad, member("good-2", "validate_context_tool")];
    link.peer.send(&json!({"type": "batch", "requests": members})).await;
    let answers = answers(&mut link, &["good-1", "bad", "good-2"]).await?;
    result_of(&answers[0])?;
    result_of(&answers[2])?;
    let said = answers[1].get("code").or_else(|| answers[1].pointer("/error/code"));
    expect_value(said == Some(&json!("INVALID_MESSAGE")), "INVALID_MESSAGE for the bad one", &answers[1])
}

/// A member's error is its own.
pub(super) async fn one_refused(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let arguments = json!({"database": DATABASE, "query": "DROP TABLE orders"});
    let bad = request(&json!("refused"), "execute_query_tool", &arguments);
    link.peer
        .send(&json!({"type": "batch", "requests": [bad, member("fine", "discover_tables_tool")]}))
        .await;
    let answers = answers(&mut link, &["refused", "fine"]).await?;
    super::link::error_of(&answers[0], "QUERY_REJECTED")?;
    result_of(&answers[1]).map(|_| ())
}

/// A batch of nothing.
pub(super) async fn empty(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "batch", "requests": []})).await;
    link.refused("INVALID_MESSAGE").await.map(|_| ())
}

/// A batch whose requests are no list.
pub(super) async fn no_list(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "batch", "requests": {"id": 1}})).await;
    link.refused("INVALID_MESSAGE").await.map(|_| ())
}

async fn subscription(link: &mut Link, kind: &str, events: Value) -> Step<Value> {
    link.peer.send(&json!({"type": kind, "events": events})).await;
    let name = if kind == "subscribe" { "subscribed" } else { "unsubscribed" };
    let deadline = link.cx.soon();
    Ok(link.peer.expect_type(name, deadline).await?.value)
}

/// Both events can be subscribed to.
pub(super) async fn subscribe(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let answer = subscription(&mut link, "subscribe", json!(["schema_changed", "table_changed"])).await?;
    field::contains(&answer, "events", "schema_changed")?;
    field::contains(&answer, "events", "table_changed")
}

/// An unknown event is named as refused, the others are taken.
pub(super) async fn subscribe_unknown(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    let answer = subscription(&mut link, "subscribe", json!(["schema_changed", "weather_changed"])).await?;
    field::contains(&answer, "rejected", "weather_changed")?;
    field::equals(&answer, "events", json!(["schema_changed"]))
}

/// What was subscribed to can be ended.
pub(super) async fn unsubscribe(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    subscription(&mut link, "subscribe", json!(["schema_changed"])).await?;
    let answer = subscription(&mut link, "unsubscribe", json!(["schema_changed"])).await?;
    field::contains(&answer, "events", "schema_changed")
}

/// Events that are no list.
pub(super) async fn subscribe_no_list(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "subscribe", "events": "schema_changed"})).await;
    link.refused("INVALID_MESSAGE").await.map(|_| ())
}

/// A connection with what the acknowledgement says it can, or none of it.
async fn streaming(cx: &Context) -> Step<Link> {
    let (link, answer) = Link::greeted(cx).await?;
    match field::contains(&answer.value, "/payload/server_capabilities", "streaming") {
        Ok(()) => Ok(link),
        Err(_) => Err(cx.declined("mcp-streaming", "the server does not offer streaming")),
    }
}

/// Rows in pieces: the first has the columns, all come before the response, which counts them.
pub(super) async fn stream(cx: Context) -> Step {
    let mut link = streaming(&cx).await?;
    let sql = "SELECT order_id FROM orders ORDER BY order_id LIMIT 2000";
    let id =
        link.ask("execute_query_tool", &json!({"database": DATABASE, "query": sql, "stream": true})).await;
    let (mut rows, mut pieces) = (0_u64, 0);
    loop {
        let deadline = link.work();
        let next = link
            .peer
            .expect("rows or the response", deadline, |value| {
                value["id"] == id || (field::name(value) == "rows" && value["payload"]["id"] == id)
            })
            .await?
            .value;
        if next["type"] == "response" {
            let result = result_of(&next)?;
            ensure(pieces > 0, ReasonCode::Missing, "rows before the response", "none")?;
            field::equals(&result, "row_count", rows)?;
            return expect_value(rows == 2_000, "2000 rows", rows);
        }
        if pieces == 0 {
            let columns = names(&next, "/payload/columns")?;
            expect_value(columns == ["order_id"], "column order_id on the first piece", columns.join(", "))?;
        }
        pieces += 1;
        rows += field::array(&next, "/payload/rows")?.len() as u64;
        link.peer.send(&json!({"type": "more", "id": id, "chunks": 1})).await;
    }
}

/// A reader that asks for no more gets no more, and is not cut off from anything else.
pub(super) async fn stream_waits(cx: Context) -> Step {
    let mut link = streaming(&cx).await?;
    let sql = "SELECT a.order_id FROM orders a, products b";
    let id =
        link.ask("execute_query_tool", &json!({"database": DATABASE, "query": sql, "stream": true})).await;
    let end = tokio::time::Instant::now() + cx.quiet(std::time::Duration::from_millis(700));
    let mut pieces = 0_u32;
    while let Some(event) = link.peer.next_event(end).await {
        let crate::peer::EventKind::Message(message) = &event.kind else {
            return fail(ReasonCode::Closed, "an open connection", "its end");
        };
        let Some(value) = message.to_json() else { continue };
        if value["type"] == "response" {
            // Small data, or refused: nothing to hold back.
            return Err(Stop::Harness("the result was too small to be held back".to_owned()));
        }
        pieces += u32::from(field::name(&value) == "rows");
    }
    ensure(pieces <= 64, ReasonCode::Unexpected, "few pieces without being asked for more", pieces)?;
    link.peer.send(&json!({"type": "ping", "id": "between"})).await;
    link.peer.expect_type("pong", cx.soon()).await?;
    link.cancel(&id).await;
    link.response(&id).await.map(|_| ())
}
