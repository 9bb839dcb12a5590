//! Cuts: wherever a connection breaks, coming back loses and doubles nothing.

use serde_json::{Value, json};

use super::agent::{ask, back, begin, until_cut};
use crate::checks::query::run::{QUESTION, work};
use crate::checks::resume::events::{is_event, next_after, no_event, recovered, to_the_end, unless_expired};
use crate::checks::resume::recovery::open_at;
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, ensure_eq, fail, field};
use crate::loss::{Cut, Loss, Place};
use crate::target::Door;

/// Cut in the middle of a query, back at once, to the end of the query.
async fn cut_at(cx: &Context, cut: Cut) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(cut.clone())).await?;
        let (mut peer, session) = begin(&line).await?;
        ask(&peer).await;
        let seen = until_cut(cx, &mut peer).await?;
        let (mut peer, resumed) = back(cx, &session, seen).await?;
        field::equals(&resumed, "from", seen + 1)?;
        to_the_end(cx, &mut peer, seen).await?;
        no_event(cx, &mut peer).await
    })
    .await
}

/// Nothing of the acceptance arrives.
pub(super) async fn before_acceptance(cx: Context) -> Step {
    cut_at(&cx, Cut::at_event(1, Place::Before)).await
}

/// The acceptance arrives and nothing behind it.
pub(super) async fn behind_acceptance(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_event(1, Place::After))).await?;
        let (mut peer, session) = begin(&line).await?;
        ask(&peer).await;
        let seen = until_cut(&cx, &mut peer).await?;
        ensure_eq("the last event that was seen", &seen, &1)?;
        let (mut peer, _) = back(&cx, &session, seen).await?;
        to_the_end(&cx, &mut peer, seen).await.map(|_| ())
    })
    .await
}

/// One byte of an update arrives.
pub(super) async fn in_header(cx: Context) -> Step {
    cut_at(&cx, Cut::at_event(2, Place::FirstByte)).await
}

/// Half of an update arrives.
pub(super) async fn in_payload(cx: Context) -> Step {
    cut_at(&cx, Cut::at_event(3, Place::Middle)).await
}

/// All of an update arrives but its last byte.
pub(super) async fn before_last_byte(cx: Context) -> Step {
    cut_at(&cx, Cut::at_event(4, Place::AllButLast)).await
}

/// Half of the result arrives.
pub(super) async fn in_result(cx: Context) -> Step {
    cut_at(&cx, Cut::at_message("query_result", Place::Middle)).await
}

/// The same by a reset of the connection.
pub(super) async fn by_reset(cx: Context) -> Step {
    cut_at(&cx, Cut::at_event(3, Place::Middle).by_reset()).await
}

/// The result arrives, then the connection breaks: nothing was missed, and nothing comes again.
pub(super) async fn behind_result(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_message("query_result", Place::After))).await?;
        let (mut peer, session) = begin(&line).await?;
        ask(&peer).await;
        let seen = until_cut(&cx, &mut peer).await?;
        let (mut peer, resumed) = back(&cx, &session, seen).await?;
        field::equals(&resumed, "from", Value::Null)?;
        field::equals(&resumed, "top", seen)?;
        no_event(&cx, &mut peer).await
    })
    .await
}

/// Cut, back, cut again, back again.
pub(super) async fn twice(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_event(2, Place::After))).await?;
        let (mut peer, session) = begin(&line).await?;
        ask(&peer).await;
        until_cut(&cx, &mut peer).await?;
        let line = cx.through(Loss::Cut(Cut::at_event(4, Place::Middle))).await?;
        let (mut peer, _) = back(&line, &session, 2).await?;
        next_after(&cx, &mut peer, 2).await?;
        peer.expect_end(work(&cx)).await?;
        let (mut peer, _) = back(&cx, &session, 3).await?;
        to_the_end(&cx, &mut peer, 3).await.map(|_| ())
    })
    .await
}

/// The connection breaks while what was missed is told.
pub(super) async fn in_replay(cx: Context) -> Step {
    unless_expired(async || {
        let (mut asker, session) = begin(&cx).await?;
        ask(&asker).await;
        // A few events, young enough to be held on any machine.
        for seen in 0..4 {
            next_after(&cx, &mut asker, seen).await?;
        }
        drop(asker);
        let line = cx.through(Loss::Cut(Cut::at_event(3, Place::Middle))).await?;
        let (mut peer, _) = back(&line, &session, 0).await?;
        next_after(&cx, &mut peer, 0).await?;
        next_after(&cx, &mut peer, 1).await?;
        peer.expect_end(work(&cx)).await?;
        let (mut peer, resumed) = back(&cx, &session, 2).await?;
        field::equals(&resumed, "from", 3)?;
        to_the_end(&cx, &mut peer, 2).await.map(|_| ())
    })
    .await
}

