//! What is in the answer (RFC 6455 §4.2.2, §4.4).

use crate::checks::{Check, Context, ReasonCode, Step, Stop, Violation, ensure, fail};
use crate::peer::{Request, Response, accept_value, random_key};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [of_acceptance(), of_refusal()].concat()
}

fn of_acceptance() -> Vec<Check> {
    vec![
        Check::new(
            "opening.answer-upgrade",
            "the 101 says Upgrade: websocket",
            &["opening.answer-fields"],
            |cx| names_token(cx, "Upgrade", "websocket"),
        ),
        Check::new(
            "opening.answer-connection",
            "the 101 says Connection: Upgrade",
            &["opening.answer-fields"],
            |cx| names_token(cx, "Connection", "upgrade"),
        ),
        Check::new(
            "opening.answer-accept-once",
            "the 101 has one Sec-WebSocket-Accept",
            &["opening.answer-accept"],
            accept_once,
        ),
        Check::new(
            "opening.answer-accept-of-each-key",
            "eight keys have eight accept values, each the right one",
            &["opening.answer-accept"],
            accept_of_each_key,
        ),
        Check::new(
            "opening.answer-status-line",
            "the 101 is of HTTP/1.1",
            &["opening.answer-version"],
            status_line,
        ),
        Check::new(
            "opening.answer-without-length",
            "the 101 has neither Content-Length nor Transfer-Encoding",
            &["opening.answer-without-body"],
            without_length,
        ),
        Check::new(
            "opening.answer-without-subprotocol",
            "no subprotocol is selected when none was offered",
            &["opening.nothing-unasked"],
            |cx| selects_nothing(cx, "Sec-WebSocket-Protocol", None),
        ),
        Check::new(
            "opening.answer-without-extension",
            "no extension is selected when none was offered",
            &["opening.nothing-unasked"],
            |cx| selects_nothing(cx, "Sec-WebSocket-Extensions", None),
        ),
        Check::new(
            "opening.answer-offered-subprotocol",
            "a selected subprotocol is one of those offered",
            &["opening.nothing-unasked"],
            |cx| selects_nothing(cx, "Sec-WebSocket-Protocol", Some("first.v1, second.v1")),
        ),
        Check::new(
            "opening.answer-unknown-extension",
            "an extension nobody knows is not selected",
            &["opening.nothing-unasked"],
            |cx| selects_nothing(cx, "Sec-WebSocket-Extensions", Some("x-unheard-of; a=b")),
        ),
    ]
}

fn of_refusal() -> Vec<Check> {
    vec![
        Check::new(
            "opening.version-named",
            "the refusal of another version names 13",
            &["opening.version-named"],
            version_named,
        ),
        Check::new(
            "opening.version-is-426",
            "another version is refused with 426",
            &["opening.version-status"],
            |cx| has_status(cx, |request| request.with("Sec-WebSocket-Version", "99"), 426..=426),
        ),
        Check::new(
            "opening.key-is-client-error",
            "a handshake without a key is refused with a status of 400 to 499",
            &["opening.refusal-status"],
            |cx| has_status(cx, |request| request.without("Sec-WebSocket-Key"), 400..=499),
        ),
        Check::new(
            "opening.no-host-is-400",
            "a handshake without Host is refused with 400",
            &["opening.host-status"],
            |cx| has_status(cx, |request| request.without("Host"), 400..=400),
        ),
        Check::new(
            "opening.two-hosts-is-400",
            "a handshake with two Hosts is refused with 400",
            &["opening.host-status"],
            |cx| has_status(cx, |request| request.header("Host", "other.example"), 400..=400),
        ),
        of_method(
            "opening.method-post-status",
            "a handshake by POST is refused with an error status",
            "POST",
        ),
        of_method("opening.method-put-status", "a handshake by PUT is refused with an error status", "PUT"),
        of_method(
            "opening.method-delete-status",
            "a handshake by DELETE is refused with an error status",
            "DELETE",
        ),
        of_method("opening.method-small-status", "a handshake by get is refused with an error status", "get"),
        Check::new(
            "opening.plain-get-upgrade-named",
            "a 426 names what to upgrade to",
            &["opening.required-upgrade-named"],
            plain_get,
        ),
        Check::new(
            "opening.allowed-methods-named",
            "a 405 names the methods that are allowed",
            &["opening.methods-named"],
            methods_named,
        ),
    ]
}

fn of_method(id: &'static str, title: &'static str, method: &'static str) -> Check {
    Check::new(id, title, &["opening.method-status"], move |cx| method_refused(cx, method))
}

/// Not GET: a mistake of the client, or a method that the server does not know (501).
async fn method_refused(cx: Context, method: &'static str) -> Step {
    let mut request = cx.upgrade_request(&Door::Echo).header("Content-Length", "0");
    method.clone_into(&mut request.method);
    let Some(response) = answered(cx.exchange("refused", &request).await)? else { return Ok(()) };
    ensure(
        matches!(response.status, 400..=499 | 501),
        ReasonCode::WrongStatus,
        "a status of 400 to 499, or 501",
        format!("status {}", response.status),
    )
}

async fn opened(cx: &Context, request: &Request) -> Step<Response> {
    Ok(cx.upgrade(request).await?.response().clone())
}

/// Field `name` holds `token`.
async fn names_token(cx: Context, name: &'static str, token: &'static str) -> Step {
    has_token(&opened(&cx, &cx.upgrade_request(&Door::Echo)).await?, name, token)
}

fn has_token(response: &Response, name: &str, token: &str) -> Step {
    match response.field(name) {
        None => fail(ReasonCode::Missing, format!("field {name}: {token}"), "none"),
        Some(value) if value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)) => Ok(()),
        Some(value) => fail(ReasonCode::WrongValue, format!("{name}: {token}"), format!("{name}: {value}")),
    }
}

