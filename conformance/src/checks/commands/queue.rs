//! The queue: more queries than may run, on a process with room for one that runs and one that waits.

use serde_json::{Value, json};

use super::asked::{command, completed};
use crate::checks::query::run::{ATTEMPTS, is_terminal, query, stay, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};
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

/// Connections that are ready to ask, each in a session of its own: what follows must be quick.
async fn ready(cx: &Context, count: usize) -> Step<Vec<Peer>> {
    let mut peers = Vec::new();
    for _ in 0..count {
        let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
        stay(cx, &mut peer).await?;
        peers.push(peer);
    }
    Ok(peers)
}

/// Asks; gives the acceptance or the refusal.
async fn ask(cx: &Context, peer: &mut Peer) -> Step<Value> {
    peer.send(&query(&json!({}))).await;
    let told = |value: &Value| field::name(value) == "query_accepted" || is_terminal(value);
    Ok(peer.expect("query_accepted", work(cx), told).await?.value)
}

/// Who has to wait is told at which place.
async fn position(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peers = ready(&cx, 2).await?;
        let first = ask(&cx, &mut peers[0]).await?;
        let accepted = ask(&cx, &mut peers[1]).await?;
        ensure_eq("answer to the second query", field::name(&accepted), "query_accepted")?;
        if accepted.get("queue_position").is_none() && was_over(&cx, &mut peers[0], &first).await? {
            completed(&cx, &mut peers[1]).await?;
            continue;
        }
        let place = field::integer(&accepted, "queue_position")?;
        return ensure(place <= 1, ReasonCode::WrongValue, "the first place of the queue", place);
    }
    Err(too_quick())
}

/// Whether a query had ended by itself; ends it otherwise.
async fn was_over(cx: &Context, peer: &mut Peer, accepted: &Value) -> Step<bool> {
    let transaction = field::text(accepted, "transaction_id")?;
    Ok(command(cx, peer, "cancel", transaction).await? == "completed")
}

fn too_quick() -> Stop {
    Stop::Harness(format!("{ATTEMPTS} queries in a row ended before others could wait behind them"))
}

/// Who waited is served when the first is through.
async fn served(cx: Context) -> Step {
    let mut peers = ready(&cx, 2).await?;
    ask(&cx, &mut peers[0]).await?;
    ask(&cx, &mut peers[1]).await?;
    for peer in &mut peers {
        completed(&cx, peer).await?;
    }
    Ok(())
}

/// A full queue refuses, and says that it is full.
async fn full(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peers = ready(&cx, 3).await?;
        let first = ask(&cx, &mut peers[0]).await?;
        ask(&cx, &mut peers[1]).await?;
        let refused = ask(&cx, &mut peers[2]).await?;
        if field::name(&refused) == "error" {
            field::equals(&refused, "code", "QUERY_REJECTED")?;
            field::equals(&refused, "/details/reason", "queue_full")?;
            return peers[2].expect_open(cx.soon()).await;
        }
        if !was_over(&cx, &mut peers[0], &first).await? {
            return fail(ReasonCode::Accepted, "error QUERY_REJECTED", refused.to_string());
        }
        for peer in &mut peers[1..] {
            completed(&cx, peer).await?;
        }
    }
    Err(too_quick())
}

/// A query that waits can be cancelled; it never ran.
async fn cancel_waiting(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peers = ready(&cx, 2).await?;
        ask(&cx, &mut peers[0]).await?;
        let accepted = ask(&cx, &mut peers[1]).await?;
        let transaction = field::text(&accepted, "transaction_id")?;
        let told = command(&cx, &mut peers[1], "cancel", transaction).await?;
        if told == "completed" {
            continue;
        }
        ensure_eq("status after cancel", &told, "cancelled")?;
        let end = peers[1].expect("query_cancelled", work(&cx), is_terminal).await?.value;
        return ensure_eq("end of the query", field::name(&end), "query_cancelled");
    }
    Err(too_quick())
}

/// Cancelling makes room: when the query that waited runs, another one may wait.
async fn room(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peers = ready(&cx, 3).await?;
        let first = ask(&cx, &mut peers[0]).await?;
        ask(&cx, &mut peers[1]).await?;
        if was_over(&cx, &mut peers[0], &first).await? {
            completed(&cx, &mut peers[1]).await?;
            continue;
        }
        peers[0].expect("query_cancelled", work(&cx), is_terminal).await?;
        peers[1].expect_type("progress_update", work(&cx)).await?;
        let accepted = ask(&cx, &mut peers[2]).await?;
        if field::name(&accepted) != "query_accepted" {
            return fail(ReasonCode::Refused, "query_accepted", accepted.to_string());
        }
        return completed(&cx, &mut peers[2]).await.map(|_| ());
    }
    Err(too_quick())
}
