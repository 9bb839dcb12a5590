//! `Prefer: respond-async`, and `GET /api/transactions/{id}`.

use serde_json::{Value, json};

use super::asking::{asked, finished, look, looks, question, transaction};
use crate::checks::query::run::{STAGES, query};
use crate::checks::rest::operations::{body, refused, status};
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [accepted(), looked_at(), ended(), tagged()].concat()
}

fn accepted() -> Vec<Check> {
    vec![
        Check::new("polling.location", "202 says where to look", &["polling.location"], location),
        Check::new(
            "polling.location-works",
            "what Location names can be had",
            &["polling.location-works"],
            location_works,
        ),
        Check::new(
            "polling.preference-applied",
            "the heeded preference is named",
            &["polling.preference-applied"],
            applied,
        ),
        Check::new("polling.at-once", "202 comes while the query runs", &["polling.at-once"], at_once)
            .tags(&["slow"]),
        Check::new(
            "polling.refused",
            "a refused question is refused at once",
            &["polling.refused"],
            refused_at_once,
        ),
        Check::new("polling.accept-wins", "Accept wins over Prefer", &["polling.accept-wins"], accept_wins),
    ]
}

fn looked_at() -> Vec<Check> {
    vec![
        Check::new("polling.fields", "a transaction has its fields", &["polling.fields"], fields)
            .tags(&["slow"]),
        Check::new("polling.percent", "percent of a transaction never falls", &["polling.percent"], percent)
            .tags(&["slow"]),
        Check::new(
            "polling.no-result-before",
            "no result before the end",
            &["polling.no-result-before"],
            no_result_before,
        )
        .tags(&["slow"]),
        Check::new("polling.query-id", "a transaction names its query_id", &["polling.query-id"], query_id),
        Check::new("polling.unknown", "an unknown transaction is 404", &["polling.unknown"], unknown),
    ]
}

fn ended() -> Vec<Check> {
    vec![
        Check::new("polling.result", "a completed transaction has its result", &["polling.result"], result)
            .tags(&["slow"]),
        Check::new(
            "polling.equal",
            "a polled result is that of a waiting request",
            &["polling.equal"],
            equal,
        )
        .tags(&["slow"]),
        Check::new("polling.cancelled", "a cancelled transaction says so", &["polling.cancelled"], cancelled)
            .tags(&["slow"]),
        Check::new("polling.failed", "a failed transaction has its error", &["polling.failed"], failed)
            .tags(&["slow"]),
        Check::new(
            "polling.settled",
            "all stages are over when the transaction is",
            &["polling.settled"],
            settled,
        )
        .tags(&["slow"]),
    ]
}

fn tagged() -> Vec<Check> {
    vec![
        Check::new("polling.not-modified", "nothing new is 304", &["polling.not-modified"], not_modified)
            .tags(&["slow"]),
        Check::new("polling.other-tag", "another tag brings the whole", &["polling.other-tag"], other_tag)
            .tags(&["slow"]),
        Check::new("polling.tag-list", "lists of tags are understood", &["polling.tag-list"], tag_list)
            .tags(&["slow"]),
        Check::new(
            "polling.tag-changes",
            "what is new has another tag",
            &["polling.tag-changes"],
            tag_changes,
        )
        .tags(&["slow"]),
    ]
}

/// 202, and where to look.
async fn location(cx: Context) -> Step {
    let (response, id) = asked(&cx, &json!({})).await?;
    let Some(location) = response.field("Location") else {
        return fail(ReasonCode::Missing, "Location", "none");
    };
    let expected = format!("/api/transactions/{id}");
    ensure(location.ends_with(&expected), ReasonCode::WrongValue, &expected, location)
}

/// What is there can be had.
async fn location_works(cx: Context) -> Step {
    let (response, id) = asked(&cx, &json!({})).await?;
    let location = response.field("Location").unwrap_or_default().to_owned();
    let path = location.find("/api/").map_or(location.as_str(), |at| &location[at..]);
    let found = cx.http(Request::get(&cx.target().rest(path))).await?;
    status(&found, 200)?;
    field::equals(&body(&found)?, "transaction_id", id)
}

/// The preference that was heeded is named.
async fn applied(cx: Context) -> Step {
    let (response, _) = asked(&cx, &json!({})).await?;
    let applied = response.field("Preference-Applied").unwrap_or_default();
    ensure(
        applied.contains("respond-async"),
        ReasonCode::Missing,
        "Preference-Applied",
        format!("{applied:?}"),
    )
}

