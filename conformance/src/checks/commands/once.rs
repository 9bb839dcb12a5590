//! One execution for each `query_id`, and what is known of its time.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::asked::asked;
use crate::checks::query::run::{answered, ask, follow, query, stay, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

/// How long the variant knows a `query_id`.
const MEMORY: Duration = Duration::from_secs(2);
/// Behind it the id is free for certain.
const SURELY: Duration = Duration::from_millis(500);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "commands.repeat-running",
            "a repeated query_id joins the query that runs",
            &["commands.repeat-running"],
            while_running,
        ),
        Check::new(
            "commands.repeat-no-event",
            "the acceptance of a repeated query is no event",
            &["commands.repeat-no-event"],
            no_event,
        ),
        Check::new(
            "commands.repeat-other-session",
            "a query_id counts in its own session",
            &["commands.repeat-other-session"],
            other_session,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.repeat-refused",
            "a refused query leaves its id free",
            &["commands.repeat-refused"],
            refused_free,
        ),
        Check::new(
            "commands.repeat-over-http",
            "a repeated query_id counts over HTTP too",
            &["commands.repeat-over-http"],
            over_http,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.repeat-ids",
            "a repeated query is answered with its own ids",
            &["commands.repeat-ids"],
            own_ids,
        ),
        Check::new(
            "commands.repeat-forgotten",
            "a query_id is free again when its time is over",
            &["commands.repeat-forgotten"],
            forgotten,
        )
        .tags(&["slow"])
        .features(&["short-memory"])
        .variant("short-memory"),
        Check::new("commands.eta", "every update has eta_ms, null or a time", &["commands.eta"], eta),
        Check::new(
            "commands.eta-falls",
            "the remaining time never grows",
            &["commands.eta-falls"],
            eta_falls,
        ),
    ]
}

/// Asked again while it runs, it is still one: the same transaction, and one end.
async fn while_running(cx: Context) -> Step {
    let ids = json!({"query_id": cx.fresh_session()});
    let mut asked = asked(&cx, &ids).await?;
    asked.peer.send(&query(&ids)).await;
    let again = asked.peer.expect_type("query_accepted", work(&cx)).await?.value;
    field::equals(&again, "transaction_id", asked.transaction.as_str())?;
    field::equals(&again, "duplicate", true)
}

/// The second acceptance has no offset: it is no event. The other connection is told of the next query next.
async fn no_event(cx: Context) -> Step {
    let ids = json!({"query_id": cx.fresh_session()});
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    stay(&cx, &mut peer).await?;
    let (mut other, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "other"})).await?;
    stay(&cx, &mut other).await?;
    peer.send(&query(&ids)).await;
    peer.expect_type("query_accepted", work(&cx)).await?;
    other.expect_type("query_accepted", work(&cx)).await?;
    peer.send(&query(&ids)).await;
    let again = peer.expect_type("query_accepted", work(&cx)).await?.value;
    field::equals(&again, "duplicate", true)?;
    field::absent(&again, "offset")?;
    let following = json!({"query_id": cx.fresh_session()});
    peer.send(&query(&following)).await;
    let next = other.expect_type("query_accepted", work(&cx)).await?.value;
    let quiet = next["query_id"] == following["query_id"];
    ensure(quiet, ReasonCode::Leak, "no second query_accepted at others", next)
}

/// The same `query_id` in another session is another query.
async fn other_session(cx: Context) -> Step {
    let ids = json!({"query_id": cx.fresh_session()});
    let (_peer, first) = answered(&cx, &ids).await?;
    let (_other, second) = answered(&cx, &ids).await?;
    let same = first.transaction()? == second.transaction()?;
    ensure(!same, ReasonCode::Leak, "a transaction of the session's own", second.transaction()?)
}

/// A query that was refused does not count: its id is free for another text.
async fn refused_free(cx: Context) -> Step {
    let id = cx.fresh_session();
    let mut peer = cx.open(Door::Query).await?;
    let refused = ask(&cx, &mut peer, &json!({"query_id": id, "query": "  "})).await?;
    ensure_eq("answer to a blank question", field::name(&refused.terminal()?.value), "error")?;
    let again = ask(&cx, &mut peer, &json!({"query_id": id})).await?;
    field::absent(again.accepted()?, "duplicate")?;
    again.result().map(|_| ())
}

/// HTTP and WebSocket share the executions of a session.
async fn over_http(cx: Context) -> Step {
    let ids = json!({"query_id": cx.fresh_session()});
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    let first = ask(&cx, &mut peer, &ids).await?;
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&ids));
    let time = Duration::from_secs(5);
    let answer = cx.http_within(request.header("X-Session-Id", &session), time).await?;
    let Some(body) = answer.json() else {
        return fail(ReasonCode::Malformed, "a result", answer.text());
    };
    field::equals(&body, "transaction_id", first.transaction()?)
}

/// Asked again with the same text when 2 s have passed since its acceptance, it is another execution.
async fn forgotten(cx: Context) -> Step {
    let memory = cx.quiet(MEMORY + SURELY);
    cx.affordable(memory * 2)?;
    let ids = json!({"query_id": cx.fresh_session()});
    let mut peer = cx.open(Door::Query).await?;
    stay(&cx, &mut peer).await?;
    let first = ask(&cx, &mut peer, &ids).await?;
    first.result()?;
    sleep(memory).await;
    let again = ask(&cx, &mut peer, &ids).await?;
    let same = first.transaction()? == again.transaction()?;
    ensure(!same, ReasonCode::Duplicate, "a new transaction", again.transaction()?)?;
    field::absent(again.accepted()?, "duplicate")?;
    again.result().map(|_| ())
}

/// A later use of a `query_id` with the same text on the same connection has all its own ids.
async fn own_ids(cx: Context) -> Step {
    let query_id = cx.fresh_session();
    let (mut peer, _) = answered(&cx, &json!({"query_id": query_id, "id": "first"})).await?;
    peer.send(&query(&json!({"query_id": query_id, "id": "second"}))).await;
    let run = follow(&cx, &mut peer).await?;
    field::equals(run.accepted()?, "id", "second")
}

/// `eta_ms` is there in every update: null, or milliseconds.
async fn eta(cx: Context) -> Step {
    let (_peer, run) = answered(&cx, &json!({})).await?;
    for update in run.updates()? {
        let eta = field::any(&update.value, "eta_ms")?;
        let known = eta.is_null() || eta.as_f64().is_some_and(|eta| eta >= 0.0);
        ensure(known, ReasonCode::WrongType, "eta_ms null or a number of 0 or more", eta)?;
    }
    Ok(())
}

/// Once known, the remaining time does not grow.
async fn eta_falls(cx: Context) -> Step {
    let (_peer, run) = answered(&cx, &json!({})).await?;
    let known: Vec<f64> =
        run.updates()?.iter().filter_map(|update| update.value["eta_ms"].as_f64()).collect();
    let rises = known.windows(2).find(|pair| pair[1] > pair[0]);
    ensure(rises.is_none(), ReasonCode::WrongValue, "eta_ms that never rises", format!("{known:?}"))
}
