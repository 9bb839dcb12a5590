//! Claims that a good token may have beside those it must have.

use std::time::Duration;

use serde_json::json;

use crate::checks::{ANYBODY, Check, Context, ReasonCode, Step, Stop, fail, field};
use crate::target::{Door, Token, epoch_seconds};

use super::refusal::{bearing, key};

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("tokens", "nbf-past", "a token that began yesterday is taken", "not-before", began),
        check!(
            "tokens",
            "nbf-leeway",
            "a token that begins within the leeway is taken",
            "leeway",
            begins_soon
        ),
        check!(
            "tokens",
            "audience-list",
            "a token whose list of audiences names the target's is taken",
            "audience",
            audience_list
        ),
    ];
    all.into_iter().map(|check| check.variant("tokens")).collect()
}

fn good(cx: &Context) -> Token {
    Token::of(&cx.target().auth, ANYBODY)
}

async fn taken(cx: &Context, token: Token) -> Step {
    let mut peer = cx.upgrade(&bearing(cx, &Door::Query, &token.signed(key(cx)?))).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?.value;
    match field::name(&first) {
        "connection_established" => Ok(()),
        _ => fail(ReasonCode::Refused, "connection_established", first.to_string()),
    }
}

/// A beginning that is over says nothing more.
async fn began(cx: Context) -> Step {
    taken(&cx, good(&cx).claim("nbf", epoch_seconds() - 86_400)).await
}

/// Clocks differ: the issuer's may be ahead.
async fn begins_soon(cx: Context) -> Step {
    let leeway = cx.target().auth.leeway;
    if leeway < Duration::from_secs(2) {
        return Err(Stop::NotApplicable("the target has no leeway".to_owned()));
    }
    let ahead = i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX / 2) - 1;
    taken(&cx, good(&cx).claim("nbf", epoch_seconds() + ahead)).await
}

/// RFC 7519 §4.1.3: a token may be for several, of which the target is one.
async fn audience_list(cx: Context) -> Step {
    let Some(audience) = cx.target().auth.audience.clone() else {
        return Err(Stop::NotApplicable("the target names no audience".to_owned()));
    };
    taken(&cx, good(&cx).claim("aud", json!(["somebody-else", audience]))).await
}
