//! Where a token may be presented, and where none is asked for.

use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::Request;
use crate::target::{Door, Token};

use super::refusal::{bearing, key, list_request, refused_at_door, refused_by_status};

pub(super) fn checks() -> Vec<Check> {
    let asked_for = [presented(), absent()].concat().into_iter().map(|check| check.variant("tokens"));
    asked_for.chain([not_asked_for_anywhere()]).collect()
}

fn presented() -> Vec<Check> {
    vec![
        check!("tokens", "in-query", "a token in the query of the URL opens a door", "places", in_query),
        check!("tokens", "in-header", "a token in the header opens a door", "places", in_header),
        check!(
            "tokens",
            "scheme-case",
            "the scheme Bearer is compared without regard to case",
            "places",
            scheme_case
        ),
        check!(
            "tokens",
            "in-subprotocol",
            "a token among the subprotocols opens a door",
            "places",
            in_subprotocol
        ),
        check!(
            "tokens",
            "twice-the-same",
            "the same token in two places is one token",
            "places",
            twice_the_same
        ),
        check!(
            "tokens",
            "request-in-query",
            "a token in the query of a request's URL is taken",
            "places",
            request_in_query
        ),
        check!(
            "tokens",
            "request-in-header",
            "a token in the header of a request is taken",
            "places",
            request_in_header
        ),
        check!(
            "tokens",
            "two-that-differ",
            "two tokens that differ are AUTH_FAILED",
            "two-that-differ",
            two_that_differ
        ),
    ]
}

fn absent() -> Vec<Check> {
    vec![
        check!("tokens", "none", "no token at a door that needs one is AUTH_REQUIRED", "required", none),
        check!(
            "tokens",
            "none-at-chat",
            "the chat door needs a token like the query door",
            "required",
            none_at_chat
        ),
        check!("tokens", "empty", "an empty token is none", "required", empty),
        check!(
            "tokens",
            "other-scheme",
            "another scheme than Bearer brings no token",
            "required",
            other_scheme
        ),
        check!(
            "tokens",
            "request-none",
            "a request without a token is 401 AUTH_REQUIRED",
            "request-required",
            request_none
        ),
        check!(
            "tokens",
            "request-challenge",
            "401 names the scheme in WWW-Authenticate",
            "challenge",
            request_challenge
        ),
        check!("tokens", "demo-needs-none", "a demo door opens without a token", "demo", demo_needs_none),
        check!(
            "tokens",
            "progress-needs-none",
            "the progress door asks for a session, not for a token",
            "progress",
            progress_needs_none
        ),
        check!(
            "tokens",
            "progress-bad",
            "a bad token on the progress door is refused",
            "progress",
            progress_bad
        ),
        check!(
            "tokens",
            "health-needs-none",
            "health and readiness answer without a token",
            "health",
            health_needs_none
        ),
    ]
}

fn not_asked_for_anywhere() -> Check {
    Check::new(
        "tokens.not-asked-for",
        "where no token is asked for, a bad one changes nothing",
        &["tokens.not-asked-for"],
        not_asked_for,
    )
}

fn good(cx: &Context) -> Step<String> {
    Ok(Token::of(&cx.target().auth, ANYBODY).signed(key(cx)?))
}

/// The request opens the door: the first message is `connection_established`.
async fn opens(cx: &Context, request: &Request) -> Step {
    let mut peer = cx.upgrade(request).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?.value;
    match field::name(&first) {
        "connection_established" => Ok(()),
        _ => fail(ReasonCode::Refused, "connection_established", first.to_string()),
    }
}

/// `?token=`.
async fn in_query(cx: Context) -> Step {
    let mut request = cx.bare_upgrade_request(&Door::Query);
    request.target = format!("{}?token={}", request.target, good(&cx)?);
    opens(&cx, &request).await
}

/// `Authorization: Bearer`.
async fn in_header(cx: Context) -> Step {
    opens(&cx, &bearing(&cx, &Door::Query, &good(&cx)?)).await
}

/// RFC 9110 §11.1: schemes are compared without regard to case.
async fn scheme_case(cx: Context) -> Step {
    let request = cx.bare_upgrade_request(&Door::Query);
    opens(&cx, &request.header("authorization", &format!("bEARER {}", good(&cx)?))).await
}

/// Subprotocol `bearer.TOKEN` beside `tidegate.v1`, which is the one selected.
async fn in_subprotocol(cx: Context) -> Step {
    let offer = format!("tidegate.v1, bearer.{}", good(&cx)?);
    let request = cx.bare_upgrade_request(&Door::Query).header("Sec-WebSocket-Protocol", &offer);
    let mut peer = cx.upgrade(&request).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?.value;
    if field::name(&first) != "connection_established" {
        return fail(ReasonCode::Refused, "connection_established", first.to_string());
    }
    match peer.response().field("Sec-WebSocket-Protocol") {
        Some("tidegate.v1") => Ok(()),
        other => fail(ReasonCode::WrongValue, "subprotocol tidegate.v1 selected", format!("{other:?}")),
    }
}

