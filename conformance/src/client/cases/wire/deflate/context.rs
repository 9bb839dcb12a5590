//! What the server's messages refer to is kept, whatever comes between them (RFC 7692 §7.1.1, §7.2).

use crate::checks::rfc7692::corpus::Corpus;
use crate::checks::{Check, Step, Stop};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::{Frame, Message};

use super::connection::{Connection, Wanted, open};

/// The payload of the ping.
const BETWEEN: &str = "between";

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::client(
            "client-wire.deflate-context-after-plain-message",
            "A message without compression does not change what the server's messages refer to",
            &["client-wire.deflate-messages"],
            after_plain,
        ),
        Check::client(
            "client-wire.deflate-context-after-control-frames",
            "A ping does not change what the server's messages refer to",
            &["client-wire.deflate-messages"],
            after_ping,
        ),
        Check::client(
            "client-wire.deflate-context-after-empty-message",
            "An empty message does not change what the server's messages refer to",
            &["client-wire.deflate-messages"],
            after_empty,
        ),
        Check::client(
            "client-wire.deflate-context-of-two-windows",
            "After more than a window of messages those that refer to earlier ones are still read",
            &["client-wire.deflate-messages"],
            two_windows,
        ),
    ]
}

/// A connection on which the suite's messages refer to earlier ones; not applicable to a client that asks for none.
async fn open_kept(stage: &mut Stage) -> Step<Connection> {
    let connection = open(stage, Wanted::default()).await?;
    if connection.takes_over {
        return Ok(connection);
    }
    Err(Stop::NotApplicable("the client offers server_no_context_takeover".to_owned()))
}

/// What is said before and behind.
fn repeated() -> Message {
    Corpus::Telemetry.message(2_010, 0)
}

async fn after_plain(mut stage: Stage) -> Step {
    let mut connection = open_kept(&mut stage).await?;
    connection.echo(&mut stage, &repeated(), usize::MAX).await?;
    let plain = Message::Text("not compressed, and nothing to refer to".to_owned());
    connection.link.send_frame(&plain.to_frame()).await;
    connection.expect(&mut stage, &plain).await?;
    connection.echo(&mut stage, &repeated(), usize::MAX).await
}

async fn after_ping(mut stage: Stage) -> Step {
    let mut connection = open_kept(&mut stage).await?;
    connection.echo(&mut stage, &repeated(), usize::MAX).await?;
    connection.link.send_frame(&Frame::ping(BETWEEN)).await;
    let is_answer = |heard: &Heard| matches!(heard, Heard::Message(Message::Pong(payload)) if payload == BETWEEN.as_bytes());
    let pong = connection.link.expect_with("a pong", stage.soon(), |heard| is_answer(heard).then_some(()));
    stage.while_alive(pong).await?;
    connection.echo(&mut stage, &repeated(), usize::MAX).await
}

async fn after_empty(mut stage: Stage) -> Step {
    let mut connection = open_kept(&mut stage).await?;
    for message in [repeated(), Message::Text(String::new()), repeated()] {
        connection.echo(&mut stage, &message, usize::MAX).await?;
    }
    Ok(())
}

async fn two_windows(mut stage: Stage) -> Step {
    let mut connection = open_kept(&mut stage).await?;
    for number in 0..6 {
        connection.echo(&mut stage, &Corpus::Prose.message(12_011, number), usize::MAX).await?;
    }
    Ok(())
}