/// The answer comes at once, before the query is over.
async fn at_once(cx: Context) -> Step {
    let (response, id) = asked(&cx, &json!({})).await?;
    let state = body(&response)?;
    let last = looks(&cx, &id).await?.pop().unwrap_or_default();
    let took: f64 = STAGES.iter().filter_map(|stage| last["result"]["timings_ms"][stage].as_f64()).sum();
    if took < 100.0 {
        return Err(cx.unseen("long-queries", format!("the query took {took} ms")));
    }
    ensure(state["status"] != "completed", ReasonCode::Late, "202 while the query runs", &state)
}

/// The fields of a transaction, while it runs and after.
async fn fields(cx: Context) -> Step {
    let (response, id) = asked(&cx, &json!({})).await?;
    let mut seen = vec![body(&response)?];
    seen.extend(looks(&cx, &id).await?);
    for state in &seen {
        field::equals(state, "transaction_id", id.as_str())?;
        field::text(state, "session_id")?;
        let said = field::text(state, "status")?;
        let known = ["queued", "running", "paused", "completed", "failed", "cancelled"].contains(&said);
        ensure(known, ReasonCode::WrongValue, "a status of the protocol", said)?;
        let percent = field::number(state, "percent")?;
        ensure((0.0..=100.0).contains(&percent), ReasonCode::WrongValue, "percent 0 to 100", percent)?;
        let eta = field::any(state, "eta_ms")?;
        ensure(eta.is_null() || eta.is_number(), ReasonCode::WrongType, "eta_ms null or a number", eta)?;
        let agent = field::any(state, "current_agent")?;
        ensure(agent.is_null() || agent.is_string(), ReasonCode::WrongType, "an agent or null", agent)?;
        field::array(state, "execution_order")?;
    }
    Ok(())
}

/// The percent of one transaction never falls.
async fn percent(cx: Context) -> Step {
    let (_, id) = asked(&cx, &json!({})).await?;
    let mut last = 0.0;
    for state in looks(&cx, &id).await? {
        let percent = field::number(&state, "percent")?;
        ensure(percent >= last, ReasonCode::WrongOrder, &format!("percent of {last} or more"), percent)?;
        last = percent;
    }
    ensure(last >= 100.0, ReasonCode::WrongValue, "100 at the end", last)
}

/// The result is there when the transaction is completed.
async fn result(cx: Context) -> Step {
    let (id, last) = finished(&cx).await?;
    let result = field::object(&last, "result")?.clone().into();
    field::equals(&result, "transaction_id", id)?;
    field::equals(&result, "status", "completed")?;
    let rows = field::array(&result, "rows")?.len();
    field::equals(&result, "row_count", rows)
}

/// No result before the end.
async fn no_result_before(cx: Context) -> Step {
    let (accepted, id) = asked(&cx, &json!({})).await?;
    let begun = body(&accepted)?;
    for state in std::iter::once(begun).chain(looks(&cx, &id).await?) {
        if state["status"] != "completed" {
            let result = state.get("result").filter(|result| !result.is_null());
            ensure(result.is_none(), ReasonCode::Early, "no result before the end", format!("{result:?}"))?;
        }
    }
    Ok(())
}

/// The result is that of a waiting request.
async fn equal(cx: Context) -> Step {
    let (_, last) = finished(&cx).await?;
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&json!({})));
    let answer = cx.http_within(request, std::time::Duration::from_secs(5)).await?.json().unwrap_or_default();
    for name in ["sql", "columns", "rows", "row_count", "database_context"] {
        field::equals(&last["result"], name, field::any(&answer, name)?.clone())?;
    }
    Ok(())
}

/// The tag of what does not change does not change, and with it nothing is sent again.
async fn not_modified(cx: Context) -> Step {
    let (id, _) = finished(&cx).await?;
    let (response, _) = look(&cx, &id).await?;
    let Some(tag) = response.field("ETag") else { return fail(ReasonCode::Missing, "ETag", "none") };
    let again = cx.http(transaction(&cx, &id).header("If-None-Match", tag)).await?;
    status(&again, 304)?;
    ensure(again.body.is_empty(), ReasonCode::Unexpected, "304 without a body", again.text())
}

/// Another tag brings the whole.
async fn other_tag(cx: Context) -> Step {
    let (id, _) = finished(&cx).await?;
    let response = cx.http(transaction(&cx, &id).header("If-None-Match", "\"another\"")).await?;
    status(&response, 200)?;
    field::equals(&body(&response)?, "status", "completed")
}