/// A second accept value would leave open which counts.
async fn accept_once(cx: Context) -> Step {
    let response = opened(&cx, &cx.upgrade_request(&Door::Echo)).await?;
    match response.field_count("Sec-WebSocket-Accept") {
        1 => Ok(()),
        count => fail(ReasonCode::Duplicate, "one Sec-WebSocket-Accept", count.to_string()),
    }
}

/// Each key has its own accept value; [`Context::upgrade`] judges one, and that two differ follows.
async fn accept_of_each_key(cx: Context) -> Step {
    for _ in 0..8 {
        let key = random_key();
        let request = cx.upgrade_request(&Door::Echo).with("Sec-WebSocket-Key", &key);
        let response = opened(&cx, &request).await?;
        let (got, expected) = (response.field("Sec-WebSocket-Accept"), accept_value(&key));
        if got != Some(expected.as_str()) {
            return fail(ReasonCode::WrongValue, format!("accept value {expected}"), format!("{got:?}"));
        }
    }
    Ok(())
}

/// An upgrade exists since HTTP/1.1.
async fn status_line(cx: Context) -> Step {
    let response = opened(&cx, &cx.upgrade_request(&Door::Echo)).await?;
    if response.version == "HTTP/1.1" {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, "HTTP/1.1 101", format!("{} {}", response.version, response.status))
}

/// Behind a 101 come frames, no body (RFC 9110 §8.6, RFC 9112 §6.1).
async fn without_length(cx: Context) -> Step {
    let response = opened(&cx, &cx.upgrade_request(&Door::Echo)).await?;
    for name in ["Content-Length", "Transfer-Encoding"] {
        if let Some(value) = response.field(name) {
            return fail(ReasonCode::Unexpected, format!("no {name} in a 101"), format!("{name}: {value}"));
        }
    }
    Ok(())
}

/// What is selected was offered; of what is not known, nothing is.
async fn selects_nothing(cx: Context, name: &'static str, offer: Option<&'static str>) -> Step {
    let request = cx.upgrade_request(&Door::Echo);
    let request = if let Some(offer) = offer { request.header(name, offer) } else { request };
    let response = opened(&cx, &request).await?;
    let Some(selected) = response.field(name) else { return Ok(()) };
    let subprotocol = name == "Sec-WebSocket-Protocol";
    let offered = offer.is_some_and(|offer| offer.split(',').any(|item| item.trim() == selected));
    if subprotocol && offered {
        return Ok(());
    }
    fail(ReasonCode::Unexpected, format!("no {name} that was not asked for"), format!("{selected:?}"))
}

/// The refusal of an unknown version says which are known.
async fn version_named(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Echo).with("Sec-WebSocket-Version", "77");
    let response = cx.exchange("refused", &request).await?;
    if response.status == 101 {
        return fail(ReasonCode::Accepted, "a refusal of version 77", "101 Switching Protocols");
    }
    has_token(&response, "Sec-WebSocket-Version", "13")
}

async fn has_status(
    cx: Context,
    change: fn(Request) -> Request,
    statuses: std::ops::RangeInclusive<u16>,
) -> Step {
    let request = change(cx.upgrade_request(&Door::Echo));
    let status = cx.exchange("refused", &request).await?.status;
    if statuses.contains(&status) {
        return Ok(());
    }
    let expected = match (statuses.start(), statuses.end()) {
        (first, last) if first == last => format!("status {first}"),
        (first, last) => format!("a status of {first} to {last}"),
    };
    fail(ReasonCode::WrongStatus, expected, format!("status {status}"))
}

/// An answer, if there is one: a connection that is ended instead names nothing, and owes nothing.
fn answered(response: Step<Response>) -> Step<Option<Response>> {
    match response {
        Err(Stop::Violation(Violation { code: ReasonCode::Closed, .. })) => Ok(None),
        other => other.map(Some),
    }
}

/// What a plain GET gets is the server's choice; a 426 must name websocket (RFC 9110 §15.5.22).
async fn plain_get(cx: Context) -> Step {
    let path = cx.target().path(&Door::Echo);
    let Some(response) = answered(cx.http(Request::get(&path)).await)? else {
        return Err(other_answer(&cx, "a plain GET", "no answer", 426));
    };
    match response.status {
        101 => fail(ReasonCode::Accepted, "no upgrade of a plain GET", "101 Switching Protocols"),
        426 => has_token(&response, "Upgrade", "websocket"),
        status => Err(other_answer(&cx, "a plain GET", &format!("status {status}"), 426)),
    }
}

/// A 405 has `Allow` (RFC 9110 §15.5.6).
async fn methods_named(cx: Context) -> Step {
    let mut request = cx.upgrade_request(&Door::Echo).header("Content-Length", "0");
    "PATCH".clone_into(&mut request.method);
    let Some(response) = answered(cx.exchange("refused", &request).await)? else {
        return Err(other_answer(&cx, "PATCH", "no answer", 405));
    };
    match response.status {
        101 => fail(ReasonCode::Accepted, "a refusal of PATCH", "101 Switching Protocols"),
        405 if response.field("Allow").is_none() => {
            fail(ReasonCode::Missing, "field Allow in the 405", "none")
        }
        405 => Ok(()),
        status => Err(other_answer(&cx, "PATCH", &format!("status {status}"), 405)),
    }
}

/// Why nothing is judged: the target chose another of the answers that it may choose.
fn other_answer(cx: &Context, request: &str, seen: &str, judged: u16) -> Stop {
    let feature = format!("status-{judged}");
    cx.declined(&feature, format!("the target answers {request} by {seen}, not by {judged}"))
}
