//! What browsers send, word for word, and how long a session lives.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::shaking::acknowledged;
use crate::checks::tokens::refusal::closed_next;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

/// How long the variant tells an expired session apart from an unknown one.
const MEMORY: Duration = Duration::from_secs(1);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "session.browser-handshake",
            "the handshake of a browser, all its fields given, is acknowledged",
            &["session.browser-handshake"],
            browser_handshake,
        ),
        Check::new(
            "session.browser-query",
            "the query of a browser, all its fields given, is accepted and its query_id comes back",
            &["session.browser-query"],
            browser_query,
        ),
        Check::new(
            "session.same-after-reload",
            "who comes back with the same ids is in the same session with the same names",
            &["session.same-after-reload"],
            same_after_reload,
        ),
        Check::new(
            "session.ids-unlike",
            "sessions made for connections have ids that can't be guessed from each other",
            &["session.ids-unlike"],
            ids_unlike,
        ),
        Check::new(
            "session.expires",
            "a session nobody is connected to ends after its announced life",
            &["session.expires"],
            expires,
        )
        .tags(&["slow"]),
        Check::new(
            "session.forgotten",
            "an expired session is in the end as one that never was",
            &["session.forgotten"],
            forgotten,
        )
        .tags(&["slow"])
        .features(&["short-memory"])
        .variant("short-memory"),
        Check::new("session.kept", "until then it is there for whoever comes back", &["session.kept"], kept)
            .tags(&["slow"]),
        Check::new(
            "session.held",
            "a connection keeps its session longer than its announced life",
            &["session.held"],
            held,
        )
        .tags(&["slow"]),
    ]
}

/// The ids browsers make.
fn browser_ids(user: &str) -> (String, String) {
    let [a, b] = rand::random::<[u32; 2]>();
    let session = format!("session_{}_{}", 1_700_000_000_000_u64 + u64::from(a), b % 100_000);
    (format!("frontend_{user}_{session}"), session)
}

/// `frontend_{user}_{session}` and all the rest of it.
async fn browser_handshake(cx: Context) -> Step {
    let user = format!("Ada-{}", cx.fresh_session());
    let (agent, session) = browser_ids(&user);
    let mut peer = cx.open_of(Door::Query, &user).await?;
    let fields = json!({
        "agent_id": agent, "agent_type": "frontend", "user_id": user, "session_id": session,
        "capabilities": ["query_processing", "real_time_updates", "heartbeat"],
        "client_info": {"browser": "Mozilla/5.0 (X11; Linux x86_64)", "url": "http://localhost:3000/chat?a=1#b"},
        "timestamp": "2026-01-10T12:00:00.000Z",
    });
    let answer = acknowledged(&cx, &mut peer, &fields).await?;
    field::equals(&answer, "agent_id", agent)?;
    field::equals(&answer, "session_id", session)?;
    field::equals(&answer, "server_agent_id", format!("backend_{user}"))
}

/// `query`, `query_id`, `session_id`, `database_context`, `preferences`, `timestamp`.
async fn browser_query(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    let list =
        cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?.json().unwrap_or_default();
    let database = field::text(&list, "default")?;
    let id = "query_1700000000000_ab12cd";
    peer.send(&json!({
        "type": "query", "query": "show revenue", "query_id": id, "session_id": session,
        "database_context": {"database": database}, "preferences": {"output_format": "json"},
        "timestamp": crate::checks::now(),
    }))
    .await;
    let answers = |value: &Value| matches!(field::name(value), "query_accepted" | "error");
    let answer = peer.expect("query_accepted", cx.soon(), answers).await?.value;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "query_accepted", answer.to_string());
    }
    field::equals(&answer, "query_id", id)?;
    field::equals(&answer, "session_id", session)
}

