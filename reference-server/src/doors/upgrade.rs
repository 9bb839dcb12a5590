//! The opening handshake (RFC 6455, section 4.2), by hand: which request becomes a connection, and which HTTP
//! answer the others get.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ALLOW, CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::extensions;
use super::origin;
use super::refusal::{full, refuse, refuse_with};
use super::tokens;
use super::{Body, Doors, Identity, Opening, QueryParams, client_address};
use crate::config;
use crate::connection::engine::Deflate;
use crate::wire::error::Code;

/// The subprotocol the server speaks.
pub const SUBPROTOCOL: &str = "tidegate.v1";

/// Rules of a listener that concern every door.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Who may open a door.
    pub origin: config::Origin,
    /// Proxies in front.
    pub proxy: config::Proxy,
    /// Whether compression is accepted when offered.
    pub deflate: bool,
    /// Whether a client's window is kept from message to message, where the client wants that.
    pub deflate_client_context: bool,
}

/// What the doors make of a request.
pub(crate) enum Knock {
    /// Not theirs: an ordinary request.
    Passing,
    /// An upgrade that is in order.
    Welcome { opening: Box<Opening>, answer: Response<Body> },
    /// An answer of their own.
    Refused(Response<Body>),
}

/// Looks at the head of a request.
pub(crate) fn knock(head: &Parts, doors: &Doors, rules: &Entrance, peer: SocketAddr) -> Knock {
    let Some((profile, door)) = doors.find(head.uri.path()) else {
        let upgrade = has_token(&head.headers, &UPGRADE, "websocket") || tunnel_protocol(head).is_some();
        return if upgrade { Knock::Refused(unknown_path()) } else { Knock::Passing };
    };
    match check(head, &rules.origin) {
        Ok((key, offered_deflate)) => {
            let query = QueryParams::parse(head.uri.query().unwrap_or_default());
            let opening = Opening {
                door,
                profile,
                tokens: tokens::sent(&head.headers, &query),
                query,
                peer,
                address: client_address(&head.headers, peer, &rules.proxy),
                identity: Identity::Unknown,
                origin: text(&head.headers, &ORIGIN).map(Into::into),
                subprotocol: offered(&head.headers).any(|name| name == SUBPROTOCOL).then_some(SUBPROTOCOL),
                deflate: offered_deflate.filter(|_| rules.deflate).map(|offered| Deflate {
                    client_context: offered.client_context && rules.deflate_client_context,
                    ..offered
                }),
            };
            let answer = opened(key.as_deref(), opening.subprotocol, opening.deflate);
            Knock::Welcome { opening: Box::new(opening), answer }
        }
        Err(answer) => Knock::Refused(*answer),
    }
}

type Refused = Box<Response<Body>>;

fn bad(message: &str) -> Refused {
    Box::new(refuse(StatusCode::BAD_REQUEST, Code::InvalidMessage, message))
}

fn unknown_path() -> Response<Body> {
    refuse(StatusCode::NOT_FOUND, Code::NotFound, "no door at this path")
}

/// Checks an upgrade on a door; gives its key, and what it offers that is known.
fn check(head: &Parts, rules: &config::Origin) -> Result<(Option<String>, Option<Deflate>), Refused> {
    if let Some(protocol) = tunnel_protocol(head) {
        return check_tunnel(head, protocol, rules).map(|deflate| (None, deflate));
    }
    if head.method != Method::GET {
        let message = "a door is opened with GET";
        return Err(Box::new(refuse_with(StatusCode::METHOD_NOT_ALLOWED, message, (ALLOW, "GET"))));
    }
    let headers = &head.headers;
    let connection = has_token(headers, &CONNECTION, "upgrade");
    if !headers.contains_key(UPGRADE) && !connection {
        let message = "this path speaks WebSocket only";
        let mut answer = refuse_with(StatusCode::UPGRADE_REQUIRED, message, (UPGRADE, "websocket"));
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade, close"));
        return Err(Box::new(answer));
    }
    if head.version != Version::HTTP_11 {
        return Err(bad("an upgrade needs HTTP/1.1"));
    }
    if !has_token(headers, &UPGRADE, "websocket") {
        return Err(bad("the Upgrade header does not name websocket"));
    }
    if !connection {
        return Err(bad("the Connection header does not name upgrade"));
    }
    if text(headers, &HOST).is_none_or(str::is_empty) {
        return Err(bad("exactly one Host header is needed"));
    }
    check_version(headers)?;
    let key = check_key(headers)?;
    if !origin::is_allowed(headers, rules) {
        return Err(other_origin());
    }
    Ok((Some(key), negotiated(headers)?))
}

