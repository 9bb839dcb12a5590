//! Servers that mean no good, or are lost: answers that never come or never end, ends without a word, floods.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::opening::{echoes, never_open, tells_open_or_end};
use super::refusal::{End, refused};
use crate::checks::{Check, Deadline, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::{Frame, Message};

/// Time for an answer to an upgrade, of a client that does not scale its times: what libraries have, and some more.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same of one that scales them: however short its own become, they are not to be shorter than what a busy machine
/// needs.
const SCALED_PATIENCE: Duration = Duration::from_secs(6);
/// Between two octets of an answer that dribbles.
const DRIBBLE: Duration = Duration::from_millis(100);

/// Time for what came of a flood.
const FLOODED: Duration = Duration::from_secs(6);
/// So long is read, and written, in turn.
const MOMENT: Duration = Duration::from_millis(5);

/// Sent at most of a head without an end: no client needs as much.
const MOST_HEAD: usize = 2 << 20;
/// Sent in one write.
const CHUNK: usize = 64 << 10;

pub(super) fn checks() -> Vec<Check> {
    [answers(), ends(), floods()].concat()
}

/// Answers to an upgrade that are none, or never come to an end.
fn answers() -> Vec<Check> {
    let late = &["client-wire.answer-in-time"];
    let endless = &["client-wire.endless-head"];
    let no_http = &["client-wire.no-http"];
    vec![
        Check::client(
            "client-wire.hostile-no-answer",
            "An upgrade that is never answered is given up",
            late,
            |stage| unanswered(stage, b""),
        )
        .tags(&["rfc6455", "slow"]),
        Check::client(
            "client-wire.hostile-dribbled-answer",
            "An answer that comes octet by octet and never ends is given up",
            late,
            |stage| unanswered(stage, b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: "),
        )
        .tags(&["rfc6455", "slow"]),
        Check::client(
            "client-wire.hostile-endless-fields",
            "An answer whose fields never end fails the connection within 2 MiB",
            endless,
            |stage| endless_head(stage, b"X-First: 1\r\n", b"X-More: and more and more and more\r\n"),
        ),
        Check::client(
            "client-wire.hostile-endless-field",
            "An answer with one field that never ends fails the connection within 2 MiB",
            endless,
            |stage| endless_head(stage, b"X-Endless: ", b"x"),
        ),
        Check::client(
            "client-wire.hostile-ssh-banner",
            "The banner of SSH in place of an answer fails the connection",
            no_http,
            |stage| no_answer(stage, b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        ),
        Check::client(
            "client-wire.hostile-octets-for-answer",
            "Octets in place of an answer fail the connection",
            no_http,
            |stage| no_answer(stage, b"\x15\x03\x01\x00\x02\x02\x28\r\n\r\n"),
        ),
    ]
}

/// Garbage behind the answer, and ends without a word.
fn ends() -> Vec<Check> {
    let told = &["client-wire.end-told"];
    vec![
        Check::client(
            "client-wire.hostile-garbage-with-answer",
            "Garbage in one packet with the answer fails the connection",
            &["client-wire.garbage"],
            garbage_with_answer,
        ),
        Check::client(
            "client-wire.hostile-end-in-answer",
            "The end of the connection inside the answer is told",
            told,
            end_in_answer,
        ),
        Check::client(
            "client-wire.hostile-reset",
            "A connection that is reset is told as closed",
            told,
            reset,
        ),
    ]
}

/// More than a client reads at once.
fn floods() -> Vec<Check> {
    let floods = &["client-wire.floods"];
    vec![
        Check::client(
            "client-wire.hostile-pings",
            "5,000 pings whose pongs nobody reads are borne or end the connection",
            floods,
            |stage| flood(stage, (0..5_000).map(|at| Frame::ping(format!("ping {at}"))).collect()),
        ),
        Check::client(
            "client-wire.hostile-unread-echoes",
            "8 MiB of echoes that nobody reads are kept, held back or end the connection",
            floods,
            |stage| flood(stage, (0..256).map(|_| Frame::binary(vec![9; 32 << 10])).collect()),
        )
        .weight(16),
        Check::client(
            "client-wire.hostile-empty-fragments",
            "A message of 10,000 empty fragments is one message or ends the connection",
            floods,
            |stage| flood(stage, empty_fragments()),
        ),
    ]
}

/// How long a client may wait for an answer.
fn patience(stage: &Stage) -> Deadline {
    let own = if stage.cx.target().has("time_scale") { SCALED_PATIENCE } else { PATIENCE };
    stage.cx.within(own)
}

/// The request gets `start` for an answer, then an octet now and then, and never its end.
async fn unanswered(mut stage: Stage, start: &'static [u8]) -> Step {
    let visit = stage.echo_visit().await?;
    let mut link = visit.answer_with_bytes(start).await;
    let deadline = patience(&stage);
    let expected = "an end of waiting for the answer";
    while !deadline.is_over() {
        if !start.is_empty() {
            link.send_bytes(b"x").await;
        }
        match link.next(Instant::now() + DRIBBLE).await {
            Some(Heard::Message(_) | Heard::Fault(_)) => {
                return fail(ReasonCode::Early, expected, "frames before the answer");
            }
            Some(Heard::End) => return Ok(()),
            None => {}
        }
        if stage.has_told(tells_open_or_end) {
            return never_open(&mut stage, &mut link).await;
        }
    }
    fail(ReasonCode::NotClosed, expected, "a client that still waits")
}

/// The answer begins well; its fields never end.
async fn endless_head(mut stage: Stage, start: &'static [u8], more: &'static [u8]) -> Step {
    let visit = stage.echo_visit().await?;
    let mut head = visit.acceptance().encode();
    head.truncate(head.len() - 2);
    head.extend_from_slice(start);
    let chunk = more.repeat(CHUNK / more.len());
    let mut link = visit.answer_with_bytes(&head).await;
    // One that no longer reads, or is gone, has had enough.
    let sending = async {
        let mut sent = 0;
        while sent < MOST_HEAD && link.send_bytes(&chunk).await {
            sent += chunk.len();
        }
    };
    let _ = timeout(stage.cx.quiet(Duration::from_secs(1)), sending).await;
    never_open(&mut stage, &mut link).await
}

async fn no_answer(mut stage: Stage, bytes: &'static [u8]) -> Step {
    let visit = stage.echo_visit().await?;
    let mut link = visit.answer_with_bytes(bytes).await;
    never_open(&mut stage, &mut link).await
}

async fn garbage_with_answer(mut stage: Stage) -> Step {
    let visit = stage.echo_visit().await?;
    let response = visit.acceptance();
    let mut link = visit.answer_with(&response, &[b'{'; 256]).await;
    refused(&stage, &mut link, End::Any).await
}

/// Each answer ends within its first line: of HTTP a client may ask again when that happens to a GET (RFC 9110 §9.2.2),
/// and some time it must give up.
async fn end_in_answer(mut stage: Stage) -> Step {
    let mut visit = Some(stage.echo_visit().await?);
    let soon = stage.soon();
    while !soon.is_over() && !stage.has_told(tells_end) {
        if let Some(asked) = visit.take() {
            asked.answer_with_bytes(b"HTTP/1.1 101 Switching Proto").await.end().await;
        }
        // A client that is gone may have told it before.
        let Ok(next) = stage.visitor("the event closed", Instant::now() + MOMENT).await else { break };
        visit = next;
    }
    closed_told(&mut stage).await
}

async fn reset(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    echoes(&mut stage, &mut link).await?;
    link.reset();
    closed_told(&mut stage).await
}

/// The event `closed`, or `error`.
async fn closed_told(stage: &mut Stage) -> Step {
    let soon = stage.soon();
    stage.event_with("the event closed", soon, tells_end).await.map(|_| ())
}

fn tells_end(value: &Value) -> bool {
    matches!(value.get("event").and_then(Value::as_str), Some("closed" | "error" | "gave_up"))
}

fn empty_fragments() -> Vec<Frame> {
    let mut frames = vec![Frame::text("").more()];
    frames.extend((0..9_998).map(|_| Frame::continuation("").more()));
    frames.push(Frame::continuation(""));
    frames
}

/// Sends everything and reads nothing for a while; what comes then is well formed, and the connection is either at its
/// end or echoes on.
async fn flood(mut stage: Stage, frames: Vec<Frame>) -> Step {
    let mut link = stage.echo().await?;
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    drop(frames);
    let unread = Instant::now() + stage.cx.quiet(Duration::from_millis(200));
    let mut sent = link.send_until(&bytes, unread).await;
    let patience = stage.cx.within(FLOODED);
    // A client that holds back reads on when its answers are read.
    while sent < bytes.len() && !patience.is_over() {
        if has_ended(link.next(Instant::now() + MOMENT).await)? {
            return Ok(());
        }
        sent += link.send_until(&bytes[sent..], Instant::now() + MOMENT).await;
    }
    drop(bytes);
    let last = Message::Text("behind the flood".to_owned());
    link.send_frame(&last.to_frame()).await;
    loop {
        let Some(heard) = link.next(patience.end()).await else {
            return fail(ReasonCode::Missing, "the message behind the flood, or the end", "silence");
        };
        if heard == Heard::Message(last.clone()) || has_ended(Some(heard))? {
            return Ok(());
        }
    }
}

/// Whether it is the end of the connection; anything else is well formed.
fn has_ended(heard: Option<Heard>) -> Step<bool> {
    match heard {
        Some(Heard::Fault(fault)) => fail(ReasonCode::Malformed, "well-formed frames", fault),
        Some(Heard::End | Heard::Message(Message::Close(_))) => Ok(true),
        Some(Heard::Message(_)) | None => Ok(false),
    }
}
