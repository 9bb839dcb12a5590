//! What fails, fails alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::session::asking::{ask, ends, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::Request;
use crate::target::Door;

use super::answer::keep_from_idling;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.failed-request-alone",
            "requests that fail do not touch one that is being answered",
            &["limits.failed-request-alone"],
            request_alone,
        ),
        Check::new(
            "limits.failed-message-alone",
            "errors come in the midst of a query, which goes on to its end",
            &["limits.failed-message-alone"],
            message_alone,
        ),
    ]
}

/// A query by request, and three bad ones while it is answered.
async fn request_alone(cx: Context) -> Step {
    let path = cx.target().rest("/api/query");
    let good =
        cx.http_within(Request::post_json(&path, &json!({"query": "show revenue"})), Duration::from_secs(5));
    let bad = async {
        for body in ["{", "{\"query\": 7}", "[]"] {
            let response = cx.http(Request::new("POST", &path).body(body)).await?;
            ensure(response.status == 400, ReasonCode::WrongStatus, "status 400", response.status)?;
        }
        Ok(())
    };
    let (good, bad): (Step<crate::peer::Response>, Step) = tokio::join!(good, bad);
    bad?;
    let good = good?;
    let actual = format!("{} {}", good.status, good.text());
    ensure(good.status == 200, ReasonCode::Refused, "status 200 for the good one", actual)
}

/// Bad messages behind the acceptance: an error for each at once, then the result.
async fn message_alone(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    keep_from_idling(&cx, &mut peer).await?;
    ask(&peer, "good").await;
    peer.expect_type("query_accepted", cx.soon()).await?;
    for message in ["{", "{\"type\": 7}", "{\"type\": \"unheard-of\", \"id\": \"bad\"}"] {
        peer.send_text(message).await;
    }
    let (mut errors, mut end, soon) = (0, None, cx.soon());
    while errors < 3 || end.is_none() {
        let wanted = |value: &Value| field::name(value) == "error" || ends(value, "good");
        let deadline = if errors < 3 { soon } else { work(&cx) };
        let next = peer.expect("an error for each, and the result", deadline, wanted).await?.value;
        if ends(&next, "good") {
            end = Some(next);
        } else {
            errors += 1;
        }
    }
    match end {
        Some(end) if field::name(&end) == "query_result" => Ok(()),
        other => fail(ReasonCode::Refused, "query_result", format!("{other:?}")),
    }
}