/// A watcher on the progress door, back by its address.
pub(super) async fn by_address(cx: Context) -> Step {
    unless_expired(async || {
        let (asker, session) = begin(&cx).await?;
        let line = cx.through(Loss::Cut(Cut::at_event(3, Place::Middle))).await?;
        let mut watcher = line.open(Door::Progress(session.id.clone())).await?;
        ask(&asker).await;
        let seen = until_cut(&cx, &mut watcher).await?;
        let place = format!("epoch={}&offset={seen}&agent_id={}", session.epoch, cx.slug());
        let mut watcher = open_at(&cx, &session, &place).await?;
        let resumed = watcher.expect_type("resumed", cx.soon()).await?.value;
        recovered(&resumed)?;
        to_the_end(&cx, &mut watcher, seen).await.map(|_| ())
    })
    .await
}

/// Half a query is no query: nothing is run.
pub(super) async fn query_in_half(cx: Context) -> Step {
    let line = cx.through(Loss::Cut(Cut::at_sent("query", Place::Middle))).await?;
    let (mut peer, session) = begin(&line).await?;
    ask(&peer).await;
    let end = peer.expect_end(cx.soon()).await;
    end.map_err(|_| Stop::Harness("the line was not cut in the query".to_owned()))?;
    let (mut peer, resumed) = back(&cx, &session, 0).await?;
    field::equals(&resumed, "top", 0)?;
    no_event(&cx, &mut peer).await
}

/// Half a command is none: the query goes on to its result.
pub(super) async fn command_in_half(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_sent("command", Place::Middle))).await?;
        let (mut peer, session) = begin(&line).await?;
        ask(&peer).await;
        let accepted = next_after(&cx, &mut peer, 0).await?;
        let cancel =
            json!({"type": "command", "action": "cancel", "transaction_id": accepted["transaction_id"]});
        peer.send(&cancel).await;
        drop(peer);
        let (mut peer, _) = back(&cx, &session, 1).await?;
        let end = peer.expect("the end of the query", work(&cx), ended).await?.value;
        let kind = field::name(&end);
        ensure(kind == "query_result", ReasonCode::Unexpected, "query_result", &end)
    })
    .await
}

fn ended(message: &Value) -> bool {
    is_event(message) && matches!(field::name(message), "query_result" | "query_cancelled" | "error")
}

/// A client that does not know whether its query arrived asks it again: it is run once.
pub(super) async fn asked_again(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_event(1, Place::Before))).await?;
        let (mut peer, session) = begin(&line).await?;
        let query = json!({"type": "query", "query": QUESTION, "query_id": "unsure"});
        peer.send(&query).await;
        until_cut(&cx, &mut peer).await?;
        let (mut peer, _) = back(&cx, &session, 0).await?;
        let first = next_after(&cx, &mut peer, 0).await?;
        peer.send(&query).await;
        let accepts = |value: &Value| field::name(value) == "query_accepted";
        let again = peer.expect("query_accepted of the same execution", work(&cx), accepts).await?.value;
        if again["transaction_id"] != first["transaction_id"] {
            return fail(ReasonCode::Duplicate, "one execution", again.to_string());
        }
        field::equals(&again, "duplicate", true)
    })
    .await
}

/// What a connection had unsubscribed is its own: the next one hears everything.
pub(super) async fn subscriptions(cx: Context) -> Step {
    unless_expired(async || {
        let line = cx.through(Loss::Cut(Cut::at_message("query_accepted", Place::After))).await?;
        let (mut peer, session) = begin(&line).await?;
        peer.send(&json!({"type": "unsubscribe", "events": ["progress_update"]})).await;
        peer.expect_type("unsubscribed", cx.soon()).await?;
        ask(&peer).await;
        peer.expect_type("query_accepted", work(&cx)).await?;
        peer.expect_end(work(&cx)).await?;
        let (mut peer, _) = back(&cx, &session, 1).await?;
        to_the_end(&cx, &mut peer, 1).await.map(|_| ())
    })
    .await
}