/// A list of tags, and weak ones, are understood.
async fn tag_list(cx: Context) -> Step {
    let (id, _) = finished(&cx).await?;
    let (response, _) = look(&cx, &id).await?;
    let tag = response.field("ETag").unwrap_or_default();
    let tag = tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let list = format!("\"another\", W/{tag}");
    status(&cx.http(transaction(&cx, &id).header("If-None-Match", &list)).await?, 304)
}

/// What is new has another tag.
async fn tag_changes(cx: Context) -> Step {
    let (_, id) = asked(&cx, &json!({})).await?;
    let first = cx.http(transaction(&cx, &id)).await?;
    if body(&first)?["status"] == "completed" {
        return Err(cx.unseen("long-queries", "the query was over at once"));
    }
    let Some(tag) = first.field("ETag") else { return fail(ReasonCode::Missing, "ETag", "none") };
    looks(&cx, &id).await?;
    let response = cx.http(transaction(&cx, &id).header("If-None-Match", tag)).await?;
    let actual = format!("{} with the tag of its begin", response.status);
    ensure(response.status == 200, ReasonCode::WrongStatus, "200 for a finished transaction", actual)
}

/// Nobody knows such a transaction.
async fn unknown(cx: Context) -> Step {
    let response = cx.http(transaction(&cx, "tx_0000000000000000")).await?;
    refused(&response, 404, "NOT_FOUND").map(|_| ())
}

/// A refused question is refused at once, not accepted to fail later.
async fn refused_at_once(cx: Context) -> Step {
    let response = cx.http(question(&cx, &json!({"query": " "}))).await?;
    refused(&response, 422, "QUERY_REJECTED").map(|_| ())
}

/// `Accept` wins over `Prefer`.
async fn accept_wins(cx: Context) -> Step {
    let request = question(&cx, &json!({})).header("Accept", "text/event-stream");
    match cx.stream_or_answer(request).await? {
        Ok(_) => Ok(()),
        Err(response) => fail(ReasonCode::WrongStatus, "200 with a stream", response.status.to_string()),
    }
}

/// A cancelled transaction says so, and has no result.
async fn cancelled(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    for _ in 0..3 {
        let request = question(&cx, &json!({})).header("X-Session-Id", &session);
        let (_, id) = super::asking::asked_by(&cx, request).await?;
        peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": id})).await;
        let told = peer.expect_type("command_result", cx.soon()).await?.value;
        if told["status"] == "completed" {
            continue;
        }
        let (_, state) = look(&cx, &id).await?;
        field::equals(&state, "status", "cancelled")?;
        let result = state.get("result").filter(|result| !result.is_null());
        return ensure(result.is_none(), ReasonCode::Unexpected, "no result", format!("{result:?}"));
    }
    Err(Stop::Harness("every query ended before it could be cancelled".to_owned()))
}

/// A transaction that failed has its error.
async fn failed(cx: Context) -> Step {
    let response = cx.http(question(&cx, &json!({"query": "zqxv blorf wuggle"}))).await?;
    if response.status == 422 {
        // Both ways are the server's choice: this is its answer.
        refused(&response, 422, "QUERY_REJECTED")?;
        return Err(Stop::NotApplicable("an unreadable question is refused at once".to_owned()));
    }
    status(&response, 202)?;
    let id = field::text(&body(&response)?, "transaction_id")?.to_owned();
    let last = looks(&cx, &id).await?.pop().unwrap_or_default();
    field::equals(&last, "status", "failed")?;
    field::equals(&last, "/error/type", "error")?;
    field::text(&last, "/error/code").map(|_| ())
}

/// The query's own id is in its transaction.
async fn query_id(cx: Context) -> Step {
    let wanted = cx.fresh_session();
    let (_, id) = asked(&cx, &json!({"query_id": wanted})).await?;
    field::equals(&look(&cx, &id).await?.1, "query_id", wanted)
}

/// Everything in the order is over when the transaction is.
async fn settled(cx: Context) -> Step {
    let (_, last) = finished(&cx).await?;
    let order = field::array(&last, "execution_order")?;
    let agents: Vec<&str> = order.iter().filter_map(|stage| stage["agent"].as_str()).collect();
    ensure_eq("execution_order", &agents, &STAGES.to_vec())?;
    for stage in order {
        field::equals(stage, "status", "completed")?;
    }
    ensure_eq("current_agent", field::any(&last, "current_agent")?, &Value::Null)
}
