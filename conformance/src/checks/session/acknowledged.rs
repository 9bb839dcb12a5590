//! What `connection_acknowledged` says.

use serde_json::{Value, json};

use super::asking::{ask, terminal};
use super::shaking::acknowledged;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new("session.acknowledged", "a handshake is acknowledged", &["session.acknowledged"], plain),
        Check::new("session.agent-id", "agent_id is echoed", &["session.agent-id"], agent_id),
        Check::new("session.session-id", "session_id is as given", &["session.session-id"], session_id),
        Check::new(
            "session.position",
            "epoch and top say where the events stand",
            &["session.position"],
            position,
        ),
        Check::new("session.top", "top counts the events so far", &["session.position"], top),
        Check::new(
            "session.server-agent-id",
            "server_agent_id names the user",
            &["session.server-agent-id"],
            server_agent_id,
        ),
        Check::new("session.anonymous", "nobody is anonymous", &["session.anonymous"], anonymous),
        Check::new(
            "session.capabilities",
            "the server names what it can do",
            &["session.capabilities"],
            capabilities,
        ),
        Check::new(
            "session.no-field-mandatory",
            "an empty handshake is enough",
            &["session.no-field-mandatory"],
            no_field,
        ),
        Check::new(
            "session.own-session",
            "without session_id the connection keeps its own",
            &["session.own-session"],
            own_session,
        ),
        Check::new(
            "session.unknown-fields",
            "unknown fields are ignored",
            &["session.unknown-fields"],
            unknown_fields,
        ),
    ]
}

/// A handshake as browsers send it is acknowledged, once, with `session_established` true and an instant.
async fn plain(cx: Context) -> Step {
    let (mut peer, answer) = cx.join(Door::Query, &cx.fresh_session()).await?;
    field::equals(&answer, "type", "connection_acknowledged")?;
    field::equals(&answer, "session_established", true)?;
    field::timestamp(&answer, "timestamp")?;
    peer.send(&json!({"type": "ping", "id": "behind"})).await;
    let next = peer.next_json("a pong behind the one acknowledgement", cx.soon()).await?;
    let repeated = field::name(&next.value) == "connection_acknowledged";
    ensure(!repeated, ReasonCode::Duplicate, "one connection_acknowledged", next.value)
}

/// `agent_id` comes back letter by letter.
async fn agent_id(cx: Context) -> Step {
    let name = "Frontend_Zoë_1";
    let (_peer, answer) = cx.join_with(Door::Query, &cx.fresh_session(), json!({"agent_id": name})).await?;
    field::equals(&answer, "agent_id", name)
}

/// `session_id` is the one asked for, capitals, `_` and `-` included.
async fn session_id(cx: Context) -> Step {
    let id = format!("Given-{}", cx.fresh_session());
    let (_peer, answer) = cx.join(Door::Query, &id).await?;
    field::equals(&answer, "session_id", id)
}

/// A session nobody has used stands at offset 0 of an epoch that can be written as `epoch:offset`.
async fn position(cx: Context) -> Step {
    let (_peer, answer) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let epoch = field::text(&answer, "epoch")?;
    let sound = !epoch.is_empty() && !epoch.contains(':');
    ensure(sound, ReasonCode::WrongValue, "an epoch without a colon", epoch)?;
    let top = field::integer(&answer, "top")?;
    ensure(top == 0, ReasonCode::WrongValue, "top 0 before the first event", top)
}

/// Who joins later is told the offset of the newest event.
async fn top(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut asker, _) = cx.join(Door::Query, &session).await?;
    ask(&asker, "q").await;
    let last = terminal(&cx, &mut asker, "q").await?;
    let (_later, answer) = cx.join_with(Door::Query, &session, json!({"agent_id": "later"})).await?;
    field::equals(&answer, "top", field::integer(&last.value, "offset")?)
}

/// `server_agent_id` is made of the user's id.
async fn server_agent_id(cx: Context) -> Step {
    let user = format!("Ada-{}", cx.fresh_session());
    let (_peer, answer) = cx.join_with(Door::Query, &cx.fresh_session(), json!({"user_id": user})).await?;
    field::equals(&answer, "server_agent_id", format!("backend_{user}"))
}

/// A handshake without `user_id` is the anonymous user's.
async fn anonymous(cx: Context) -> Step {
    let (_peer, answer) = cx.join(Door::Query, &cx.fresh_session()).await?;
    field::equals(&answer, "server_agent_id", "backend_anonymous")
}

/// The four capabilities every server of this protocol has are named; others may be.
async fn capabilities(cx: Context) -> Step {
    let (_peer, answer) = cx.join(Door::Query, &cx.fresh_session()).await?;
    for name in ["query_processing", "database_management", "real_time_updates", "heartbeat"] {
        field::contains(&answer, "server_capabilities", name)?;
    }
    Ok(())
}

/// `type` alone is a handshake; then `agent_id` is null.
async fn no_field(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let answer = acknowledged(&cx, &mut peer, &json!({})).await?;
    field::equals(&answer, "session_established", true)?;
    field::equals(&answer, "agent_id", Value::Null)
}

/// Who names no session stays in the one made for the connection.
async fn own_session(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let answer = acknowledged(&cx, &mut peer, &json!({"agent_id": "suite"})).await?;
    field::equals(&answer, "session_id", peer.session_id()?)
}

/// Fields of later versions, whatever they hold, change nothing.
async fn unknown_fields(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let fields = json!({
        "agent_id": "suite", "protocol_versions": ["2.0"], "screen": {"width": 1920, "dark": null},
        "client_info": {"browser": "suite", "url": "http://localhost/", "plugins": []}, "x-trace": 1e3,
    });
    let answer = acknowledged(&cx, &mut peer, &fields).await?;
    field::equals(&answer, "agent_id", "suite")
}
