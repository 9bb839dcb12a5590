//! Sessions over HTTP: whose they are, how long they live, who follows them.

use std::time::Duration;

use serde_json::{Value, json};

use super::operations::{body, refused, status};
use super::sessions::make;
use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, ensure, field};
use crate::peer::{Request, Response};
use crate::target::Door;

/// Added to the life of a session before it must be over.
const SLACK: Duration = Duration::from_millis(500);

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rest", "session-bare", "a session may be made of nothing", bare),
        check!("rest", "session-again", "a session of one's own may be made again", again),
        check!("rest", "session-of-another", "a session of another user can't be made again", of_another),
        check!("rest", "session-body-wins", "the session in the body wins over the field", body_wins),
        check!("rest", "session-expired", "a session that nobody used for its time is 410", expired)
            .tags(&["slow"]),
        check!("rest", "stream-superseded", "an agent that resumes a stream ends its old one", superseded),
    ]
}

async fn post(cx: &Context, path: &str, wanted: &Value, user: &str) -> Step<Response> {
    cx.http_of(Request::post_json(&cx.target().rest(path), wanted), user).await
}

async fn bare(cx: Context) -> Step {
    let answer = post(&cx, "/api/sessions", &json!({}), ANYBODY).await?;
    status(&answer, 201)?;
    let made = body(&answer)?;
    let id = field::text(&made, "session_id")?;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    ensure(
        plain && (8..=128).contains(&id.len()),
        ReasonCode::WrongValue,
        "8 to 128 of A-Z a-z 0-9 _ -",
        id,
    )?;
    field::equals(&made, "user_id", ANYBODY)
}

async fn again(cx: Context) -> Step {
    let id = cx.fresh_session();
    let made = make(&cx, &id, "suite").await?;
    let answer = post(&cx, "/api/sessions", &json!({"session_id": id, "user_id": "suite"}), "suite").await?;
    status(&answer, 200)?;
    let found = body(&answer)?;
    field::equals(&found, "session_id", id)?;
    field::equals(&found, "epoch", field::text(&made, "epoch")?)
}

async fn of_another(cx: Context) -> Step {
    let id = cx.fresh_session();
    make(&cx, &id, "suite").await?;
    let answer = post(&cx, "/api/sessions", &json!({"session_id": id, "user_id": "other"}), "other").await?;
    refused(&answer, 404, "INVALID_SESSION").map(|_| ())
}

async fn body_wins(cx: Context) -> Step {
    let (named, other) = (cx.fresh_session(), cx.fresh_session());
    make(&cx, &named, ANYBODY).await?;
    make(&cx, &other, ANYBODY).await?;
    let question = json!({"query": "show revenue", "session_id": named});
    let request = Request::post_json(&cx.target().rest("/api/query"), &question);
    let answer = cx.http_within(request.header("X-Session-Id", &other), Duration::from_secs(6)).await?;
    status(&answer, 200)?;
    field::equals(&body(&answer)?, "session_id", named)
}

/// Neither unknown nor still there; asked for once only, since asking is using.
async fn expired(cx: Context) -> Step {
    let life = cx.open(Door::Query).await?.established().clone();
    let life = Duration::from_millis(field::integer(&life, "/timers/session_ttl_ms")?);
    cx.affordable(life + SLACK + Duration::from_secs(1))?;
    let id = cx.fresh_session();
    make(&cx, &id, ANYBODY).await?;
    tokio::time::sleep(life + SLACK).await;
    let answer = cx.http(Request::get(&cx.target().rest(&format!("/api/sessions/{id}")))).await?;
    refused(&answer, 410, "SESSION_EXPIRED").map(|_| ())
}

/// Both streams name the agent, the second its place.
async fn superseded(cx: Context) -> Step {
    let id = cx.fresh_session();
    let made = make(&cx, &id, ANYBODY).await?;
    let epoch = field::text(&made, "epoch")?;
    let follow = |place: &str| {
        let path = cx.target().rest(&format!("/api/progress/{id}?agent_id=suite{place}"));
        let request = Request::get(&path);
        match cx.token_of(ANYBODY) {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    };
    let mut old = cx.stream(follow("")).await?;
    let mut new = cx.stream(follow(&format!("&epoch={epoch}&offset=0"))).await?;
    new.expect("resumed", cx.soon()).await?;
    old.expect_end(cx.soon()).await
}
