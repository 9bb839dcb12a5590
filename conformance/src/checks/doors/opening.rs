//! What each path opens, and what is no door.

use serde_json::{Value, json};

use crate::checks::query::run::{ask, follow, query};
use crate::checks::tokens::refusal::{closed_next, refused_at_door};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("doors", "chat", "the chat door opens and speaks the named dialect", chat),
        check!("doors", "progress", "the progress door opens the session of its path", progress),
        check!("doors", "progress-asks", "a query can be asked at the progress door", progress_asks),
        check!(
            "doors",
            "progress-malformed",
            "a malformed id in the path is INVALID_SESSION",
            progress_malformed
        ),
        check!("doors", "progress-ended", "an ended session in the path is SESSION_EXPIRED", progress_ended),
        check!("doors", "progress-bare", "the progress path without a session is 404", progress_bare),
        check!(
            "doors",
            "api-needs-token",
            "the production door never opens without a token",
            api_needs_token
        ),
        check!(
            "doors",
            "dev-needs-token",
            "the development door never opens without a token",
            dev_needs_token
        ),
        check!(
            "doors",
            "api-opens",
            "the production door opens with a token and speaks the typed dialect",
            api_opens
        )
        .variant("tokens"),
        check!(
            "doors",
            "dev-opens",
            "the development door opens with a token and speaks the typed dialect",
            dev_opens
        )
        .variant("tokens"),
        check!("doors", "plain-get", "a plain GET on any door is 426", plain_get),
        check!("doors", "method-allow", "405 names the methods there are", method_allow),
        check!(
            "doors",
            "upgrade-elsewhere",
            "an upgrade on a path of a request is no door",
            upgrade_elsewhere
        ),
        check!("doors", "unknown-body", "404 has an error body", unknown_body),
        check!(
            "doors",
            "own-ids",
            "each connection has a client_id of its own, all have one server_id",
            own_ids
        ),
    ]
}

/// `connection_established` of the chat door.
async fn chat(cx: Context) -> Step {
    let peer = cx.open(Door::Chat).await?;
    field::equals(peer.established(), "dialect", "named")
}

/// Its `session_id` is the one of the path, and so is the epoch.
async fn progress(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, joined) = cx.join(Door::Query, &session).await?;
    let peer = cx.open(Door::Progress(session.clone())).await?;
    field::equals(peer.established(), "dialect", "named")?;
    field::equals(peer.established(), "session_id", session)?;
    field::equals(peer.established(), "epoch", field::text(&joined, "epoch")?)
}

/// One state machine: the query is one of the path's session.
async fn progress_asks(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, _) = cx.join(Door::Query, &session).await?;
    let mut peer = cx.open(Door::Progress(session.clone())).await?;
    let run = ask(&cx, &mut peer, &json!({"query_id": "p"})).await?;
    field::equals(run.result()?, "session_id", session)
}

/// An id too short: as one that never was.
async fn progress_malformed(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Progress("short".to_owned()));
    refused(&cx, &request, "INVALID_SESSION", "Invalid session").await
}

/// Error, then 1008, with nothing before, between or behind.
async fn refused(cx: &Context, request: &Request, code: &str, reason: &str) -> Step {
    let mut peer = cx.upgrade(request).await?;
    let first = peer.next_json(&format!("error {code}"), cx.soon()).await?.value;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), first.to_string());
    }
    field::equals(&first, "code", code)?;
    closed_next(cx, &mut peer, reason).await
}

/// Ended by `DELETE`: a client is told the difference to one that never was.
async fn progress_ended(cx: Context) -> Step {
    let session = cx.fresh_session();
    let path = cx.target().rest("/api/sessions");
    let made = cx.http(Request::post_json(&path, &json!({"session_id": session}))).await?;
    ensure(made.status == 201, ReasonCode::WrongStatus, "status 201", made.status)?;
    let ended = cx.http(Request::new("DELETE", &format!("{path}/{session}"))).await?;
    ensure(ended.status == 204, ReasonCode::WrongStatus, "status 204", ended.status)?;
    let request = cx.upgrade_request(&Door::Progress(session));
    refused(&cx, &request, "SESSION_EXPIRED", "Session expired").await
}

/// There is no progress of nobody.
async fn progress_bare(cx: Context) -> Step {
    let path = cx.target().doors.progress.trim_end_matches('/').to_owned();
    no_door(&cx, &Door::Path(path)).await
}

