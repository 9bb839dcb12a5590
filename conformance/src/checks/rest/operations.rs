//! Health, readiness, metrics and the shape of refusals.

use serde_json::Value;

use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Request, Response, shorten};

/// Characters of a body that are told.
const MOST_OF_BODY: usize = 300;

/// The status of a response must be `expected`.
pub(in crate::checks) fn status(response: &Response, expected: u16) -> Step {
    let holds = response.status == expected;
    ensure(holds, ReasonCode::WrongStatus, &format!("status {expected}"), answered(response))
}

/// What was answered: the status, and the beginning of the body.
pub(in crate::checks) fn answered(response: &Response) -> String {
    let reason = if response.reason.is_empty() { String::new() } else { format!(" {}", response.reason) };
    let body = response.text();
    let body = match body.trim() {
        "" => String::new(),
        text => format!(", with {}", shorten(text, MOST_OF_BODY)),
    };
    format!("status {}{reason}{body}", response.status)
}

/// The JSON object in a response.
pub(in crate::checks) fn body(response: &Response) -> Step<Value> {
    match response.json() {
        Some(value) if value.is_object() => Ok(value),
        _ => fail(ReasonCode::Malformed, "a JSON object", format!("{:?}", response.text())),
    }
}

/// `status` with an error body of `code`.
pub(in crate::checks) fn refused(response: &Response, expected: u16, code: &str) -> Step<Value> {
    status(response, expected)?;
    let body = body(response)?;
    field::equals(&body, "type", "error")?;
    field::equals(&body, "code", code)?;
    field::text(&body, "message")?;
    field::timestamp(&body, "timestamp")?;
    Ok(body)
}

/// `GET /health`.
pub(super) async fn health(cx: Context) -> Step {
    let response = cx.http(Request::get(&cx.target().rest("/health"))).await?;
    status(&response, 200)?;
    let body = body(&response)?;
    let said = field::text(&body, "status")?;
    ensure(
        matches!(said, "healthy" | "degraded"),
        ReasonCode::WrongValue,
        "status healthy or degraded",
        said,
    )?;
    field::equals(&body, "service", "backend")?;
    field::text(&body, "mcp_status")?;
    field::equals(&body, "dynamic_schema", "enabled")?;
    field::text(&body, "version")?;
    field::any(&body, "dependencies").map(|_| ())
}

/// `GET /ready`.
pub(super) async fn ready(cx: Context) -> Step {
    status(&cx.http(Request::get(&cx.target().rest("/ready"))).await?, 200)
}

/// `GET /metrics`: each of the four names has a sample with a number.
pub(super) async fn metrics(cx: Context) -> Step {
    let response = cx.http(Request::get(&cx.target().rest("/metrics"))).await?;
    status(&response, 200)?;
    let text = response.text();
    for name in ["connection_count", "messages_sent_total", "messages_failed_total", "average_latency_ms"] {
        let sample = text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let rest = line.strip_prefix(name)?;
            // A longer name that begins alike is another metric.
            rest.starts_with([' ', '{']).then(|| rest.rsplit(' ').next().unwrap_or_default())
        });
        match sample.map(str::parse::<f64>) {
            Some(Ok(_)) => {}
            Some(Err(_)) => {
                return fail(ReasonCode::Malformed, format!("a number for {name}"), format!("{sample:?}"));
            }
            None => return fail(ReasonCode::Missing, format!("a sample of {name}"), "none"),
        }
    }
    Ok(())
}

/// `GET /api/admin/dead-letters`: an array of objects, empty at best.
pub(super) async fn dead_letters(cx: Context) -> Step {
    let response = cx.http(Request::get(&cx.target().rest("/api/admin/dead-letters"))).await?;
    status(&response, 200)?;
    let list = body(&response)?;
    let odd = field::array(&list, "dead_letters")?.iter().find(|letter| !letter.is_object());
    ensure(odd.is_none(), ReasonCode::WrongType, "dead letters as objects", format!("{odd:?}"))
}

/// An unknown path.
pub(super) async fn not_found(cx: Context) -> Step {
    let path = cx.target().rest(&format!("/{}", cx.fresh_session()));
    let response = cx.http(Request::get(&path)).await?;
    refused(&response, 404, "NOT_FOUND").map(|_| ())
}

/// A known path with another method.
pub(super) async fn wrong_method(cx: Context) -> Step {
    let response = cx.http(Request::new("DELETE", &cx.target().rest("/health"))).await?;
    status(&response, 405)?;
    allows(&response, "GET")
}

/// `Allow` names `method`.
pub(super) fn allows(response: &Response, method: &str) -> Step {
    let Some(allow) = response.field("Allow") else {
        return fail(ReasonCode::Missing, format!("field Allow with {method}"), "none");
    };
    let named = allow.split(',').any(|name| name.trim() == method);
    ensure(named, ReasonCode::WrongValue, &format!("Allow with {method}"), allow)
}
