//! Pings and pongs.

use crate::checks::{Check, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::{Heard, ServerLink};
use crate::peer::{Frame, Message};

pub(super) fn checks() -> Vec<Check> {
    let pong = &["client-wire.pong"];
    vec![
        Check::client(
            "client-wire.ping-empty",
            "An empty ping is answered by an empty pong",
            pong,
            |stage| answered(stage, Vec::new()),
        ),
        Check::client("client-wire.ping-with-text", "A pong has the payload of its ping", pong, |stage| {
            answered(stage, b"are you there?".to_vec())
        }),
        Check::client("client-wire.ping-of-125", "A ping of 125 octets is answered whole", pong, |stage| {
            answered(stage, (0..125).map(|at| 0x80 | at as u8).collect())
        }),
        Check::client(
            "client-wire.ping-inside-message",
            "A ping between fragments is answered before the message is complete",
            pong,
            inside_message,
        ),
        Check::client(
            "client-wire.pings-in-a-row",
            "Of pings in a row at least the last is answered, in order",
            pong,
            in_a_row,
        ),
        Check::client(
            "client-wire.pong-unasked",
            "A pong nobody asked for is passed over",
            &["client-wire.pong-unasked"],
            unasked,
        ),
    ]
}

async fn next_pong(stage: &Stage, link: &mut ServerLink) -> Step<Vec<u8>> {
    let pong = |heard: &Heard| match heard {
        Heard::Message(Message::Pong(payload)) => Some(payload.clone()),
        _ => None,
    };
    link.expect_with("a pong", stage.soon(), pong).await
}

fn equal(pong: &[u8], ping: &[u8]) -> Step {
    if pong == ping {
        return Ok(());
    }
    let text = |bytes: &[u8]| format!("{} octets: {:?}", bytes.len(), String::from_utf8_lossy(bytes));
    fail(ReasonCode::WrongValue, text(ping), text(pong))
}

async fn answered(mut stage: Stage, payload: Vec<u8>) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::ping(payload.clone())).await;
    let pong = next_pong(&stage, &mut link).await?;
    equal(&pong, &payload)
}

async fn inside_message(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::text("not yet ").more()).await;
    link.send_frame(&Frame::ping("inside")).await;
    let pong = next_pong(&stage, &mut link).await?;
    equal(&pong, b"inside")?;
    link.send_frame(&Frame::continuation("complete")).await;
    let echo = link.expect_with("the message back", stage.soon(), super::echo::data).await?;
    super::echo::same(&echo, &Message::Text("not yet complete".to_owned()))
}

/// Pongs may be left out when a newer ping came (RFC 6455 §5.5.3), never for the newest.
async fn in_a_row(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    for number in 0..10 {
        link.send_frame(&Frame::ping(number.to_string())).await;
    }
    let mut last = None;
    while last != Some(9) {
        let pong = next_pong(&stage, &mut link).await?;
        let number = String::from_utf8_lossy(&pong).parse::<u32>().ok().filter(|number| *number < 10);
        let Some(number) = number else { return equal(&pong, b"0 to 9") };
        if last.is_some_and(|last| number <= last) {
            return fail(ReasonCode::WrongOrder, format!("a pong after {last:?}"), number.to_string());
        }
        last = Some(number);
    }
    Ok(())
}

async fn unasked(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&Frame::pong("nobody asked")).await;
    link.send_frame(&Frame::text("and on")).await;
    let soon = stage.soon();
    match link.next(soon.end()).await {
        Some(Heard::Message(Message::Text(text))) if text == "and on" => Ok(()),
        None => fail(ReasonCode::Missing, "the message behind the pong", "silence"),
        Some(heard) => fail(ReasonCode::Unexpected, "the message behind the pong", heard.to_string()),
    }
}
