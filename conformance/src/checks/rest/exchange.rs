//! Requests of HTTP by themselves: methods, several on one connection, ends, and their ids.

use serde_json::json;

use super::operations::{allows, body, status};
use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::{Request, Response};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rest", "head", "HEAD is answered like GET, without a body", head),
        check!("rest", "options", "OPTIONS says what a path takes", options),
        check!("rest", "keep-alive", "a connection serves one request after another", keep_alive),
        check!(
            "rest",
            "keep-alive-refused",
            "a refused body leaves nothing behind on its connection",
            after_refusal
        ),
        check!("rest", "pipelined", "requests that are sent together are answered in their order", pipelined),
        check!(
            "rest",
            "close-honoured",
            "Connection: close ends the connection behind its answer",
            close_honoured
        ),
        check!("rest", "old-version", "a client of HTTP/1.0 gets what it can read", old_version),
        check!("rest", "request-id", "every answer has an id of its own", id_made),
        check!("rest", "request-id-kept", "an id that the client gives comes back", id_kept),
        check!("rest", "request-id-odd", "an id that could spoil a log does not", id_odd),
    ]
}

/// A request for a connection that stays.
fn request(cx: &Context, method: &str, path: &str) -> Request {
    let request = Request::new(method, &cx.target().rest(path)).header("Host", &cx.target().host());
    match cx.token_of(ANYBODY) {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    }
}

fn get(cx: &Context, path: &str) -> Vec<u8> {
    request(cx, "GET", path).encode()
}

/// True for an answer behind which the connection ends.
fn closes(answer: &Response) -> bool {
    answer.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// RFC 9110 §9.3.2; bytes of a body would be read as the next answer.
async fn head(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    raw.send(&request(&cx, "HEAD", "/health").encode()).await;
    let answer = raw.response(cx.soon(), true).await?;
    told(&answer)?;
    if closes(&answer) {
        return raw.expect_end(cx.soon()).await;
    }
    raw.send(&get(&cx, "/health")).await;
    let answer = raw.response(cx.soon(), false).await?;
    told(&answer)?;
    body(&answer).map(|_| ())
}

/// RFC 9110 §9.3.7.
async fn options(cx: Context) -> Step {
    let answer = cx.http(Request::new("OPTIONS", &cx.target().rest("/api/query"))).await?;
    ensure((200..300).contains(&answer.status), ReasonCode::WrongStatus, "200 or 204", answer.status)?;
    allows(&answer, "POST")
}

/// Ready or not: that it says so is what counts here.
fn told(answer: &Response) -> Step {
    let known = matches!(answer.status, 200 | 503);
    ensure(known, ReasonCode::WrongStatus, "200 or 503", format!("{} {}", answer.status, answer.reason))
}

async fn keep_alive(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    for path in ["/ready", "/health", "/ready"] {
        raw.send(&get(&cx, path)).await;
        told(&raw.response(cx.soon(), false).await?)?;
    }
    Ok(())
}

/// What is left of a body that was refused is no request.
async fn after_refusal(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    let refused = request(&cx, "POST", "/api/query").body("{\"query\": GET /health HTTP/1.1\r\n\r\n");
    raw.send(&refused.encode()).await;
    let answer = raw.response(cx.soon(), false).await?;
    status(&answer, 400)?;
    if closes(&answer) {
        return raw.expect_end(cx.soon()).await;
    }
    raw.send(&get(&cx, "/health")).await;
    let answer = raw.response(cx.soon(), false).await?;
    told(&answer)?;
    body(&answer).map(|_| ())
}

/// RFC 9112 §9.3.2: one 404 between two that are well, in one packet.
async fn pipelined(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    let nothing = format!("/{}?second", cx.fresh_session());
    let all = [get(&cx, "/ready?first"), get(&cx, &nothing), get(&cx, "/ready?third")];
    raw.send(&all.concat()).await;
    told(&raw.response(cx.soon(), false).await?)?;
    let second = raw.response(cx.soon(), false).await?;
    status(&second, 404)?;
    if closes(&second) {
        return raw.expect_end(cx.soon()).await;
    }
    told(&raw.response(cx.soon(), false).await?)
}

/// RFC 9112 §9.6.
async fn close_honoured(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    raw.send(&request(&cx, "GET", "/ready").header("Connection", "close").encode()).await;
    told(&raw.response(cx.soon(), false).await?)?;
    raw.expect_end(cx.soon()).await
}

/// RFC 9112 §6.1: chunks are for those who said that they know them.
async fn old_version(cx: Context) -> Step {
    let mut raw = cx.raw().await?;
    raw.send(&request(&cx, "GET", "/ready").version("HTTP/1.0").encode()).await;
    let answer = raw.response(cx.soon(), false).await?;
    told(&answer)?;
    if let Some(coding) = answer.field("Transfer-Encoding") {
        return fail(ReasonCode::Unexpected, "no Transfer-Encoding for HTTP/1.0", coding);
    }
    raw.expect_end(cx.soon()).await
}

/// One that is well, one without a path, one whose body is none.
fn three(cx: &Context) -> [Request; 3] {
    let nothing = format!("/{}", cx.fresh_session());
    [
        Request::get(&cx.target().rest("/ready")),
        Request::get(&cx.target().rest(&nothing)),
        Request::post_json(&cx.target().rest("/api/query"), &json!({"query": ""})),
    ]
}

const ID: &str = "X-Request-Id";

fn id(answer: &Response) -> Step<&str> {
    match answer.field(ID).filter(|id| !id.is_empty()) {
        Some(id) => Ok(id),
        None => fail(ReasonCode::Missing, format!("{ID} of the {}", answer.status), "none"),
    }
}

async fn id_made(cx: Context) -> Step {
    let mut seen = Vec::new();
    for request in three(&cx) {
        let answer = cx.http(request).await?;
        let id = id(&answer)?.to_owned();
        ensure(!seen.contains(&id), ReasonCode::Duplicate, "an id of its own", &id)?;
        seen.push(id);
    }
    Ok(())
}

async fn id_kept(cx: Context) -> Step {
    for request in three(&cx) {
        let given = format!("suite-{}.1", cx.fresh_session());
        let answer = cx.http(request.header(ID, &given)).await?;
        let id = id(&answer)?;
        ensure(id == given, ReasonCode::WrongValue, &format!("{ID}: {given}"), id)?;
    }
    Ok(())
}

/// Too long, of two words, with quotes and brackets.
async fn id_odd(cx: Context) -> Step {
    for given in ["x".repeat(129), "two words".to_owned(), "a\"b<script>".to_owned()] {
        let answer = cx.http(Request::get(&cx.target().rest("/ready")).header(ID, &given)).await?;
        let kept = answer.field(ID) == Some(given.as_str());
        ensure(!kept, ReasonCode::Accepted, "another id than the odd one that was given", given)?;
    }
    Ok(())
}
