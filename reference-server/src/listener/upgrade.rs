//! The upgrade to a WebSocket between inner tiers.

use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use serde_json::Value;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Body, TierError, respond, respond_json, streamed};

/// Accepts an upgrade: the answer to send, and the connection that comes of it. `Err` is the answer to what is no
/// proper upgrade.
pub(crate) fn upgrade(
    request: &mut Request<Incoming>,
) -> Result<(Response<Body>, OnUpgrade), Box<Response<Body>>> {
    let accept = accept_key(request.headers())?;
    let upgraded = hyper::upgrade::on(request);
    let mut response = respond_json(StatusCode::SWITCHING_PROTOCOLS, &Value::Null);
    *response.body_mut() = streamed(stream::empty()).into_body();
    let headers = response.headers_mut();
    headers.clear();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok((response, upgraded))
}

fn accept_key(headers: &HeaderMap) -> Result<HeaderValue, Box<Response<Body>>> {
    let refuse = |status, message: &str| respond(status, &TierError::new("INVALID_MESSAGE", message));
    if !has_token(headers, &header::CONNECTION, "upgrade")
        || !has_token(headers, &header::UPGRADE, "websocket")
    {
        let mut response = refuse(StatusCode::UPGRADE_REQUIRED, "this path is a WebSocket");
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Err(Box::new(response));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut response = refuse(StatusCode::UPGRADE_REQUIRED, "only WebSocket version 13 is spoken");
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(Box::new(response));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let accept = key.and_then(|key| HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok());
    let malformed = || refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing or malformed");
    accept.ok_or_else(|| Box::new(malformed()))
}

fn has_token(headers: &HeaderMap, name: &header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
