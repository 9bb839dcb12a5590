//! Upgrades that are refused, always by HTTP (RFC 6455 §4.2.1, §4.4).

use crate::checks::{Context, ReasonCode, Step, fail};
use crate::peer::{Request, Response};
use crate::target::Door;

/// Sends `request`; the answer must have one of `statuses`.
async fn refused(cx: &Context, request: &Request, statuses: &[u16]) -> Step<Response> {
    let response = cx.exchange("refused", request).await?;
    let expected = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    match response.status {
        101 => fail(ReasonCode::Accepted, format!("refusal with {expected}"), "101 Switching Protocols"),
        status if statuses.contains(&status) => Ok(response),
        status => fail(ReasonCode::WrongStatus, format!("status {expected}"), format!("status {status}")),
    }
}

/// Field `name` of a refusal must hold `token`.
fn names(response: &Response, name: &str, token: &str) -> Step {
    match response.field(name) {
        None => fail(ReasonCode::Missing, format!("field {name}: {token} in the response"), "none"),
        Some(value) if value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)) => Ok(()),
        Some(value) => fail(ReasonCode::WrongValue, format!("{name}: {token}"), format!("{name}: {value}")),
    }
}

/// Another version than 13: 426 that names 13.
pub(super) async fn version(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).with("Sec-WebSocket-Version", "8");
    let response = refused(&cx, &request, &[426]).await?;
    names(&response, "Sec-WebSocket-Version", "13")
}

/// No version: 400.
pub(super) async fn no_version(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).without("Sec-WebSocket-Version");
    refused(&cx, &request, &[400]).await.map(|_| ())
}

/// No key: 400.
pub(super) async fn no_key(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).without("Sec-WebSocket-Key");
    refused(&cx, &request, &[400]).await.map(|_| ())
}

/// A key that is not 16 bytes in base64: 400.
pub(super) async fn bad_key(cx: Context) -> Step {
    for key in ["too short", "dGhpcyBpcyBtb3JlIHRoYW4gMTYgYnl0ZXM="] {
        let request = cx.upgrade_request(&Door::Query).with("Sec-WebSocket-Key", key);
        refused(&cx, &request, &[400]).await?;
    }
    Ok(())
}

/// Another method than GET on a door: 405.
pub(super) async fn method(cx: Context) -> Step {
    let mut request = cx.upgrade_request(&Door::Query).header("Content-Length", "0");
    "POST".clone_into(&mut request.method);
    refused(&cx, &request, &[405]).await.map(|_| ())
}

/// A path that is no door: 404.
pub(super) async fn unknown_path(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Path("/ws/no-such-door".to_owned()));
    refused(&cx, &request, &[404]).await.map(|_| ())
}

/// A plain GET on a door: 426 with `Upgrade: websocket`.
pub(super) async fn plain_get(cx: Context) -> Step {
    let request = Request::get(&cx.target().path(&Door::Query)).header("Host", &cx.target().host());
    let response = refused(&cx, &request, &[426]).await?;
    names(&response, "Upgrade", "websocket")
}

/// `Upgrade` without the `upgrade` token in `Connection` is no upgrade: 400, or 426 as for a plain GET.
pub(super) async fn no_connection_token(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).with("Connection", "keep-alive");
    refused(&cx, &request, &[400, 426]).await.map(|_| ())
}

/// Upgrades need HTTP/1.1: over 1.0 they are refused.
pub(super) async fn http_1_0(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).version("HTTP/1.0");
    refused(&cx, &request, &[400, 426, 505]).await.map(|_| ())
}

/// A page of another origin must not open a door with the user's browser: 403.
pub(super) async fn foreign_origin(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).header("Origin", "https://foreign.example");
    refused(&cx, &request, &[403]).await.map(|_| ())
}

/// The page the server itself delivers may open its doors.
pub(super) async fn same_origin(cx: Context) -> Step {
    let origin = format!("http://{}", cx.target().host());
    let request = cx.upgrade_request(&Door::Query).header("Origin", &origin);
    cx.upgrade(&request).await?.expect_open(cx.soon()).await
}
