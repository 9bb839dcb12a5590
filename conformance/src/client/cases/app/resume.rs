//! After a loss: asking for what was missed, telling nothing twice, asking nothing twice.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{self, Greeting, payload, told};
use crate::checks::{Check, ReasonCode, Step, ensure, field};
use crate::client::Stage;
use crate::client::link::ServerLink;

pub(super) fn checks() -> Vec<Check> {
    let point = &["client.resume-point"];
    let once = &["client.told-once"];
    let ids = &["client.question-ids"];
    let again = &["client.asking-again"];
    vec![
        Check::client(
            "client.resume-asked",
            "After a loss a client asks for what it missed",
            point,
            resume_asked,
        ),
        Check::client("client.resume-offset", "It names the last offset it saw", point, resume_offset),
        Check::client("client.resume-epoch", "It names the epoch of what it saw", point, resume_epoch),
        Check::client(
            "client.resume-again",
            "After a second loss it names what it saw since the first",
            point,
            resume_again,
        ),
        Check::client(
            "client.resume-in-replay",
            "After a loss in the middle of a replay it names the last offset it saw",
            point,
            resume_in_replay,
        ),
        Check::client(
            "client.offset-gap",
            "Events behind a gap of offsets are told",
            &["client.offset-gap"],
            offset_gap,
        ),
        Check::client("client.replay-seen", "What is replayed a second time is told once", once, replay_seen),
        Check::client(
            "client.replay-new",
            "What was missed is told, in order",
            &["client.replay-told"],
            replay_new,
        ),
        Check::client("client.repeated-event", "An event that comes twice is told once", once, repeated),
        Check::client(
            "client.new-epoch",
            "Events of a new epoch are new, whatever their offsets",
            &["client.new-epoch"],
            new_epoch,
        ),
        Check::client(
            "client.snapshot-told",
            "What stands in place of a lost history is told",
            &["client.snapshot"],
            snapshot,
        ),
        Check::client(
            "client.result-replayed",
            "A result that came during the loss is told",
            &["client.replay-told"],
            result_replayed,
        ),
        Check::client("client.question-id", "A question has an id", ids, question_id),
        Check::client("client.question-ids-differ", "Two questions have two ids", ids, ids_differ),
        Check::client(
            "client.asked-again",
            "A question that was not accepted is asked again under its id",
            again,
            asked_again,
        ),
        Check::client(
            "client.not-asked-again",
            "A question that was accepted is not asked again after a full replay",
            again,
            not_asked_again,
        ),
    ]
}

/// An accepted question with progress at offsets 2 and 3, then a loss.
async fn lost(stage: &mut Stage) -> Step<Value> {
    let (mut link, _) = server::open(stage).await?;
    let query = server::ask(stage, &mut link, "interrupted").await?;
    server::accept(&mut link, &query, 1).await;
    server::progress(&mut link, &query, 2, 10).await;
    server::progress(&mut link, &query, 3, 20).await;
    for _ in 0..2 {
        told(stage, "progress_update").await?;
    }
    link.cut();
    Ok(query)
}

/// The handshake of the connection after the loss, in which nothing happened.
async fn back(stage: &mut Stage) -> Step<(ServerLink, Value)> {
    back_at(stage, 3).await
}

/// The same when the history has grown to `top`: what is behind the client's offset is replayed.
async fn back_at(stage: &mut Stage, top: u64) -> Step<(ServerLink, Value)> {
    server::join(stage, Greeting { top, ..Greeting::default() }).await
}

async fn resume_asked(mut stage: Stage) -> Step {
    lost(&mut stage).await?;
    let (_link, handshake) = back(&mut stage).await?;
    field::object(&handshake, "resume").map(|_| ())
}

async fn resume_offset(mut stage: Stage) -> Step {
    lost(&mut stage).await?;
    let (_link, handshake) = back(&mut stage).await?;
    field::equals(&handshake, "/resume/offset", 3)
}

async fn resume_epoch(mut stage: Stage) -> Step {
    lost(&mut stage).await?;
    let (_link, handshake) = back(&mut stage).await?;
    field::equals(&handshake, "/resume/epoch", "e1")
}

async fn resume_again(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let (mut link, _) = back(&mut stage).await?;
    server::progress(&mut link, &query, 4, 30).await;
    told(&mut stage, "progress_update").await?;
    // A heartbeat begins the count anew: the second loss is as the first.
    let soon = stage.soon();
    let heartbeat = stage.while_alive(link.expect_type("heartbeat", soon)).await?;
    link.answer_heartbeat(&heartbeat).await;
    link.cut();
    let wait = stage.scaled(Duration::from_secs(3));
    let deadline = stage.cx.within(Duration::from_millis(2_500) + wait);
    let visit = stage.upgrade_by(deadline).await?;
    let greeting = Greeting { top: 4, ..Greeting::default() };
    let (_link, handshake) = server::greet(&mut stage, visit, greeting).await?;
    field::equals(&handshake, "/resume/offset", 4)
}

