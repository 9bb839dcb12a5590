//! What nobody may do to another's session: command, resume, supersede, end.

use serde_json::{Value, json};

use super::actors::{OTHER, OWNER, ask, begun, body, enter, name, owner, request, unshaken};
use crate::checks::query::run::work;
use crate::checks::resume::events::{is_event, no_event};
use crate::checks::{Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::peer::Request;
use crate::target::Door;

/// The other's command is not found, and the owner's query comes to its result.
async fn unmoved(cx: &Context, mut other: Peer, action: &str) -> Step {
    let (mut peer, _, _) = owner(cx).await?;
    let transaction = begun(cx, &mut peer).await?;
    let command = json!({
        "type": "command", "action": action, "transaction_id": transaction, "id": "c", "timestamp": now(),
    });
    other.send(&command).await;
    let answers = |value: &Value| matches!(field::name(value), "error" | "command_result");
    let answer = other.expect("error NOT_FOUND", cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error NOT_FOUND", answer.to_string());
    }
    field::equals(&answer, "code", "NOT_FOUND")?;
    let over = |value: &Value| {
        is_event(value) && matches!(field::name(value), "query_result" | "query_cancelled" | "error")
    };
    let end = peer.expect("query_result", work(cx), over).await?.value;
    ensure(field::name(&end) == "query_result", ReasonCode::Refused, "query_result", end)
}

async fn elsewhere(cx: &Context, door: Door) -> Step<Peer> {
    Ok(enter(cx, OTHER, door, &cx.fresh_session(), json!({})).await?.0)
}

/// Pause.
pub(super) async fn pause(cx: Context) -> Step {
    unmoved(&cx, elsewhere(&cx, Door::Query).await?, "pause").await
}

/// Resume.
pub(super) async fn go_on(cx: Context) -> Step {
    unmoved(&cx, elsewhere(&cx, Door::Query).await?, "resume").await
}

/// Retry.
pub(super) async fn retry(cx: Context) -> Step {
    unmoved(&cx, elsewhere(&cx, Door::Query).await?, "retry").await
}

/// Cancel, from the chat door.
pub(super) async fn from_chat(cx: Context) -> Step {
    unmoved(&cx, elsewhere(&cx, Door::Chat).await?, "cancel").await
}

/// Cancel, from the demo door.
pub(super) async fn from_demo(cx: Context) -> Step {
    let other = unshaken(&cx, OTHER, Door::Demo).await?;
    unmoved(&cx, other, "cancel").await
}

fn not_recovered(resumed: &Value) -> Step {
    field::equals(resumed, "recovered", false)?;
    field::equals(resumed, "reason", "EPOCH_MISMATCH")
}

/// A place in the owner's book is none in another's.
pub(super) async fn foreign_epoch(cx: Context) -> Step {
    let (mut peer, _, epoch) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    let mut other = unshaken(&cx, OTHER, Door::Query).await?;
    let handshake = json!({
        "type": "connection_handshake", "agent_id": name(&cx, OTHER), "session_id": cx.fresh_session(),
        "resume": {"epoch": epoch, "offset": 0},
    });
    other.send(&handshake).await;
    not_recovered(&other.expect_type("resumed", cx.soon()).await?.value)?;
    no_event(&cx, &mut other).await
}

/// The same by the address of the progress door.
pub(super) async fn foreign_epoch_address(cx: Context) -> Step {
    let (mut peer, _, epoch) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    let session = cx.fresh_session();
    let (_holder, _) = cx.join(Door::Query, &session).await?;
    let mut upgrade = cx.upgrade_request(&Door::Progress(session)).header("X-Request-Id", &name(&cx, OTHER));
    upgrade.target = format!("{}?epoch={epoch}&offset=0", upgrade.target);
    let mut other = cx.open_by(&upgrade).await?;
    not_recovered(&other.expect_type("resumed", cx.soon()).await?.value)?;
    no_event(&cx, &mut other).await
}

/// The same by polling.
pub(super) async fn foreign_epoch_poll(cx: Context) -> Step {
    let (mut peer, _, epoch) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    let session = cx.fresh_session();
    let (_holder, _) = cx.join(Door::Query, &session).await?;
    let path = cx.target().rest(&format!("/api/progress/{session}?poll=1&epoch={epoch}&offset=0"));
    let found = body(&request(&cx, OTHER, Request::get(&path)).await?);
    not_recovered(field::any(&found, "resumed")?)?;
    let events = field::array(&found, "events")?;
    ensure(events.is_empty(), ReasonCode::Leak, "no events", &found)
}

/// An agent of the same name in another session supersedes nobody here.
pub(super) async fn same_agent(cx: Context) -> Step {
    let (mut peer, _, _) = owner(&cx).await?;
    let session = cx.fresh_session();
    let (_first, told) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    let mut again = cx.open(Door::Query).await?;
    let handshake = json!({
        "type": "connection_handshake", "agent_id": name(&cx, OWNER), "session_id": session,
        "resume": {"epoch": told["epoch"], "offset": 0},
    });
    again.send(&handshake).await;
    again.expect_type("resumed", cx.soon()).await?;
    peer.expect_open(cx.soon()).await
}

/// The end of one session is none of another of the same user.
pub(super) async fn deleted(cx: Context) -> Step {
    let user = json!({"user_id": cx.fresh_session()});
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), user.clone()).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = enter(&cx, OWNER, Door::Query, &session, user).await?;
    let path = cx.target().rest(&format!("/api/sessions/{session}"));
    request(&cx, OWNER, Request::new("DELETE", &path)).await?;
    peer.expect_close(1008, Some("Session expired"), cx.soon()).await?;
    other.send(&json!({"type": "ping", "id": "alive"})).await;
    let pong = other.expect_type("pong", cx.soon()).await?.value;
    field::equals(&pong, "id", "alive")
}

/// A session that is bound to a user is not given to another over HTTP.
pub(super) async fn bound(cx: Context) -> Step {
    let session = cx.fresh_session();
    let user = json!({"user_id": cx.fresh_session()});
    let (mut peer, _) = enter(&cx, OWNER, Door::Query, &session, user).await?;
    let wanted = json!({"session_id": session, "user_id": cx.fresh_session()});
    let post = Request::post_json(&cx.target().rest("/api/sessions"), &wanted);
    let response = request(&cx, OTHER, post).await?;
    if response.status != 404 {
        let actual = format!("{} {}", response.status, body(&response));
        return fail(ReasonCode::WrongStatus, "404 INVALID_SESSION", actual);
    }
    field::equals(&body(&response), "code", "INVALID_SESSION")?;
    peer.expect_open(cx.soon()).await
}

/// A connection that breaks the protocol is closed alone.
pub(super) async fn violator(cx: Context) -> Step {
    let (mut peer, session, _) = owner(&cx).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    peer.send_frame(crate::peer::Frame::binary(vec![0x80])).await;
    peer.expect_close(1003, None, cx.soon()).await?;
    ask(&cx, &mut other, 0).await.map(|_| ())
}

/// A session that is full leaves room in another of the same user.
pub(super) async fn room(cx: Context) -> Step {
    let user = json!({"user_id": cx.fresh_session()});
    let session = cx.fresh_session();
    let (peer, _) = enter(&cx, OWNER, Door::Query, &session, user.clone()).await?;
    let most = field::integer(peer.established(), "/limits/max_connections_per_session")?.min(8);
    let mut others = Vec::new();
    for _ in 1..most {
        others.push(cx.open(Door::Progress(session.clone())).await?);
    }
    enter(&cx, OTHER, Door::Query, &cx.fresh_session(), user).await.map(|_| ())
}