/// The page is loaded again: another connection, the same agent, session and epoch.
async fn same_after_reload(cx: Context) -> Step {
    let (agent, session) = browser_ids("anonymous");
    let (mut first, before) = cx.join_with(Door::Query, &session, json!({"agent_id": agent})).await?;
    first.close(1001, "", cx.soon()).await?;
    let (_second, after) = cx.join_with(Door::Query, &session, json!({"agent_id": agent})).await?;
    for name in ["agent_id", "session_id", "epoch", "server_agent_id"] {
        field::equals(&after, name, field::any(&before, name)?.clone())?;
    }
    Ok(())
}

/// Five of them: no two differ in a few characters only.
async fn ids_unlike(cx: Context) -> Step {
    let mut ids: Vec<String> = Vec::new();
    for _ in 0..5 {
        let peer = cx.open(Door::Query).await?;
        let id = peer.session_id()?.to_owned();
        for other in &ids {
            let long = id.chars().count().max(other.chars().count());
            let same = id.chars().zip(other.chars()).filter(|(one, other)| one == other).count();
            let apart = long - same;
            let expected = "ids that differ in 6 characters or more";
            ensure(apart >= 6, ReasonCode::WrongValue, expected, format!("{id} and {other}"))?;
        }
        ids.push(id);
    }
    Ok(())
}

/// A session that its only connection has just left, and its announced life.
async fn left(cx: &Context) -> Step<(String, Duration)> {
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    let life = peer.timers()?.session_ttl;
    cx.affordable(life * 2 + Duration::from_secs(2))?;
    peer.close(1000, "", cx.soon()).await?;
    peer.expect_end(cx.soon()).await?;
    Ok((session, life))
}

/// What the progress door says first.
async fn first_word(cx: &Context, session: &str) -> Step<(crate::checks::Peer, Value)> {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Progress(session.to_owned()))).await?;
    let first = peer.next_json("connection_established or an error", cx.soon()).await?.value;
    Ok((peer, first))
}

/// `SESSION_EXPIRED`, 1008 "Session expired": told apart from one that never was.
async fn expires(cx: Context) -> Step {
    let (session, life) = left(&cx).await?;
    sleep(life + life / 4 + cx.quiet(Duration::from_millis(500))).await;
    let (mut peer, first) = first_word(&cx, &session).await?;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, "error SESSION_EXPIRED", first.to_string());
    }
    field::equals(&first, "code", "SESSION_EXPIRED")?;
    closed_next(&cx, &mut peer, "Session expired").await
}

/// When its memory is over too: `INVALID_SESSION`, 1008 "Invalid session".
async fn forgotten(cx: Context) -> Step {
    let (session, life) = left(&cx).await?;
    sleep(life + life / 4 + cx.quiet(MEMORY + Duration::from_millis(500))).await;
    let (mut peer, first) = first_word(&cx, &session).await?;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, "error INVALID_SESSION", first.to_string());
    }
    field::equals(&first, "code", "INVALID_SESSION")?;
    closed_next(&cx, &mut peer, "Invalid session").await
}

/// After a third of its life.
async fn kept(cx: Context) -> Step {
    let (session, life) = left(&cx).await?;
    sleep(life / 3).await;
    let (_, first) = first_word(&cx, &session).await?;
    ensure(
        field::name(&first) == "connection_established",
        ReasonCode::Refused,
        "connection_established",
        first,
    )
}

/// Its time begins when the last connection leaves.
async fn held(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut peer, joined) = cx.join(Door::Query, &session).await?;
    let life = peer.timers()?.session_ttl;
    cx.affordable(life * 2)?;
    peer.send(&json!({"type": "subscribe", "events": ["query_result"]})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    peer.expect_silence("an open connection", life + life / 4, |_| false).await?;
    let (_, first) = first_word(&cx, &session).await?;
    if field::name(&first) == "error" {
        return fail(ReasonCode::Refused, "connection_established", first.to_string());
    }
    ensure_eq("epoch", field::text(&first, "epoch")?, field::text(&joined, "epoch")?)
}
