//! What nobody may hear of another's session, wherever they stand.

use serde_json::{Value, json};

use super::actors::{
    OTHER, OWNER, ask, body, enter, follow, owner, request, subscribe, told_nothing, unshaken,
};
use super::selection;
use crate::checks::query::run::QUESTION;
use crate::checks::resume::events::next_after;
use crate::checks::{Context, Peer, ReasonCode, Step, ensure, field};
use crate::peer::Request;
use crate::target::Door;

/// The owner's query runs from beginning to end while the other listens.
async fn unheard(cx: &Context, mut other: Peer) -> Step {
    let (mut peer, session, _) = owner(cx).await?;
    let (transaction, _) = ask(cx, &mut peer, 0).await?;
    told_nothing(cx, &mut other, &[&session, &transaction]).await
}

/// Another session, on the same door.
pub(super) async fn query_door(cx: Context) -> Step {
    let (other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    unheard(&cx, other).await
}

/// Another session of the same user.
pub(super) async fn same_user(cx: Context) -> Step {
    let user = json!({"user_id": cx.fresh_session()});
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), user.clone()).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = enter(&cx, OWNER, Door::Query, &session, user).await?;
    let (transaction, _) = ask(&cx, &mut peer, 0).await?;
    told_nothing(&cx, &mut other, &[&session, &transaction]).await
}

/// The progress door of another session.
pub(super) async fn progress_door(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_holder, _) = cx.join(Door::Query, &session).await?;
    let other = unshaken(&cx, OTHER, Door::Progress(session)).await?;
    unheard(&cx, other).await
}

async fn demo(cx: &Context, door: Door) -> Step {
    let mut other = unshaken(cx, OTHER, door).await?;
    subscribe(cx, &mut other).await?;
    unheard(cx, other).await
}

/// The demo door, subscribed to everything.
pub(super) async fn demo_door(cx: Context) -> Step {
    demo(&cx, Door::Demo).await
}

/// The same under its other path.
pub(super) async fn demo_api_door(cx: Context) -> Step {
    demo(&cx, Door::DemoApi).await
}

/// A demo that claims the session in its handshake.
pub(super) async fn demo_claims(cx: Context) -> Step {
    let (mut peer, session, _) = owner(&cx).await?;
    let (mut other, told) = enter(&cx, OTHER, Door::Demo, &session, json!({})).await?;
    let claimed = told["session_id"] == session.as_str() || told["payload"]["session_id"] == session.as_str();
    ensure(!claimed, ReasonCode::Leak, "a throw-away session", &told)?;
    let (transaction, _) = ask(&cx, &mut peer, 0).await?;
    told_nothing(&cx, &mut other, &[&transaction]).await
}

/// The chat door.
pub(super) async fn chat_door(cx: Context) -> Step {
    let (other, _) = enter(&cx, OTHER, Door::Chat, &cx.fresh_session(), json!({})).await?;
    unheard(&cx, other).await
}

/// One who shook no hands.
pub(super) async fn no_handshake(cx: Context) -> Step {
    let mut other = unshaken(&cx, OTHER, Door::Query).await?;
    subscribe(&cx, &mut other).await?;
    unheard(&cx, other).await
}

/// Polling another session.
pub(super) async fn polling(cx: Context) -> Step {
    let (mut peer, session, _) = owner(&cx).await?;
    let foreign = cx.fresh_session();
    let (_holder, _) = cx.join(Door::Query, &foreign).await?;
    let (transaction, _) = ask(&cx, &mut peer, 0).await?;
    let path = cx.target().rest(&format!("/api/progress/{foreign}?poll=1"));
    let found = body(&request(&cx, OTHER, Request::get(&path)).await?);
    field::array(&found, "events")?;
    let text = found.to_string();
    let heard = text.contains(&session) || text.contains(&transaction);
    ensure(!heard, ReasonCode::Leak, "no event of another session", text)
}

/// A query over HTTP is its session's alone.
pub(super) async fn posted(cx: Context) -> Step {
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    let (mut peer, session, _) = owner(&cx).await?;
    let query = json!({"query": QUESTION, "session_id": session});
    let post = Request::post_json(&cx.target().rest("/api/query"), &query).header("Prefer", "respond-async");
    request(&cx, OWNER, post).await?;
    let (transaction, _) = follow(&cx, &mut peer, 0).await?;
    told_nothing(&cx, &mut other, &[&session, &transaction]).await
}

/// What database was selected is the session's alone.
pub(super) async fn selected(cx: Context) -> Step {
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    let (mut peer, session, _) = owner(&cx).await?;
    let names = selection::names(&cx).await?;
    selection::select(&cx, &session, &names.default).await?;
    let is_changed = |value: &Value| field::name(value) == "database_context_changed";
    peer.expect("database_context_changed", cx.soon(), is_changed).await?;
    told_nothing(&cx, &mut other, &[&session, "database_context_changed"]).await
}

/// Answers go to who asked, not to the other windows of the session.
pub(super) async fn answers(cx: Context) -> Step {
    let (mut peer, session, _) = owner(&cx).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    let id = cx.fresh_session();
    peer.send(&json!({"type": "ping", "id": id})).await;
    peer.expect_type("pong", cx.soon()).await?;
    peer.send(&json!({"type": "heartbeat", "correlation_id": id})).await;
    peer.expect_type("heartbeat_response", cx.soon()).await?;
    peer.send(&json!({"type": "subscribe", "events": ["chat"], "id": id})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    peer.send(&json!({"type": "no-such-type", "id": id})).await;
    peer.expect_type("error", cx.soon()).await?;
    told_nothing(&cx, &mut other, &[&id]).await
}

/// A snapshot lists the session's own queries alone.
pub(super) async fn snapshot(cx: Context) -> Step {
    let (mut peer, _, _) = owner(&cx).await?;
    let (foreign, _) = ask(&cx, &mut peer, 0).await?;
    let session = cx.fresh_session();
    let (mut first, _) = cx.join(Door::Query, &session).await?;
    first.send(&json!({"type": "query", "query": QUESTION})).await;
    let own = next_after(&cx, &mut first, 0).await?["transaction_id"].clone();
    let place = json!({"resume": {"epoch": "no-such-epoch", "offset": 0}});
    let mut other = unshaken(&cx, OTHER, Door::Query).await?;
    let mut handshake = json!({"type": "connection_handshake", "agent_id": super::actors::name(&cx, OTHER), "session_id": session});
    handshake["resume"] = place["resume"].clone();
    other.send(&handshake).await;
    let state = other.expect_type("session_snapshot", cx.soon()).await?.value;
    for list in ["running", "finished"] {
        for found in field::array(&state, list)? {
            let what = format!("{own} alone, not {foreign}");
            ensure(found["transaction_id"] == own, ReasonCode::Leak, &what, &state)?;
        }
    }
    Ok(())
}
