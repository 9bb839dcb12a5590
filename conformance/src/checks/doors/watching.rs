//! What each door is subscribed to when it opens.

use serde_json::{Value, json};

use crate::checks::query::run::{ask, work};
use crate::checks::{ANYBODY, Check, Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "doors.query-subscribed",
            "who joined a session at the query door sees all of another's query",
            &["doors.subscribed-at-open"],
            at_query,
        ),
        Check::new(
            "doors.chat-subscribed",
            "who joined a session at the chat door sees all of another's query",
            &["doors.subscribed-at-open"],
            at_chat,
        ),
        Check::new(
            "doors.progress-subscribed",
            "who watches a session at the progress door sees all of its queries",
            &["doors.subscribed-at-open"],
            at_progress,
        ),
        Check::new(
            "doors.api-nothing-subscribed",
            "at a typed door nothing of another's query comes before it is subscribed to",
            &["doors.nothing-subscribed"],
            nothing_at_api,
        )
        .variant("tokens"),
        Check::new(
            "doors.api-subscribes",
            "at a typed door what is subscribed to comes, and nothing else",
            &["doors.nothing-subscribed"],
            subscribed_at_api,
        )
        .variant("tokens"),
    ]
}

/// A subscription to what is no session event: a connection that waits is not idle then.
async fn stay(cx: &Context, watcher: &mut Peer) -> Step {
    watcher.send(&json!({"type": "subscribe", "events": ["schema_changed"], "timestamp": now()})).await;
    watcher.expect_type("subscribed", cx.soon()).await.map(|_| ())
}

/// Acceptance, progress and the result of a query somebody else asks, offsets without a gap.
async fn sees_all(cx: &Context, watcher: &mut Peer, session: &str) -> Step {
    stay(cx, watcher).await?;
    let (mut asker, _) = cx.join_with(Door::Query, session, json!({"agent_id": "asker"})).await?;
    let run = ask(cx, &mut asker, &json!({"query_id": "seen"})).await?;
    run.result()?;
    let (mut next, mut names) = (1, Vec::new());
    loop {
        let is_event = |value: &Value| value.get("offset").is_some();
        let event = watcher.expect("every event of the session", work(cx), is_event).await?.value;
        let offset = field::integer(&event, "offset")?;
        ensure(offset == next, ReasonCode::Lost, &format!("offset {next}"), offset)?;
        next += 1;
        let name = field::name(&event).to_owned();
        let last = name == "query_result";
        names.push(name);
        if last {
            break;
        }
    }
    for name in ["query_accepted", "progress_update"] {
        let seen = names.iter().any(|seen| seen == name);
        ensure(seen, ReasonCode::Missing, name, format!("{names:?}"))?;
    }
    Ok(())
}

async fn at_query(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut watcher, _) = cx.join(Door::Query, &session).await?;
    sees_all(&cx, &mut watcher, &session).await
}

async fn at_chat(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut watcher, _) = cx.join(Door::Chat, &session).await?;
    sees_all(&cx, &mut watcher, &session).await
}

async fn at_progress(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, _) = cx.join(Door::Query, &session).await?;
    let mut watcher = cx.open(Door::Progress(session.clone())).await?;
    sees_all(&cx, &mut watcher, &session).await
}

/// A heartbeat answered behind the query's end: what came before it is all there was.
async fn nothing_at_api(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut watcher, _) = cx.join(Door::Api, &session).await?;
    stay(&cx, &mut watcher).await?;
    let (mut asker, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "asker"})).await?;
    ask(&cx, &mut asker, &json!({"query_id": "unseen"})).await?.result()?;
    let seen = until_heartbeat(&cx, &mut watcher).await?;
    let none = seen.is_empty();
    ensure(none, ReasonCode::Unexpected, "nothing of another's query", format!("{seen:?}"))
}

/// Names of the session events that came before the answer to a heartbeat sent now.
async fn until_heartbeat(cx: &Context, peer: &mut Peer) -> Step<Vec<String>> {
    peer.send(&json!({"type": "heartbeat", "correlation_id": "end", "timestamp": now()})).await;
    let mut seen = Vec::new();
    loop {
        let next = peer.expect("heartbeat_response", cx.soon(), |_| true).await?.value;
        match field::name(&next) {
            "heartbeat_response" => return Ok(seen),
            name if field::fields(&next).get("offset").is_some() => seen.push(name.to_owned()),
            "error" => return fail(ReasonCode::Refused, "heartbeat_response", next.to_string()),
            _ => {}
        }
    }
}

/// `query_result` stands for acceptance and terminal message; progress was not asked for.
async fn subscribed_at_api(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut watcher, _) = cx.join_with(Door::Api, &session, json!({"user_id": ANYBODY})).await?;
    watcher.send(&json!({"type": "subscribe", "events": ["query_result"], "timestamp": now()})).await;
    watcher.expect_type("subscribed", cx.soon()).await?;
    let (mut asker, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "asker"})).await?;
    ask(&cx, &mut asker, &json!({"query_id": "seen"})).await?.result()?;
    watcher.expect_type("query_accepted", work(&cx)).await?;
    let is_event = |value: &Value| field::fields(value).get("offset").is_some();
    let next = watcher.expect("query_result", work(&cx), is_event).await?.value;
    let name = field::name(&next);
    ensure(name == "query_result", ReasonCode::Unexpected, "query_result as the next event", name)
}