async fn no_door(cx: &Context, door: &Door) -> Step {
    let response = cx.exchange("no-door", &cx.upgrade_request(door)).await?;
    let actual = format!("status {}", response.status);
    ensure(response.status != 101, ReasonCode::Accepted, "status 404", &actual)?;
    ensure(response.status == 404, ReasonCode::WrongStatus, "status 404", actual)
}

/// Whatever the configuration says of other doors.
async fn api_needs_token(cx: Context) -> Step {
    refused_at_door(&cx, &cx.bare_upgrade_request(&Door::Api), "AUTH_REQUIRED").await.map(|_| ())
}

/// The same at the other one.
async fn dev_needs_token(cx: Context) -> Step {
    refused_at_door(&cx, &cx.bare_upgrade_request(&Door::Dev), "AUTH_REQUIRED").await.map(|_| ())
}

async fn api_opens(cx: Context) -> Step {
    opens_typed(&cx, Door::Api).await
}

async fn dev_opens(cx: Context) -> Step {
    opens_typed(&cx, Door::Dev).await
}

/// Its greeting says so, and a query is answered by a `response`.
async fn opens_typed(cx: &Context, door: Door) -> Step {
    let mut peer = cx.open(door).await?;
    field::equals(peer.established(), "dialect", "typed")?;
    peer.send(&query(&json!({"id": "t", "timestamp": crate::checks::now()}))).await;
    let run = follow(cx, &mut peer).await?;
    let last = &run.terminal()?.value;
    field::equals(last, "type", "response")?;
    field::equals(last, "id", "t")
}

/// 426 with `Upgrade: websocket`, on each door.
async fn plain_get(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, _) = cx.join(Door::Query, &session).await?;
    for door in [Door::Chat, Door::Progress(session), Door::Demo, Door::DemoApi, Door::Api, Door::Dev] {
        let path = cx.target().path(&door);
        let response = cx.http(Request::get(&path)).await?;
        let actual = format!("{path}: status {}", response.status);
        ensure(response.status == 426, ReasonCode::WrongStatus, "status 426", &actual)?;
        let upgrade = response.field("Upgrade").unwrap_or_default();
        let named = upgrade.eq_ignore_ascii_case("websocket");
        ensure(named, ReasonCode::WrongValue, "Upgrade: websocket", format!("{path}: {upgrade:?}"))?;
    }
    Ok(())
}

/// RFC 9110 §15.5.6: 405 comes with `Allow`.
async fn method_allow(cx: Context) -> Step {
    let mut request = cx.upgrade_request(&Door::Query);
    "DELETE".clone_into(&mut request.method);
    let response = cx.exchange("method", &request).await?;
    ensure(response.status == 405, ReasonCode::WrongStatus, "status 405", response.status)?;
    match response.field("Allow") {
        None => fail(ReasonCode::Missing, "Allow: GET", "none"),
        Some(value) if value.split(',').any(|method| method.trim() == "GET") => Ok(()),
        Some(value) => fail(ReasonCode::WrongValue, "Allow: GET", format!("{value:?}")),
    }
}

/// `/health` is answered, or refused: it is not upgraded.
async fn upgrade_elsewhere(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Path("/health".to_owned()));
    let response = cx.exchange("elsewhere", &request).await?;
    ensure(response.status != 101, ReasonCode::Accepted, "no upgrade", "101 Switching Protocols")
}

/// The same object as everywhere: `NOT_FOUND`.
async fn unknown_body(cx: Context) -> Step {
    let response = cx.http(Request::get(&cx.target().rest("/api/unheard-of"))).await?;
    ensure(response.status == 404, ReasonCode::WrongStatus, "status 404", response.status)?;
    let body = response.json().unwrap_or(Value::Null);
    field::equals(&body, "type", "error")?;
    field::equals(&body, "code", "NOT_FOUND")?;
    field::text(&body, "message")?;
    field::timestamp(&body, "timestamp").map(|_| ())
}

/// Two connections of one session: two clients of one server.
async fn own_ids(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (one, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "one"})).await?;
    let (two, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "two"})).await?;
    let id =
        |peer: &crate::checks::Peer, name: &str| field::text(peer.established(), name).map(str::to_owned);
    let (first, second) = (id(&one, "client_id")?, id(&two, "client_id")?);
    ensure(first != second, ReasonCode::Duplicate, "two client_ids", first)?;
    let (first, second) = (id(&one, "server_id")?, id(&two, "server_id")?);
    ensure(first == second, ReasonCode::WrongValue, "one server_id", format!("{first} and {second}"))
}
