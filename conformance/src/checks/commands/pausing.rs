//! Pause, resume and cancel of a query that is not over.

use serde_json::json;

use super::asked::{asked, command, commanded, completed, paused};
use super::holding;
use crate::checks::query::order::nothing_more;
use crate::checks::query::run::{ATTEMPTS, is_terminal, work};
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure_eq, field};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "commands.pause",
            "pause is answered with its action, transaction and status",
            &["commands.pause"],
            pause,
        ),
        Check::new(
            "commands.pause-holds",
            "a paused query begins no stage and does not end",
            &["commands.pause-holds"],
            holding::holds,
        )
        .tags(&["slow"]),
        Check::new("commands.resume", "a resumed query goes on to its result", &["commands.resume"], resumes)
            .tags(&["slow"]),
        Check::new(
            "commands.pause-twice",
            "a second pause is no mistake",
            &["commands.pause-twice"],
            pause_twice,
        ),
        Check::new(
            "commands.resume-running",
            "resume of a running query changes nothing",
            &["commands.resume-running"],
            resume_running,
        ),
        Check::new(
            "commands.cancel-paused",
            "a paused query can be cancelled",
            &["commands.cancel-paused"],
            cancel_paused,
        )
        .tags(&["slow"]),
        Check::new(
            "commands.cancel-twice",
            "a second cancel finds the final state and no second end",
            &["commands.cancel-twice"],
            cancel_twice,
        ),
        Check::new(
            "commands.cancelled-stays",
            "a cancelled query can't be resumed",
            &["commands.cancelled-stays"],
            cancelled_stays,
        ),
        Check::new(
            "commands.paused-by-request",
            "a request for the transaction says that it is paused",
            &["commands.paused-by-request"],
            paused_unfinished,
        ),
    ]
}

/// Pause is answered with its action, its transaction and the new status.
async fn pause(cx: Context) -> Step {
    paused(&cx).await.map(|_| ())
}

/// What was paused goes on and ends with its result.
async fn resumes(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "resume", "running").await?;
    let end = completed(&cx, &mut held.peer).await?;
    field::equals(&end, "transaction_id", held.transaction)
}

/// A second pause changes nothing and says so.
async fn pause_twice(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "pause", "paused").await?;
    commanded(&cx, &mut held, "resume", "running").await?;
    completed(&cx, &mut held.peer).await.map(|_| ())
}

/// Resume of a query that runs changes nothing.
async fn resume_running(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut asked = asked(&cx, &json!({})).await?;
        let told = command(&cx, &mut asked.peer, "resume", &asked.transaction).await?;
        if told == "completed" {
            continue;
        }
        ensure_eq("status after resume", &told, "running")?;
        return completed(&cx, &mut asked.peer).await.map(|_| ());
    }
    Err(Stop::Harness("every query ended before it could be commanded".to_owned()))
}

/// A paused query can be cancelled.
async fn cancel_paused(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    let end = held.peer.expect("query_cancelled", work(&cx), is_terminal).await?.value;
    ensure_eq("end of the query", field::name(&end), "query_cancelled")?;
    field::equals(&end, "transaction_id", held.transaction)
}

/// The second cancel finds the final state; there is one end.
async fn cancel_twice(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    held.peer.expect("query_cancelled", work(&cx), is_terminal).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    nothing_more(&cx, &mut held.peer, &held.transaction).await
}

/// A cancelled query stays cancelled: it can't be resumed.
async fn cancelled_stays(cx: Context) -> Step {
    let mut held = paused(&cx).await?;
    commanded(&cx, &mut held, "cancel", "cancelled").await?;
    held.peer.expect("query_cancelled", work(&cx), is_terminal).await?;
    let told = command(&cx, &mut held.peer, "resume", &held.transaction).await?;
    let still = told == "cancelled";
    crate::checks::ensure(still, ReasonCode::WrongValue, "the final state cancelled", told)
}

/// A query that is paused can still be asked about: progress keeps its percent below 100.
async fn paused_unfinished(cx: Context) -> Step {
    let held = paused(&cx).await?;
    let path = cx.target().rest(&format!("/api/transactions/{}", held.transaction));
    let answer = cx.http(crate::peer::Request::get(&path)).await?;
    let Some(body) = answer.json() else {
        return crate::checks::fail(ReasonCode::Malformed, "a transaction", answer.text());
    };
    field::equals(&body, "status", "paused")
}
