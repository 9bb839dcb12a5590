//! The queue: more queries than may run, on a process with room for one that runs and one that waits.

use serde_json::{Value, json};

use super::asked::{asked, command, completed, send};
use crate::checks::query::run::{is_terminal, query, stay, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "commands.queue-position",
            "who waits is told at which place",
            &["commands.queue-position"],
            position,
        )
        .features(&["queue-of-one"])
        .variant("queue-of-one")
        .own_process(),
        Check::new("commands.queue-served", "who waited is served", &["commands.queue-served"], served)
            .tags(&["slow"])
            .features(&["queue-of-one"])
            .variant("queue-of-one")
            .own_process(),
        Check::new("commands.queue-full", "a full queue refuses as full", &["commands.queue-full"], full)
            .features(&["queue-of-one"])
            .variant("queue-of-one")
            .own_process(),
        Check::new(
            "commands.queue-cancel",
            "a query that waits can be cancelled",
            &["commands.queue-cancel"],
            cancel_waiting,
        )
        .features(&["queue-of-one"])
        .variant("queue-of-one")
        .own_process(),
        Check::new("commands.queue-room", "a cancel makes room for the next", &["commands.queue-room"], room)
            .features(&["queue-of-one"])
            .variant("queue-of-one")
            .own_process(),
    ]
}

/// A connection that asks; gives the acceptance or the refusal.
async fn next(cx: &Context) -> Step<(Peer, Value)> {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    stay(cx, &mut peer).await?;
    peer.send(&query(&json!({}))).await;
    let told = |value: &Value| field::name(value) == "query_accepted" || is_terminal(value);
    let answer = peer.expect("query_accepted", work(cx), told).await?.value;
    Ok((peer, answer))
}

/// Who has to wait is told at which place.
async fn position(cx: Context) -> Step {
    let _first = asked(&cx, &json!({})).await?;
    let (_second, accepted) = next(&cx).await?;
    ensure_eq("answer to the second query", field::name(&accepted), "query_accepted")?;
    let place = field::integer(&accepted, "queue_position")?;
    ensure(place <= 1, ReasonCode::WrongValue, "the first place of the queue", place)
}

/// Who waited is served when the first is through.
async fn served(cx: Context) -> Step {
    let mut first = asked(&cx, &json!({})).await?;
    let (mut second, _) = next(&cx).await?;
    completed(&cx, &mut first.peer).await?;
    completed(&cx, &mut second).await.map(|_| ())
}

/// A full queue refuses, and says that it is full.
async fn full(cx: Context) -> Step {
    let _first = asked(&cx, &json!({})).await?;
    let _second = next(&cx).await?;
    let (mut third, refused) = next(&cx).await?;
    if field::name(&refused) != "error" {
        return fail(ReasonCode::Accepted, "error QUERY_REJECTED", refused.to_string());
    }
    field::equals(&refused, "code", "QUERY_REJECTED")?;
    field::equals(&refused, "/details/reason", "queue_full")?;
    third.expect_open(cx.soon()).await
}

/// A query that waits can be cancelled; it never ran.
async fn cancel_waiting(cx: Context) -> Step {
    let _first = asked(&cx, &json!({})).await?;
    let (mut second, accepted) = next(&cx).await?;
    let transaction = field::text(&accepted, "transaction_id")?;
    let told = command(&cx, &mut second, "cancel", transaction).await?;
    ensure_eq("status after cancel", &told, "cancelled")?;
    let end = second.expect("query_cancelled", work(&cx), is_terminal).await?.value;
    ensure_eq("end of the query", field::name(&end), "query_cancelled")
}

/// Cancelling makes room at once.
async fn room(cx: Context) -> Step {
    let mut first = asked(&cx, &json!({})).await?;
    let (_second, _) = next(&cx).await?;
    send(&first.peer, "cancel", &first.transaction).await;
    first.peer.expect("query_cancelled", work(&cx), is_terminal).await?;
    let (mut third, accepted) = next(&cx).await?;
    if field::name(&accepted) != "query_accepted" {
        return fail(ReasonCode::Refused, "query_accepted", accepted.to_string());
    }
    completed(&cx, &mut third).await.map(|_| ())
}
