//! Retry: a new transaction of the same question.

use serde_json::{Value, json};

use super::asked::{Asked, answer, asked, commanded, completed, ended, paused, send};
use crate::checks::query::run::{ATTEMPTS, is_terminal, work};
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "commands.retry",
            "retry names the old transaction and a new one",
            &["commands.retry"],
            answered,
        ),
        Check::new(
            "commands.retry-runs",
            "the new transaction is accepted and ends",
            &["commands.retry-runs"],
            runs,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.retry-order",
            "command_result comes before the new acceptance",
            &["commands.retry-order"],
            order,
        ),
        Check::new(
            "commands.retry-ids",
            "a retry's messages carry the retry's ids",
            &["commands.retry-ids"],
            ids,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.retry-unfinished",
            "what runs can't be retried, and goes on",
            &["commands.retry-unfinished"],
            unfinished,
        ),
        Check::new(
            "commands.retry-cancelled",
            "a cancelled query can be retried",
            &["commands.retry-cancelled"],
            of_cancelled,
        )
        .tags(&["slow"]),
    ]
}

/// Retries a query that is over; gives the answer.
async fn retry(cx: &Context, asked: &mut Asked) -> Step<Value> {
    send(&asked.peer, "retry", &asked.transaction).await;
    let told = answer(cx, &mut asked.peer, "retry").await?;
    if field::name(&told) != "command_result" {
        return fail(ReasonCode::Refused, "command_result of retry", told.to_string());
    }
    Ok(told)
}

/// The answer names the old transaction and a new one.
async fn answered(cx: Context) -> Step {
    let (mut asked, _) = ended(&cx, &json!({})).await?;
    let told = retry(&cx, &mut asked).await?;
    field::equals(&told, "status", "retrying")?;
    field::equals(&told, "transaction_id", asked.transaction.as_str())?;
    let new = field::text(&told, "new_transaction_id")?;
    ensure(new != asked.transaction, ReasonCode::Duplicate, "a new transaction", new)
}

/// The new transaction is accepted and ends like any other.
async fn runs(cx: Context) -> Step {
    let (mut asked, first) = ended(&cx, &json!({})).await?;
    let told = retry(&cx, &mut asked).await?;
    let new = field::text(&told, "new_transaction_id")?;
    let accepted = asked.peer.expect_type("query_accepted", work(&cx)).await?.value;
    field::equals(&accepted, "transaction_id", new)?;
    let end = completed(&cx, &mut asked.peer).await?;
    field::equals(&end, "transaction_id", new)?;
    field::equals(&end, "sql", field::text(&first, "sql")?)
}

/// `command_result` comes before the new acceptance.
async fn order(cx: Context) -> Step {
    let (mut asked, _) = ended(&cx, &json!({})).await?;
    send(&asked.peer, "retry", &asked.transaction).await;
    let wanted = |value: &Value| matches!(field::name(value), "command_result" | "query_accepted" | "error");
    let first = asked.peer.expect("the answer to retry", work(&cx), wanted).await?.value;
    let name = field::name(&first);
    ensure(name != "query_accepted", ReasonCode::WrongOrder, "command_result first", name)?;
    ensure_eq("the answer to retry", name, "command_result")
}

/// The retry's messages carry the retry's ids, not those of the query.
async fn ids(cx: Context) -> Step {
    let (mut asked, _) = ended(&cx, &json!({"id": "of-the-query", "correlation_id": "old"})).await?;
    retry(&cx, &mut asked).await?;
    let belongs = |value: &Value| {
        is_terminal(value) || matches!(field::name(value), "query_accepted" | "progress_update")
    };
    loop {
        let message = asked.peer.expect("the retry's messages", work(&cx), belongs).await?.value;
        field::equals(&message, "id", "c-retry")?;
        field::absent(&message, "correlation_id")?;
        if is_terminal(&message) {
            return Ok(());
        }
    }
}

/// What has not ended can't be retried, and goes on.
async fn unfinished(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut asked = asked(&cx, &json!({})).await?;
        send(&asked.peer, "retry", &asked.transaction).await;
        let told = answer(&cx, &mut asked.peer, "retry").await?;
        if field::name(&told) == "command_result" {
            // It may have been over already.
            let path = cx.target().rest(&format!("/api/transactions/{}", asked.transaction));
            let state = cx.http(crate::peer::Request::get(&path)).await?.json().unwrap_or_default();
            if state["status"] == "completed" {
                continue;
            }
            return fail(ReasonCode::Accepted, "error QUERY_REJECTED", told.to_string());
        }
        field::equals(&told, "code", "QUERY_REJECTED")?;
        field::equals(&told, "/details/reason", "not_finished")?;
        let end = completed(&cx, &mut asked.peer).await?;
        return field::equals(&end, "transaction_id", asked.transaction);
    }
    Err(Stop::Harness("every query ended before it could be commanded".to_owned()))
}

/// A cancelled query can be tried again.
async fn of_cancelled(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    held.peer.expect("query_cancelled", work(&cx), is_terminal).await?;
    let told = retry(&cx, &mut held).await?;
    let new = field::text(&told, "new_transaction_id")?;
    let end = completed(&cx, &mut held.peer).await?;
    field::equals(&end, "transaction_id", new)
}