/// The protocol of an extended CONNECT (RFC 8441, section 4).
pub(crate) fn tunnel_protocol(head: &Parts) -> Option<&str> {
    let protocol = head.extensions.get::<hyper::ext::Protocol>();
    protocol.filter(|_| head.method == Method::CONNECT).map(hyper::ext::Protocol::as_str)
}

/// Checks an extended CONNECT on a door: there is no key and nothing to upgrade (RFC 8441, section 5).
fn check_tunnel(head: &Parts, protocol: &str, rules: &config::Origin) -> Result<Option<Deflate>, Refused> {
    if protocol != "websocket" {
        let message = "only websocket is spoken through a stream";
        return Err(Box::new(refuse(StatusCode::NOT_IMPLEMENTED, Code::InvalidMessage, message)));
    }
    check_version(&head.headers)?;
    let mut headers = head.headers.clone();
    // what HTTP/2 says of the host stands in the request's target
    if let Some(host) = head.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        headers.insert(HOST, host);
    }
    if !origin::is_allowed(&headers, rules) {
        return Err(other_origin());
    }
    negotiated(&headers)
}

fn negotiated(headers: &HeaderMap) -> Result<Option<Deflate>, Refused> {
    extensions::negotiate(headers).map_err(|_| bad("Sec-WebSocket-Extensions is not in its form"))
}

fn other_origin() -> Refused {
    let message = "this origin may not open a door";
    Box::new(refuse(StatusCode::FORBIDDEN, Code::Forbidden, message))
}

fn check_version(headers: &HeaderMap) -> Result<(), Refused> {
    let version = text(headers, &SEC_WEBSOCKET_VERSION)
        .ok_or_else(|| bad("exactly one Sec-WebSocket-Version header is needed"))?;
    if version == "13" {
        return Ok(());
    }
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("Sec-WebSocket-Version is not a number"));
    }
    let other = (SEC_WEBSOCKET_VERSION, "13");
    let mut answer =
        refuse_with(StatusCode::UPGRADE_REQUIRED, "only version 13 of WebSocket is spoken", other);
    // RFC 9110, 15.5.22: a 426 always says what to upgrade to
    answer.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade, close"));
    Err(Box::new(answer))
}

fn check_key(headers: &HeaderMap) -> Result<String, Refused> {
    let key = text(headers, &SEC_WEBSOCKET_KEY)
        .ok_or_else(|| bad("exactly one Sec-WebSocket-Key header is needed"))?;
    if !STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16) {
        return Err(bad("Sec-WebSocket-Key is not 16 bytes in base64"));
    }
    Ok(key.to_owned())
}

/// The 101 for a key, or the 200 for a stream that needs none. Unknown extensions are declined by not naming
/// them.
fn opened(key: Option<&str>, subprotocol: Option<&'static str>, deflate: Option<Deflate>) -> Response<Body> {
    let mut answer = Response::new(full(bytes::Bytes::new()));
    if key.is_some() {
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    }
    let headers = answer.headers_mut();
    if let Some(key) = key {
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept.expect("base64 is a header value"));
    }
    if let Some(deflate) = deflate {
        let answer = HeaderValue::from_str(&extensions::answer(deflate));
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, answer.expect("tokens and numbers are a header value"));
    }
    if let Some(name) = subprotocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
    }
    answer
}

/// Offered subprotocols, in order.
fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    list(headers, &SEC_WEBSOCKET_PROTOCOL)
}

/// The value of a header that was sent once and is text.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok().map(str::trim)
}

/// Members of a comma-separated header, over all its lines.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    list(headers, name).any(|member| member.eq_ignore_ascii_case(token))
}