/// Of four missed events two arrive.
async fn resume_in_replay(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let (mut link, _) = back_at(&mut stage, 7).await?;
    for offset in [4, 5] {
        server::progress(&mut link, &query, offset, offset * 10).await;
        told(&mut stage, "progress_update").await?;
    }
    link.cut();
    let wait = stage.scaled(Duration::from_secs(3));
    let visit = stage.upgrade_by(stage.cx.within(Duration::from_millis(2_500) + wait)).await?;
    let greeting = Greeting { top: 7, ..Greeting::default() };
    let (_link, handshake) = server::greet(&mut stage, visit, greeting).await?;
    field::equals(&handshake, "/resume/offset", 5)
}

/// Whoever subscribed to a part of the events sees gaps.
async fn offset_gap(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "with gaps").await?;
    server::accept(&mut link, &query, 1).await;
    server::progress(&mut link, &query, 2, 10).await;
    server::progress(&mut link, &query, 9, 20).await;
    server::result(&mut link, &query, 15).await;
    let percents = percents(&mut stage).await?;
    ensure(percents == [10, 20], ReasonCode::Lost, "10, 20", format!("{percents:?}"))
}

/// The percents that are told until the result.
async fn percents(stage: &mut Stage) -> Step<Vec<u64>> {
    stage.event("result", stage.soon()).await?;
    let told = stage.told("message");
    let updates = told.iter().filter(|told| told.pointer("/message/type") == Some(&json!("progress_update")));
    updates.map(|told| field::integer(told, "/message/percent")).collect()
}

/// Delivery is at least once: the last event before the loss comes again, and one that is replayed comes live too.
async fn replay_seen(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let (mut link, _) = back_at(&mut stage, 5).await?;
    for (offset, percent) in [(3, 20), (4, 30), (5, 40), (5, 40)] {
        server::progress(&mut link, &query, offset, percent).await;
    }
    server::result(&mut link, &query, 6).await;
    let percents = percents(&mut stage).await?;
    let code = if percents.len() > 2 { ReasonCode::Duplicate } else { ReasonCode::Lost };
    ensure(percents == [30, 40], code, "30, 40", format!("{percents:?}"))
}

async fn replay_new(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let (mut link, _) = back_at(&mut stage, 7).await?;
    for (offset, percent) in [(4, 30), (5, 40), (6, 50)] {
        server::progress(&mut link, &query, offset, percent).await;
    }
    server::result(&mut link, &query, 7).await;
    let percents = percents(&mut stage).await?;
    ensure(percents == [30, 40, 50], ReasonCode::Lost, "30, 40, 50", format!("{percents:?}"))
}

async fn repeated(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "twice").await?;
    server::accept(&mut link, &query, 1).await;
    for offset in [2, 2, 3, 3] {
        server::progress(&mut link, &query, offset, offset * 10).await;
    }
    server::result(&mut link, &query, 4).await;
    let percents = percents(&mut stage).await?;
    ensure(percents == [20, 30], ReasonCode::Duplicate, "20, 30", format!("{percents:?}"))
}

async fn new_epoch(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let greeting = Greeting { epoch: "e2", ..Greeting::default() };
    let (mut link, _) = server::join(&mut stage, greeting).await?;
    let mut update = server::event(&query, 1, json!({"percent": 77}));
    update["epoch"] = json!("e2");
    link.say("progress_update", update).await;
    let update = told(&mut stage, "progress_update").await?;
    field::equals(&update, "percent", 77)
}

async fn snapshot(mut stage: Stage) -> Step {
    lost(&mut stage).await?;
    let greeting = Greeting { top: 900, holds: false, ..Greeting::default() };
    let _link = server::join(&mut stage, greeting).await?;
    told(&mut stage, "session_snapshot").await.map(|_| ())
}

async fn result_replayed(mut stage: Stage) -> Step {
    let query = lost(&mut stage).await?;
    let (mut link, _) = back_at(&mut stage, 4).await?;
    server::result(&mut link, &query, 4).await;
    stage.event("result", stage.soon()).await.map(|_| ())
}

/// The id of a question: `query_id`, the only one that makes it one execution.
fn id_of(query: &Value) -> Step<Value> {
    field::any(&payload(query), "query_id").cloned()
}

async fn question_id(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let id = id_of(&server::ask(&mut stage, &mut link, "named").await?)?;
    let fits = id.as_i64().is_some() || id.as_str().is_some_and(|id| (1..=128).contains(&id.chars().count()));
    ensure(fits, ReasonCode::WrongType, "text of 1 to 128 characters, or an integer", id)
}

async fn ids_differ(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let first = id_of(&server::ask(&mut stage, &mut link, "one").await?)?;
    let second = id_of(&server::ask(&mut stage, &mut link, "two").await?)?;
    ensure(first != second, ReasonCode::Duplicate, "another id for another question", second)
}

async fn asked_again(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let first = id_of(&server::ask(&mut stage, &mut link, "unheard").await?)?;
    link.cut();
    let (mut link, _) = server::join(&mut stage, Greeting::default()).await?;
    let second = id_of(&server::asked(&mut stage, &mut link, "unheard").await?)?;
    ensure(first == second, ReasonCode::WrongValue, &format!("the id {first} again"), second)
}

async fn not_asked_again(mut stage: Stage) -> Step {
    lost(&mut stage).await?;
    let (mut link, _) = back(&mut stage).await?;
    let time = Duration::from_millis(400);
    server::none_of(&stage.cx, &mut link, "query", ReasonCode::Unexpected, time).await
}
