//! A token is a password: it is not handed back in anything.

use serde_json::json;

use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, ensure};
use crate::target::{Door, SigningKey, Token};

use super::refusal::{bearing, key, list_request, refused_at_door};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tokens", "secret-in-error", "a refusal shows no part of the token", "secret", in_error)
            .variant("tokens"),
        check!(
            "tokens",
            "secret-in-answer",
            "the refusal of a request shows no part of the token",
            "secret",
            in_answer
        )
        .variant("tokens"),
        check!(
            "tokens",
            "secret-in-greeting",
            "what a connection is told shows no part of its token",
            "secret",
            in_greeting
        )
        .variant("tokens"),
        check!(
            "tokens",
            "secret-in-upgrade",
            "a subprotocol with a token is not sent back",
            "secret",
            in_upgrade
        )
        .variant("tokens"),
        check!("tokens", "secret-in-metrics", "metrics show no token", "secret", in_metrics)
            .variant("tokens"),
    ]
}

/// Neither the whole token nor its claims or signature may be in `text`.
fn holds_none_of(token: &str, text: &str) -> Step {
    let parts = token.split('.').skip(1).filter(|part| part.len() > 8);
    for part in parts {
        ensure(!text.contains(part), ReasonCode::Leak, "nothing of the token", text)?;
    }
    Ok(())
}

fn forged(cx: &Context) -> String {
    Token::of(&cx.target().auth, ANYBODY).signed(&SigningKey::secret(b"a secret of nobody, thirty-two bytes"))
}

/// The `error` before the close.
async fn in_error(cx: Context) -> Step {
    let token = forged(&cx);
    let error = refused_at_door(&cx, &bearing(&cx, &Door::Query, &token), "AUTH_FAILED").await?;
    holds_none_of(&token, &error.to_string())
}

/// Fields and body of the 401; the token came in the URL.
async fn in_answer(cx: Context) -> Step {
    let token = forged(&cx);
    let mut request = list_request(&cx);
    request.target = format!("{}?token={token}", request.target);
    let response = cx.http_bare(request).await?;
    holds_none_of(&token, &String::from_utf8_lossy(&response.encode()))
}

/// The first messages of a connection.
async fn in_greeting(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    let mut request = cx.bare_upgrade_request(&Door::Query);
    request.target = format!("{}?token={token}", request.target);
    let mut peer = cx.open_by(&request).await?;
    holds_none_of(&token, &peer.established().to_string())?;
    peer.send(&json!({"type": "connection_handshake"})).await;
    let acknowledged = peer.expect_type("connection_acknowledged", cx.soon()).await?;
    holds_none_of(&token, &acknowledged.value.to_string())
}

/// The server selects `tidegate.v1`, never the token.
async fn in_upgrade(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    let offer = format!("bearer.{token}, tidegate.v1");
    let request = cx.bare_upgrade_request(&Door::Query).header("Sec-WebSocket-Protocol", &offer);
    let peer = cx.upgrade(&request).await?;
    holds_none_of(&token, &String::from_utf8_lossy(&peer.response().encode()))
}

/// Labels of metrics are read by many.
async fn in_metrics(cx: Context) -> Step {
    let token = Token::of(&cx.target().auth, ANYBODY).signed(key(&cx)?);
    let mut request = cx.bare_upgrade_request(&Door::Query);
    request.target = format!("{}?token={token}", request.target);
    let _peer = cx.open_by(&request).await?;
    let response = cx.http(crate::peer::Request::get(&cx.target().rest("/metrics"))).await?;
    ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)?;
    holds_none_of(&token, &response.text())
}