/// Header and query with the same token.
async fn twice_the_same(cx: Context) -> Step {
    let token = good(&cx)?;
    let mut request = bearing(&cx, &Door::Query, &token);
    request.target = format!("{}?token={token}", request.target);
    opens(&cx, &request).await
}

/// A request is answered, its token in the URL.
async fn request_in_query(cx: Context) -> Step {
    let mut request = list_request(&cx);
    request.target = format!("{}?token={}", request.target, good(&cx)?);
    answered(&cx, request).await
}

/// A request is answered, its token in the header.
async fn request_in_header(cx: Context) -> Step {
    let request = list_request(&cx).header("Authorization", &format!("Bearer {}", good(&cx)?));
    answered(&cx, request).await
}

async fn answered(cx: &Context, request: Request) -> Step {
    let response = cx.http_bare(request).await?;
    let actual = format!("{} {}", response.status, response.text());
    ensure(response.status == 200, ReasonCode::Refused, "status 200", actual)
}

/// Two good tokens that differ: nobody can say whose connection it is.
async fn two_that_differ(cx: Context) -> Step {
    let other = Token::of(&cx.target().auth, "somebody-else").signed(key(&cx)?);
    let mut request = bearing(&cx, &Door::Query, &good(&cx)?);
    request.target = format!("{}?token={other}", request.target);
    refused_at_door(&cx, &request, "AUTH_FAILED").await.map(|_| ())
}

/// No token: `AUTH_REQUIRED`, 1008 "Authentication failed".
async fn none(cx: Context) -> Step {
    refused_at_door(&cx, &cx.bare_upgrade_request(&Door::Query), "AUTH_REQUIRED").await.map(|_| ())
}

/// The same at the chat door.
async fn none_at_chat(cx: Context) -> Step {
    refused_at_door(&cx, &cx.bare_upgrade_request(&Door::Chat), "AUTH_REQUIRED").await.map(|_| ())
}

/// `?token=` with nothing behind it.
async fn empty(cx: Context) -> Step {
    let mut request = cx.bare_upgrade_request(&Door::Query);
    request.target.push_str("?token=");
    refused_at_door(&cx, &request, "AUTH_REQUIRED").await.map(|_| ())
}

/// A good token behind `Basic` is not a bearer token.
async fn other_scheme(cx: Context) -> Step {
    let request = cx.bare_upgrade_request(&Door::Query);
    let request = request.header("Authorization", &format!("Basic {}", good(&cx)?));
    refused_at_door(&cx, &request, "AUTH_REQUIRED").await.map(|_| ())
}

/// 401 `AUTH_REQUIRED`.
async fn request_none(cx: Context) -> Step {
    let response = cx.http_bare(list_request(&cx)).await?;
    refused_by_status(&response, 401, "AUTH_REQUIRED").map(|_| ())
}

/// RFC 9110 §11.6.1: 401 comes with a challenge.
async fn request_challenge(cx: Context) -> Step {
    let response = cx.http_bare(list_request(&cx)).await?;
    match response.field("WWW-Authenticate") {
        None => fail(ReasonCode::Missing, "WWW-Authenticate: Bearer", "none"),
        Some(value) if value.to_ascii_lowercase().starts_with("bearer") => Ok(()),
        Some(value) => fail(ReasonCode::WrongValue, "WWW-Authenticate: Bearer", format!("{value:?}")),
    }
}

/// Demo doors ask for nothing, whatever the rest does.
async fn demo_needs_none(cx: Context) -> Step {
    for door in [Door::Demo, Door::DemoApi] {
        opens(&cx, &cx.bare_upgrade_request(&door)).await?;
    }
    Ok(())
}

/// Who knows the session may watch it.
async fn progress_needs_none(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, _) = cx.join(Door::Query, &session).await?;
    opens(&cx, &cx.bare_upgrade_request(&Door::Progress(session))).await
}

/// A token that is presented must be good.
async fn progress_bad(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_member, _) = cx.join(Door::Query, &session).await?;
    let token = Token::of(&cx.target().auth, ANYBODY).header("alg", "none").input();
    let request = bearing(&cx, &Door::Progress(session), &format!("{token}."));
    refused_at_door(&cx, &request, "AUTH_FAILED").await.map(|_| ())
}

/// What watches a server has no user's token.
async fn health_needs_none(cx: Context) -> Step {
    for path in ["/health", "/ready"] {
        let response = cx.http_bare(Request::get(&cx.target().rest(path))).await?;
        let actual = format!("{path}: {}", response.status);
        ensure(
            !matches!(response.status, 401 | 403),
            ReasonCode::Refused,
            "an answer without a token",
            actual,
        )?;
    }
    Ok(())
}

/// A token nobody asked for is ignored.
async fn not_asked_for(cx: Context) -> Step {
    if cx.target().auth.required {
        return Err(crate::checks::Stop::NotApplicable("the target requires tokens".to_owned()));
    }
    opens(&cx, &bearing(&cx, &Door::Query, "not-a-token")).await
}
