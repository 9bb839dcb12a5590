//! `GET /api/progress/{session_id}?poll=1`: events since, for those who ask again and again.

use serde_json::{Value, json};

use super::asking::{asked_by, looks, poll, question};
use crate::checks::rest::operations::refused;
use crate::checks::rest::sessions::make;
use crate::checks::resume::events::unless_expired;
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure, ensure_eq, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "polling.from-begin",
            "poll=1 brings all events of a session",
            &["polling.from-begin"],
            |cx: Context| unless_expired(move || from_begin(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "polling.since",
            "epoch and offset bring what came after",
            &["polling.since"],
            |cx: Context| unless_expired(move || since(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "polling.nothing-new",
            "nothing new is an empty list",
            &["polling.nothing-new"],
            |cx: Context| unless_expired(move || nothing_new(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "polling.resumed-fields",
            "resumed says what the list holds",
            &["polling.resumed-fields"],
            |cx: Context| unless_expired(move || resumed_fields(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new(
            "polling.other-epoch",
            "another epoch recovers nothing and tells the state",
            &["polling.other-epoch"],
            other_epoch,
        )
        .tags(&["slow"]),
        Check::new(
            "polling.malformed",
            "a place that can't be read is 400",
            &["polling.malformed"],
            malformed,
        ),
        Check::new(
            "polling.unknown-session",
            "a poll of an unknown session is 404",
            &["polling.unknown-session"],
            unknown,
        ),
        Check::new(
            "polling.equal-to-socket",
            "polled events are those of the socket",
            &["polling.equal-to-socket"],
            |cx: Context| unless_expired(move || equal_to_socket(cx.clone())),
        )
        .tags(&["slow"]),
        Check::new("polling.poll-at-once", "a poll waits for nothing", &["polling.poll-at-once"], at_once),
    ]
}

/// A session with one finished query.
async fn finished(cx: &Context) -> Step<(String, String)> {
    let session = cx.fresh_session();
    let made = make(cx, &session, "suite").await?;
    let (_, id) = asked_by(cx, question(cx, &json!({})).header("X-Session-Id", &session)).await?;
    looks(cx, &id).await?;
    Ok((session, field::text(&made, "epoch")?.to_owned()))
}

/// The events of a poll, unless the history forgot them within moments.
fn events(polled: &Value) -> Step<&Vec<Value>> {
    if polled["resumed"]["reason"] == "EXPIRED" {
        return Err(Stop::Harness("the history forgot events within moments".to_owned()));
    }
    field::equals(polled, "/resumed/recovered", true)?;
    field::array(polled, "events")
}

/// Without a place: everything from the begin.
async fn from_begin(cx: Context) -> Step {
    let (session, _) = finished(&cx).await?;
    let polled = poll(&cx, &session, "").await?;
    let events = events(&polled)?;
    ensure(!events.is_empty(), ReasonCode::Missing, "the session's events", "none")?;
    for (number, event) in events.iter().enumerate() {
        field::equals(event, "offset", number + 1)?;
    }
    ensure_eq("last event", field::name(&events[events.len() - 1]), "query_result")
}

/// With a place: what came after it, and nothing else.
async fn since(cx: Context) -> Step {
    let (session, epoch) = finished(&cx).await?;
    let polled = poll(&cx, &session, &format!("&epoch={epoch}&offset=2")).await?;
    let first = events(&polled)?.first().cloned().unwrap_or_default();
    field::equals(&first, "offset", 3)
}

/// Nothing new: an empty list, and recovered all the same.
async fn nothing_new(cx: Context) -> Step {
    let (session, epoch) = finished(&cx).await?;
    let all = poll(&cx, &session, "").await?;
    let top = field::integer(&all, "/resumed/top")?;
    let polled = poll(&cx, &session, &format!("&epoch={epoch}&offset={top}")).await?;
    field::equals(&polled, "/resumed/recovered", true)?;
    field::equals(&polled, "/resumed/reason", "OK")?;
    ensure_eq("events", field::array(&polled, "events")?, &Vec::<Value>::new())
}

/// `resumed` has all its fields.
async fn resumed_fields(cx: Context) -> Step {
    let (session, epoch) = finished(&cx).await?;
    let polled = poll(&cx, &session, &format!("&epoch={epoch}&offset=1")).await?;
    let last = events(&polled)?.len() as u64 + 1;
    field::equals(&polled, "/resumed/epoch", epoch)?;
    field::equals(&polled, "/resumed/from", 2)?;
    field::equals(&polled, "/resumed/to", last)?;
    field::equals(&polled, "/resumed/top", last)
}

/// Another epoch recovers nothing; the state stands beside it.
async fn other_epoch(cx: Context) -> Step {
    let (session, _) = finished(&cx).await?;
    let polled = poll(&cx, &session, "&epoch=no-such-epoch&offset=1").await?;
    field::equals(&polled, "/resumed/recovered", false)?;
    field::equals(&polled, "/resumed/reason", "EPOCH_MISMATCH")?;
    ensure_eq("events", field::array(&polled, "events")?, &Vec::<Value>::new())?;
    let finished = field::array(&polled, "/session_snapshot/finished")?;
    let completed = finished.iter().any(|ended| ended["status"] == "completed");
    ensure(completed, ReasonCode::Missing, "the completed query in the snapshot", &polled)
}

/// A place that can't be read is a mistake.
async fn malformed(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, "suite").await?;
    for place in ["&offset=abc&epoch=e", "&offset=-1&epoch=e"] {
        let path = cx.target().rest(&format!("/api/progress/{session}?poll=1{place}"));
        refused(&cx.http(Request::get(&path)).await?, 400, "INVALID_MESSAGE")?;
    }
    Ok(())
}

/// An unknown session is 404.
async fn unknown(cx: Context) -> Step {
    let path = cx.target().rest(&format!("/api/progress/{}?poll=1", cx.fresh_session()));
    refused(&cx.http(Request::get(&path)).await?, 404, "INVALID_SESSION").map(|_| ())
}

/// Polled events are those of the sockets, field by field.
async fn equal_to_socket(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, "suite").await?;
    let mut socket = cx.open(Door::Progress(session.clone())).await?;
    let (_, id) = asked_by(&cx, question(&cx, &json!({})).header("X-Session-Id", &session)).await?;
    looks(&cx, &id).await?;
    let polled = poll(&cx, &session, "").await?;
    for event in events(&polled)? {
        let wanted = |value: &Value| value["offset"] == event["offset"];
        let told = socket.expect("the same event on the socket", cx.soon(), wanted).await?.value;
        ensure_eq("polled event", event, &told)?;
    }
    Ok(())
}

/// A poll waits for nothing.
async fn at_once(cx: Context) -> Step {
    let session = cx.fresh_session();
    make(&cx, &session, "suite").await?;
    let polled = poll(&cx, &session, "").await?;
    ensure_eq("events of a new session", field::array(&polled, "events")?, &Vec::<Value>::new())
}
