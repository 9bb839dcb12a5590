//! Text that is not the JSON everybody reads alike: refused with `INVALID_JSON`, the connection stays.

use crate::checks::framing::refusal::expect_answer;
use crate::checks::{Check, Context, Step};
use crate::target::Door;

use super::answer::expect_error_not;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.not-json",
            "text that is not JSON is INVALID_JSON",
            &["limits.not-json"],
            not_json,
        ),
        Check::new(
            "limits.duplicate-keys",
            "an object with the same key twice is INVALID_JSON",
            &["limits.duplicate-keys"],
            duplicate_keys,
        ),
        Check::new(
            "limits.numbers-out-of-range",
            "numbers that no double holds are INVALID_JSON",
            &["limits.numbers-out-of-range"],
            numbers_out_of_range,
        ),
        Check::new(
            "limits.lone-surrogates",
            "lone surrogates are INVALID_JSON",
            &["limits.lone-surrogates"],
            lone_surrogates,
        ),
        Check::new("limits.nesting", "128 levels of JSON are read", &["limits.nesting"], deepest),
        Check::new(
            "limits.too-deep",
            "more than 128 levels are INVALID_JSON",
            &["limits.too-deep"],
            too_deep,
        ),
    ]
}

/// Each text is answered by `INVALID_JSON`, and the connection goes on.
async fn refused(cx: &Context, texts: &[&str]) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for text in texts {
        peer.send_text(text).await;
        expect_error_not(&mut peer, "INVALID_JSON", &["pong"], cx.soon()).await?;
    }
    peer.expect_open(cx.soon()).await
}

/// What is not JSON at all.
async fn not_json(cx: Context) -> Step {
    let texts = [
        "",
        "nope",
        "{",
        "{'type':'ping'}",
        "{\"type\":\"ping\",}",
        "{\"type\":\"ping\"} {\"type\":\"ping\"}",
        "{\"type\":\"ping\",\"pad\":NaN}",
        "{\"type\":\"ping\",\"pad\":007}",
        "{\"type\":\"ping\",\"pad\":\"a\nb\"}",
        "{\"type\":\"ping\",\"pad\":\"\0\"}",
    ];
    refused(&cx, &texts).await
}

/// The same key twice in one object, at any depth and however it is spelt.
async fn duplicate_keys(cx: Context) -> Step {
    let texts = [
        r#"{"type":"ping","type":"ping"}"#,
        r#"{"type":"ping","pad":{"a":1,"a":1}}"#,
        r#"{"type":"ping","pad":1,"\u0070ad":2}"#,
    ];
    refused(&cx, &texts).await
}

/// Numbers that no double holds.
async fn numbers_out_of_range(cx: Context) -> Step {
    refused(&cx, &[r#"{"type":"ping","pad":1e400}"#, r#"{"type":"ping","pad":[-1e400]}"#]).await
}

/// Surrogates that are not a pair.
async fn lone_surrogates(cx: Context) -> Step {
    let texts = [
        r#"{"type":"ping","pad":"\ud800"}"#,
        r#"{"type":"ping","pad":"\udc00"}"#,
        r#"{"type":"ping","pad":"\udc00\ud800"}"#,
        r#"{"type":"ping","\ud83d":1}"#,
    ];
    refused(&cx, &texts).await
}

/// A ping with `levels` levels of arrays and objects.
fn nested(levels: usize) -> String {
    let inner = levels.saturating_sub(1);
    format!(r#"{{"type":"ping","id":"probe","pad":{}{}}}"#, "[".repeat(inner), "]".repeat(inner))
}

/// 128 levels of nesting are read.
async fn deepest(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_text(&nested(128)).await;
    expect_answer(&mut peer, "probe", cx.soon()).await
}

/// More than 128 levels are refused, and 10,000 harm nobody.
async fn too_deep(cx: Context) -> Step {
    refused(&cx, &[&nested(129), &nested(10_000)]).await
}
