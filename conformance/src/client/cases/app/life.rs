//! Signs of life, both ways.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::server::{self, Greeting};
use crate::checks::{Check, ReasonCode, Step, ensure, fail, field};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::Frame;

pub(super) fn checks() -> Vec<Check> {
    let beat = &["client.heartbeat"];
    let dead = &["client.silent-server"];
    vec![
        Check::client(
            "client.heartbeat-sent",
            "A heartbeat comes within the announced interval",
            beat,
            |stage| beats(stage, 1),
        ),
        Check::client("client.heartbeat-repeated", "Heartbeats go on", beat, |stage| beats(stage, 3)),
        Check::client(
            "client.heartbeat-in-query",
            "Heartbeats go on while a question is answered",
            beat,
            in_query,
        ),
        Check::client(
            "client.heartbeat-rate",
            "Heartbeats come no more often than twice an interval",
            &["client.heartbeat-rate"],
            rate,
        ),
        Check::client(
            "client.heartbeat-ids",
            "Each heartbeat has an id of its own",
            &["client.heartbeat-id"],
            ids,
        ),
        Check::client(
            "client.heartbeat-late-answer",
            "A late answer to a heartbeat is no loss",
            dead,
            late_answer,
        ),
        Check::client(
            "client.silent-server-noticed",
            "A server that says nothing for the announced time is lost",
            dead,
            silent,
        )
        .features(&["session", "reconnect"]),
        Check::client("client.pings-are-life", "Pings of the server are signs of its life", dead, pings),
    ]
}

/// The interval that is announced here.
const INTERVAL: Duration = Duration::from_millis(300);

async fn beat(stage: &mut Stage, link: &mut ServerLink) -> Step<Value> {
    // A client may look at its clock once an interval.
    let deadline = stage.cx.within(INTERVAL * 2);
    stage.while_alive(link.expect_type("heartbeat", deadline)).await
}

async fn beats(mut stage: Stage, count: u32) -> Step {
    let greeting = Greeting { ping: INTERVAL, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    for _ in 0..count {
        let heartbeat = beat(&mut stage, &mut link).await?;
        link.answer_heartbeat(&heartbeat).await;
    }
    Ok(())
}

async fn in_query(mut stage: Stage) -> Step {
    let greeting = Greeting { ping: INTERVAL, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let query = server::ask(&mut stage, &mut link, "a long one").await?;
    server::accept(&mut link, &query, 1).await;
    for _ in 0..2 {
        let heartbeat = beat(&mut stage, &mut link).await?;
        link.answer_heartbeat(&heartbeat).await;
    }
    Ok(())
}

/// In four intervals, with one more for a first beat at once.
async fn rate(mut stage: Stage) -> Step {
    let greeting = Greeting { ping: INTERVAL, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let heard = link.listen(Instant::now() + INTERVAL * 4).await;
    server::stays(&heard)?;
    let expected = format!("heartbeats in {:?}", INTERVAL * 4);
    ensure(link.heartbeats > 0, ReasonCode::Missing, &expected, "none")?;
    let most = 2 * 4 + 1;
    let expected = format!("at most {most} heartbeats in {:?}", INTERVAL * 4);
    ensure(link.heartbeats <= most, ReasonCode::Unexpected, &expected, link.heartbeats)
}

async fn ids(mut stage: Stage) -> Step {
    let greeting = Greeting { ping: INTERVAL, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let mut seen: Vec<Value> = Vec::new();
    for _ in 0..3 {
        let heartbeat = beat(&mut stage, &mut link).await?;
        let id = field::any(&heartbeat, "correlation_id")?.clone();
        let fits =
            id.as_i64().is_some() || id.as_str().is_some_and(|id| (1..=128).contains(&id.chars().count()));
        ensure(fits, ReasonCode::WrongType, "text of 1 to 128 characters, or an integer", &id)?;
        ensure(!seen.contains(&id), ReasonCode::Duplicate, "another id for another heartbeat", &id)?;
        seen.push(id);
        link.answer_heartbeat(&heartbeat).await;
    }
    Ok(())
}

/// The first answer comes two intervals late, with a server that announces much patience.
async fn late_answer(mut stage: Stage) -> Step {
    let greeting = Greeting { ping: INTERVAL, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let heartbeat = beat(&mut stage, &mut link).await?;
    link.answers_life = false;
    let heard = link.listen(Instant::now() + stage.cx.quiet(INTERVAL * 2)).await;
    if heard.iter().any(Heard::is_end) {
        return fail(ReasonCode::Closed, "a client that waits", "the end of the connection");
    }
    link.answer_heartbeat(&heartbeat).await;
    link.answers_life = true;
    server::ask(&mut stage, &mut link, "still here").await.map(|_| ())
}

async fn silent(mut stage: Stage) -> Step {
    let silence = Duration::from_millis(900);
    let greeting = Greeting { ping: INTERVAL, silence, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    link.answers_life = false;
    let begun = Instant::now();
    // Some clients look once an interval, some close first and wait for an answer.
    let deadline = stage.cx.within(silence * 3);
    let end = |heard: &Heard| heard.is_end().then(Instant::now);
    let at = stage.while_alive(link.expect_with("the end of a silent connection", deadline, end)).await?;
    let early = at - begun < silence.mul_f64(0.8);
    ensure(!early, ReasonCode::Early, &format!("patience for {silence:?}"), format!("{:?}", at - begun))
}

async fn pings(mut stage: Stage) -> Step {
    let silence = Duration::from_millis(900);
    let greeting = Greeting { ping: INTERVAL, silence, ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    link.answers_life = false;
    let until = Instant::now() + stage.cx.quiet(silence * 2);
    while Instant::now() < until {
        link.send_frame(&Frame::ping("life")).await;
        let heard = link.listen(Instant::now() + Duration::from_millis(150)).await;
        if heard.iter().any(Heard::is_end) {
            return fail(ReasonCode::Closed, "an open connection: pings came", "its end");
        }
    }
    link.answers_life = true;
    stage.tell(json!({"do": "ask", "query": "alive"})).await;
    server::asked(&mut stage, &mut link, "alive").await.map(|_| ())
}
