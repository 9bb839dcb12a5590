//! Sessions over HTTP: made, asked for, deleted.

use serde_json::{Value, json};

use super::operations::{body, refused, status};
use crate::checks::{Context, Step, field};
use crate::peer::Request;
use crate::target::Door;

/// Makes the session `id` for `user`.
pub(in crate::checks) async fn make(cx: &Context, id: &str, user: &str) -> Step<Value> {
    let wanted = json!({"session_id": id, "user_id": user});
    let response = cx.http_of(Request::post_json(&cx.target().rest("/api/sessions"), &wanted), user).await?;
    status(&response, 201)?;
    body(&response)
}

fn path(cx: &Context, id: &str) -> String {
    cx.target().rest(&format!("/api/sessions/{id}"))
}

/// All fields, and those that were given unchanged.
pub(super) async fn create(cx: Context) -> Step {
    let id = cx.fresh_session();
    let made = make(&cx, &id, "suite").await?;
    field::equals(&made, "session_id", id)?;
    field::equals(&made, "user_id", "suite")?;
    field::text(&made, "epoch")?;
    field::equals(&made, "top", 0)?;
    field::equals(&made, "connections", 0)?;
    field::timestamp(&made, "expires_at").map(|_| ())
}

/// `connections` counts what is open.
pub(super) async fn get(cx: Context) -> Step {
    let id = cx.fresh_session();
    let made = make(&cx, &id, "suite").await?;
    let _peer = cx.open_of(Door::Progress(id.clone()), "suite").await?;
    let response = cx.http_of(Request::get(&path(&cx, &id)), "suite").await?;
    status(&response, 200)?;
    let found = body(&response)?;
    field::equals(&found, "session_id", id)?;
    field::equals(&found, "user_id", "suite")?;
    field::equals(&found, "epoch", field::text(&made, "epoch")?)?;
    field::integer(&found, "top")?;
    field::timestamp(&found, "expires_at")?;
    field::equals(&found, "connections", 1)
}

/// An id that was never known.
pub(super) async fn unknown(cx: Context) -> Step {
    let response = cx.http(Request::get(&path(&cx, &cx.fresh_session()))).await?;
    refused(&response, 404, "INVALID_SESSION").map(|_| ())
}

/// An id that is too short.
pub(super) async fn malformed(cx: Context) -> Step {
    let response = cx.http(Request::get(&path(&cx, "short"))).await?;
    refused(&response, 404, "INVALID_SESSION").map(|_| ())
}

/// Sockets are closed with the exact reason, and the id is told apart from an unknown one.
pub(super) async fn delete(cx: Context) -> Step {
    let id = cx.fresh_session();
    make(&cx, &id, "suite").await?;
    let mut peer = cx.open_of(Door::Progress(id.clone()), "suite").await?;
    let response = cx.http_of(Request::new("DELETE", &path(&cx, &id)), "suite").await?;
    status(&response, 204)?;
    peer.expect_close(1008, Some("Session expired"), cx.soon()).await?;
    let response = cx.http_of(Request::get(&path(&cx, &id)), "suite").await?;
    refused(&response, 410, "SESSION_EXPIRED").map(|_| ())
}
