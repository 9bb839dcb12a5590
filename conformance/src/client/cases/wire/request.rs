//! The client's request (RFC 6455 §4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::checks::{Check, ReasonCode, Step, ensure_eq, fail};
use crate::client::Stage;
use crate::client::listener::Visit;

pub(super) fn checks() -> Vec<Check> {
    let request = &["client-wire.request"];
    vec![
        Check::client("client-wire.request-get", "The upgrade is a GET of HTTP/1.1", request, get),
        Check::client(
            "client-wire.request-target",
            "The request asks for path and query of the URL",
            request,
            target,
        ),
        Check::client("client-wire.request-host", "`Host` is host and port of the URL", request, host),
        Check::client("client-wire.request-upgrade", "`Upgrade` has the token websocket", request, |stage| {
            token(stage, "Upgrade", "websocket")
        }),
        Check::client(
            "client-wire.request-connection",
            "`Connection` has the token Upgrade",
            request,
            |stage| token(stage, "Connection", "upgrade"),
        ),
        Check::client("client-wire.request-version", "`Sec-WebSocket-Version` is 13, once", request, version),
        Check::client(
            "client-wire.request-key",
            "The key is 16 octets in base64, once",
            &["client-wire.key"],
            key,
        ),
        Check::client(
            "client-wire.request-key-fresh",
            "Each connection has a key of its own",
            &["client-wire.key"],
            key_fresh,
        ),
        Check::client(
            "client-wire.nothing-before-answer",
            "Nothing is sent behind the request before its answer",
            &["client-wire.nothing-before-answer"],
            nothing_before_answer,
        ),
    ]
}

async fn get(mut stage: Stage) -> Step {
    let visit = any_visit(&mut stage).await?;
    ensure_eq("method", &visit.request.method.as_str(), &"GET")?;
    ensure_eq("version", &visit.request.version.as_str(), &"HTTP/1.1")
}

/// The client's first request, whatever it is.
async fn any_visit(stage: &mut Stage) -> Step<Visit> {
    stage.start("/ws/echo").await?;
    stage.tell(json!({"do": "echo"})).await;
    stage.visit("a request", stage.first()).await
}

async fn target(mut stage: Stage) -> Step {
    stage.start("/ws/echo?room=7&empty=").await?;
    stage.tell(json!({"do": "echo"})).await;
    let visit = stage.visit("a request", stage.first()).await?;
    ensure_eq("target", &visit.request.target.as_str(), &"/ws/echo?room=7&empty=")
}

async fn host(mut stage: Stage) -> Step {
    let visit = any_visit(&mut stage).await?;
    let authority = stage.authority();
    match visit.request.field("Host") {
        None => fail(ReasonCode::Missing, "a Host field", "none"),
        Some(host) => ensure_eq("Host", &host, &authority.as_str()),
    }
}

async fn token(mut stage: Stage, name: &'static str, token: &'static str) -> Step {
    let visit = any_visit(&mut stage).await?;
    let Some(value) = visit.request.field(name) else {
        return fail(ReasonCode::Missing, format!("a field {name}"), "none");
    };
    if value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)) {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, format!("{name} with the token {token}"), value)
}

/// The only value of field `name`.
fn only<'a>(visit: &'a Visit, name: &str) -> Step<&'a str> {
    let values: Vec<&str> = visit
        .request
        .headers
        .iter()
        .filter(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    match values[..] {
        [value] => Ok(value),
        [] => fail(ReasonCode::Missing, format!("a field {name}"), "none"),
        _ => fail(ReasonCode::Duplicate, format!("one field {name}"), format!("{} of them", values.len())),
    }
}

async fn version(mut stage: Stage) -> Step {
    let visit = any_visit(&mut stage).await?;
    ensure_eq("Sec-WebSocket-Version", &only(&visit, "Sec-WebSocket-Version")?, &"13")
}

async fn key(mut stage: Stage) -> Step {
    let visit = any_visit(&mut stage).await?;
    let key = only(&visit, "Sec-WebSocket-Key")?;
    match STANDARD.decode(key) {
        Ok(bytes) if bytes.len() == 16 => Ok(()),
        _ => fail(ReasonCode::WrongValue, "16 octets in base64", key),
    }
}

async fn key_fresh(mut stage: Stage) -> Step {
    let first = any_visit(&mut stage).await?;
    let second = any_visit(&mut stage).await?;
    let (first, second) = (only(&first, "Sec-WebSocket-Key")?, only(&second, "Sec-WebSocket-Key")?);
    if first != second {
        return Ok(());
    }
    fail(ReasonCode::Duplicate, "another key for another connection", first)
}

/// A client does not know yet whom it talks to.
async fn nothing_before_answer(mut stage: Stage) -> Step {
    let visit = any_visit(&mut stage).await?;
    tokio::time::sleep(stage.cx.quiet(std::time::Duration::from_millis(150))).await;
    let early = visit.early();
    if early.is_empty() {
        return Ok(());
    }
    fail(ReasonCode::Early, "nothing before the answer", format!("{} octets", early.len()))
}
