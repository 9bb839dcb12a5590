//! What pages of other origins may ask, as their browsers find it out.

use super::operations::status;
use crate::checks::doors::origins::{FORWARDED, fresh_address};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::{Request, Response};

/// An origin of the list of the variant.
const LISTED: &str = "https://app.example";
/// One that is not.
const FOREIGN: &str = "https://evil.example";
/// Fields that a page of this protocol sends.
const FIELDS: [&str; 3] = ["content-type", "x-session-id", "prefer"];

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rest", "preflight", "a page of a listed origin is told what it may send", listed)
            .variant("limits"),
        check!("rest", "preflight-foreign", "a page of another origin is told that it may not", foreign)
            .variant("limits"),
        check!("rest", "origin-varies", "an answer for one origin says that others differ", varies)
            .variant("limits"),
    ]
}

fn asked(cx: &Context, method: &str, path: &str, origin: &str) -> Request {
    Request::new(method, &cx.target().rest(path)).header("Origin", origin).header(FORWARDED, &fresh_address())
}

/// What a browser sends before a `POST` of JSON.
async fn preflight(cx: &Context, origin: &str) -> Step<Response> {
    let request = asked(cx, "OPTIONS", "/api/query", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", &FIELDS.join(","));
    cx.http(request).await
}

/// The list in a field of an answer names `wanted`, or everything.
fn names(answer: &Response, field: &str, wanted: &str) -> Step {
    let Some(list) = answer.field(field) else {
        return fail(ReasonCode::Missing, format!("{field} with {wanted}"), "none");
    };
    let named = list.split(',').map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case(wanted));
    ensure(named, ReasonCode::WrongValue, &format!("{field} with {wanted}"), list)
}

async fn listed(cx: Context) -> Step {
    let answer = preflight(&cx, LISTED).await?;
    ensure((200..300).contains(&answer.status), ReasonCode::WrongStatus, "200 or 204", answer.status)?;
    names(&answer, "Access-Control-Allow-Origin", LISTED)?;
    names(&answer, "Access-Control-Allow-Methods", "POST")?;
    FIELDS.iter().try_for_each(|field| names(&answer, "Access-Control-Allow-Headers", field))
}

async fn foreign(cx: Context) -> Step {
    let answer = preflight(&cx, FOREIGN).await?;
    match answer.field("Access-Control-Allow-Origin") {
        None => Ok(()),
        Some(allowed) => fail(ReasonCode::Accepted, "no other origin allowed", allowed),
    }
}

/// Else a cache gives one page what was for another.
async fn varies(cx: Context) -> Step {
    let answer = cx.http(asked(&cx, "GET", "/api/database/list", LISTED)).await?;
    status(&answer, 200)?;
    if answer.field("Access-Control-Allow-Origin") == Some("*") {
        return Ok(());
    }
    let all: Vec<&str> = answer.values("Vary").flat_map(|list| list.split(',')).map(str::trim).collect();
    let named = all.iter().any(|name| *name == "*" || name.eq_ignore_ascii_case("Origin"));
    ensure(named, ReasonCode::Missing, "Vary with Origin", format!("{all:?}"))
}
