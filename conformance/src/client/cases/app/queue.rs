//! What is asked before there is a connection waits for it.

use std::time::Duration;

use serde_json::json;

use super::server::{self, Greeting, payload};
use crate::checks::{Check, ReasonCode, Step, ensure, ensure_eq, field};
use crate::client::Stage;

pub(super) fn checks() -> Vec<Check> {
    let queue = &["client.queue"];
    vec![
        Check::client(
            "client.queue-until-open",
            "What is asked before the connection is open is sent when it is",
            queue,
            until_open,
        ),
        Check::client(
            "client.queue-behind-handshake",
            "What waited is sent behind the handshake",
            queue,
            behind_handshake,
        ),
        Check::client("client.queue-order", "What waited is sent in the order it was asked", queue, order),
        Check::client("client.queue-once", "What waited is sent once", queue, once),
        Check::client(
            "client.queue-while-away",
            "What is asked during a loss is sent after it",
            &["client.queue-over-loss"],
            while_away,
        )
        .features(&["session", "reconnect"]),
    ]
}

/// The upgrade is answered late; until then not a byte may come.
async fn until_open(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "asked early"})).await;
    let visit = stage.upgrade().await?;
    tokio::time::sleep(stage.cx.quiet(Duration::from_millis(250))).await;
    let early = visit.early();
    ensure(early.is_empty(), ReasonCode::Early, "nothing before the 101", format!("{} octets", early.len()))?;
    let (mut link, _) = server::greet(&mut stage, visit, Greeting::default()).await?;
    server::asked(&mut stage, &mut link, "asked early").await.map(|_| ())
}

async fn behind_handshake(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "behind the handshake"})).await;
    let mut link = stage.upgrade().await?.accept().await;
    let greeting = Greeting::default();
    server::establish(&mut link, greeting).await;
    let first = server::next_json(&mut stage, &mut link, "connection_handshake").await?;
    let kind = field::text(&first, "type")?;
    ensure(kind != "query", ReasonCode::WrongOrder, "the handshake before any question", kind)?;
    server::acknowledge(&mut link, &first, greeting).await;
    server::asked(&mut stage, &mut link, "behind the handshake").await.map(|_| ())
}

async fn order(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    for query in ["first of three", "second of three", "third of three"] {
        stage.tell(json!({"do": "ask", "query": query})).await;
    }
    let (mut link, _) = server::join(&mut stage, Greeting::default()).await?;
    let mut asked = Vec::new();
    for _ in 0..3 {
        let soon = stage.soon();
        let message = stage.while_alive(link.expect_type("query", soon)).await?;
        asked.push(field::text(&payload(&message), "query")?.to_owned());
    }
    let expected = ["first of three", "second of three", "third of three"];
    ensure(asked == expected, ReasonCode::WrongOrder, &format!("{expected:?}"), format!("{asked:?}"))
}

async fn once(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "only once"})).await;
    let (mut link, _) = server::join(&mut stage, Greeting::default()).await?;
    server::asked(&mut stage, &mut link, "only once").await?;
    server::none_of(&stage.cx, &mut link, "query", ReasonCode::Duplicate, Duration::from_millis(400)).await
}

async fn while_away(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.cut();
    stage.event("closed", stage.soon()).await?;
    stage.tell(json!({"do": "ask", "query": "asked while away"})).await;
    let (mut link, _) = server::join(&mut stage, Greeting::default()).await?;
    let query = server::asked(&mut stage, &mut link, "asked while away").await?;
    ensure_eq("type", &field::text(&query, "type")?, &"query")
}
