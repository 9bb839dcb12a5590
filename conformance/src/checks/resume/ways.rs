//! Ways to come back, and whose session it is.

use serde_json::{Value, json};

use super::events::{Session, ask, begin, finished, is_event, next_after, recovered, resume, unless_expired};
use super::recovery::open_at;
use super::refusals::not_recovered;
use crate::checks::query::run::work;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("resume", "unknown-session", "a session nobody knew is another epoch", unknown_session),
        check!("resume", "other-user", "another user's session is not replayed", other_user),
        check!("resume", "resumed-first", "no event comes before resumed", resumed_first),
        check!("resume", "ways-equal", "sockets, streams and polls replay the same events", |cx: Context| {
            unless_expired(move || ways_equal(cx.clone()))
        }),
        check!("resume", "unsubscribed", "what was missed comes whatever is subscribed", |cx: Context| {
            unless_expired(move || unsubscribed(cx.clone()))
        })
        .features(&["tokens"])
        .variant("tokens"),
    ]
}

/// It is made; what the client remembers of it is of another life.
async fn unknown_session(cx: Context) -> Step {
    let session = Session { id: cx.fresh_session(), epoch: "of-another-life".to_owned() };
    let (mut peer, resumed) = resume(&cx, &session, "suite", &session.epoch, 5).await?;
    not_recovered(&resumed, "EPOCH_MISMATCH")?;
    field::equals(&resumed, "top", 0)?;
    let state = peer.expect_type("session_snapshot", cx.soon()).await?.value;
    let known = field::array(&state, "running")?.len() + field::array(&state, "finished")?.len();
    ensure(known == 0, ReasonCode::Unexpected, "a snapshot of nothing", &state)
}

/// Who knows its name, epoch and offsets is still a stranger.
async fn other_user(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (owner, thief) = (cx.fresh_session(), cx.fresh_session());
    let (mut asker, told) = cx.join_with(Door::Query, &session, json!({"user_id": owner})).await?;
    ask(&asker).await;
    next_after(&cx, &mut asker, 0).await?;
    let mut peer = cx.open_of(Door::Query, &thief).await?;
    let place = json!({"epoch": field::text(&told, "epoch")?, "offset": 0});
    let handshake = json!({
        "type": "connection_handshake", "agent_id": "suite", "session_id": session, "user_id": thief, "resume": place,
    });
    peer.send(&handshake).await;
    let answers = |value: &Value| is_event(value) || matches!(field::name(value), "error" | "resumed");
    let answer = peer.expect("error INVALID_SESSION", cx.soon(), answers).await?.value;
    if field::name(&answer) != "error" || is_event(&answer) {
        return fail(ReasonCode::Leak, "error INVALID_SESSION alone", answer.to_string());
    }
    field::equals(&answer, "code", "INVALID_SESSION")?;
    peer.expect_close(1008, Some("Invalid session"), cx.soon()).await.map(|_| ())
}

/// Also while events are made.
async fn resumed_first(cx: Context) -> Step {
    let (mut asker, session) = begin(&cx).await?;
    ask(&asker).await;
    next_after(&cx, &mut asker, 0).await?;
    let more = json!({"agent_id": "back", "resume": {"epoch": session.epoch, "offset": 0}});
    let (mut peer, _) = cx.join_with(Door::Query, &session.id, more).await?;
    let first = |value: &Value| is_event(value) || field::name(value) == "resumed";
    let first = peer.expect("resumed", cx.soon(), first).await?.value;
    if is_event(&first) {
        return fail(ReasonCode::WrongOrder, "resumed before the first event", first.to_string());
    }
    Ok(())
}

/// The events behind the first up to `top`, from a socket.
async fn replayed(cx: &Context, peer: &mut Peer, top: u64) -> Step<Vec<Value>> {
    let mut events = Vec::new();
    for seen in 1..top {
        events.push(next_after(cx, peer, seen).await?);
    }
    Ok(events)
}

/// Handshake, address, event stream and poll: the same events, field by field.
async fn ways_equal(cx: Context) -> Step {
    let (_asker, session, top) = finished(&cx).await?;
    let (mut peer, resumed) = resume(&cx, &session, "back", &session.epoch, 1).await?;
    recovered(&resumed)?;
    let shaken = replayed(&cx, &mut peer, top).await?;
    // The session has room for three connections.
    drop(peer);
    let place = format!("epoch={}&offset=1&agent_id=back", session.epoch);
    let mut watching = open_at(&cx, &session, &place).await?;
    recovered(&watching.expect_type("resumed", cx.soon()).await?.value)?;
    ensure_eq("events by the address", &replayed(&cx, &mut watching, top).await?, &shaken)?;
    drop(watching);
    ensure_eq("polled events", &polled(&cx, &session).await?, &shaken)?;
    ensure_eq("streamed events", &streamed(&cx, &session, top).await?, &shaken)
}

/// The same by a poll.
async fn polled(cx: &Context, session: &Session) -> Step<Vec<Value>> {
    let Session { id, epoch } = session;
    let path = cx.target().rest(&format!("/api/progress/{id}?poll=1&epoch={epoch}&offset=1"));
    let Some(polled) = cx.http(Request::get(&path)).await?.json() else {
        return fail(ReasonCode::Malformed, "resumed and events", "no JSON");
    };
    recovered(field::any(&polled, "resumed")?)?;
    field::array(&polled, "events").cloned()
}

/// The same by an event stream.
async fn streamed(cx: &Context, session: &Session, top: u64) -> Step<Vec<Value>> {
    let path = cx.target().rest(&format!("/api/progress/{}?agent_id=back", session.id));
    let request = Request::get(&path).header("Last-Event-ID", &format!("{}:1", session.epoch));
    let mut stream = cx.stream(request).await?;
    recovered(&stream.expect("resumed", cx.soon()).await?.value)?;
    let mut events = Vec::new();
    while events.len() as u64 + 1 < top {
        match stream.next_event("the missed events", work(cx)).await? {
            Some(event) => events.push(event.value),
            None => return fail(ReasonCode::Lost, "the missed events", "the end of the stream"),
        }
    }
    Ok(events)
}

/// A typed door subscribes nothing, and who comes back to it gets everything all the same.
async fn unsubscribed(cx: Context) -> Step {
    let (_asker, session, top) = finished(&cx).await?;
    let more = json!({"agent_id": "back", "resume": {"epoch": session.epoch, "offset": 0}});
    let (mut peer, _) = cx.join_with(Door::Api, &session.id, more).await?;
    let resumed = peer.expect_type("resumed", cx.soon()).await?.value;
    recovered(field::fields(&resumed))?;
    for offset in 1..=top {
        let what = format!("the event with offset {offset}");
        let event = peer.expect(&what, work(&cx), is_event).await?.value;
        field::equals(field::fields(&event), "offset", offset)?;
    }
    Ok(())
}
