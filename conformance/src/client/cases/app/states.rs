//! States, ends, and who is told of them.

use std::time::Duration;

use serde_json::{Value, json};

use super::server;
use crate::checks::{Check, ReasonCode, Step, ensure, fail, field};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::Message;

pub(super) fn checks() -> Vec<Check> {
    let states = &["client.states"];
    let end = &["client.end-told"];
    let close = &["client.user-close"];
    vec![
        Check::client("client.states-opening", "The user sees connecting, then open", states, opening),
        Check::client(
            "client.states-refused",
            "The user sees closed when the connection fails",
            states,
            refused,
        ),
        Check::client("client.states-left", "The user sees closed after leaving", states, left),
        Check::client("client.loss-told", "A connection without a close frame is told as 1006", end, loss),
        Check::client("client.close-told", "Code and reason of a close are told", end, close_told),
        Check::client("client.close-frame", "A user who leaves closes in order", close, close_frame),
        Check::client(
            "client.close-for-good",
            "After its user left a client does not come back",
            close,
            for_good,
        ),
        Check::client(
            "client.close-while-waiting",
            "A user who leaves while a client waits to come back is not brought back",
            close,
            while_waiting,
        )
        .features(&["session", "reconnect"]),
        Check::client(
            "client.one-connection",
            "A client has one connection",
            &["client.one-connection"],
            one_connection,
        ),
        Check::client(
            "client.quits-closes",
            "When its input ends a client closes in order",
            &["client.quits"],
            quits_closes,
        ),
        Check::client(
            "client.quits-ends",
            "When its input ends a client ends",
            &["client.quits"],
            quits_ends,
        ),
    ]
}

async fn state(stage: &mut Stage, wanted: &'static str) -> Step {
    let soon = stage.soon();
    let is = |value: &Value| value["event"] == json!("state") && value["state"] == json!(wanted);
    stage.event_with(&format!("the state {wanted}"), soon, is).await.map(|_| ())
}

async fn opening(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    let visit = stage.upgrade().await?;
    state(&mut stage, "connecting").await?;
    let early = stage.told("state").iter().any(|told| told["state"] == json!("open"));
    ensure(!early, ReasonCode::Early, "open after the 101", "open before it")?;
    let _link = server::greet(&mut stage, visit, server::Greeting::default()).await?;
    state(&mut stage, "open").await
}

async fn refused(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    let visit = stage.upgrade().await?;
    state(&mut stage, "connecting").await?;
    visit.cut();
    state(&mut stage, "closed").await
}

async fn left(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    answer_close(&mut stage, link).await?;
    state(&mut stage, "closed").await
}

/// Waits for the client's close, answers it and ends the connection.
async fn answer_close(stage: &mut Stage, mut link: crate::client::link::ServerLink) -> Step<u16> {
    let soon = stage.soon();
    let closing = link.expect_with("a close frame", soon, |heard| match heard {
        Heard::Message(Message::Close(parts)) => Some(parts.as_ref().map_or(1000, |(code, _)| *code)),
        _ => None,
    });
    let code = stage.while_alive(closing).await?;
    link.close(1000, "").await;
    Ok(code)
}

async fn loss(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.cut();
    let told = stage.event("closed", stage.soon()).await?;
    field::equals(&told.value, "code", 1006)
}

async fn close_told(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.close(1008, "Session expired").await;
    let told = stage.event("closed", stage.soon()).await?;
    field::equals(&told.value, "code", 1008)?;
    field::equals(&told.value, "reason", "Session expired")
}

async fn close_frame(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    let code = answer_close(&mut stage, link).await?;
    ensure(code == 1000, ReasonCode::WrongCloseCode, "close 1000", code)
}

async fn for_good(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    answer_close(&mut stage, link).await?;
    let time = stage.scaled(Duration::from_secs(2)) + Duration::from_millis(400);
    stage.no_upgrade("no connection after the user left", time).await
}

async fn while_waiting(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.cut();
    stage.event("closed", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    let time = stage.scaled(Duration::from_secs(2)) + Duration::from_millis(400);
    stage.no_upgrade("no connection after the user left", time).await
}

async fn one_connection(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let living = async {
        // Its heartbeats are answered while it is watched.
        link.listen(tokio::time::Instant::now() + Duration::from_secs(60)).await;
        Ok(())
    };
    tokio::select! {
        watched = stage.no_upgrade("one connection", Duration::from_millis(700)) => watched,
        ended = living => match ended {
            Ok(()) => fail(ReasonCode::Closed, "one connection that stays", "its end"),
            Err(stop) => Err(stop),
        },
    }
}

async fn quits_closes(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.leave();
    let soon = stage.soon();
    let mut link = link;
    let close = |heard: &Heard| matches!(heard, Heard::Message(Message::Close(_))).then_some(());
    link.expect_with("a close frame", soon, close).await
}

async fn quits_ends(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    stage.event("open", stage.soon()).await?;
    stage.leave();
    let soon = stage.soon();
    // Without a close frame its end will do here.
    if let Some(Heard::Message(Message::Close(_))) = link.next(soon.end()).await {
        link.close(1000, "").await;
    }
    stage.ended(stage.cx.within(Duration::from_secs(5))).await.map(|_| ())
}
