//! One who hears nothing while its session is told more than any server keeps for one client.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::agent::{begin, beside, stay};
use super::given_up::slow_consumer;
use super::slow::LARGE;
use crate::checks::query::run::{is_terminal, query, work};
use crate::checks::resume::events::is_event;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, fail, field};
use crate::loss::{Loss, Way};
use crate::peer::{EventKind, Frame, Message};

/// Queries at one time, and how often.
const BATCH: usize = 3;
const BATCHES: usize = 6;
/// More than the queue of a slow client and what is on its way.
const MUCH: usize = 2 * 1024 * 1024;
/// Whoever says nothing at all for long is taken for dead, not for slow.
const LIFE: Duration = Duration::from_millis(200);

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("loss", "deaf", "who reads nothing is given up, or told everything: never a part", no_gap)
            .tags(&["slow"])
            .weight(4),
    ]
}

/// Asks for much, and is told all of it, while `deaf` shows that it lives; gives the session's last offset.
async fn flood(cx: &Context, asker: &mut Peer, deaf: &Peer) -> Step<u64> {
    let large = query(&json!({"query": LARGE, "preferences": {"stream": true}}));
    let (start, mut top, mut bytes) = (Instant::now(), 0, 0);
    let mut shown = start;
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            asker.send(&large).await;
        }
        let mut ended = 0;
        while ended < BATCH {
            let event = asker.expect("the queries' events", work(cx), is_event).await?.value;
            if shown.elapsed() > LIFE {
                shown = Instant::now();
                deaf.send_frame(Frame::pong("alive")).await;
            }
            top = field::integer(&event, "offset")?;
            bytes += event.to_string().len();
            ended += usize::from(is_terminal(&event));
        }
        if bytes > MUCH || start.elapsed() > cx.pace().limit / 3 {
            break;
        }
    }
    Ok(top)
}

/// What comes is in order, up to the last event or to the end of the connection.
async fn no_gap(cx: Context) -> Step {
    let line = cx.through(Loss::Nothing).await?;
    let (mut peer, session) = begin(&line).await?;
    stay(&cx, &mut peer).await?;
    let mut asker = beside(&cx, &session).await?;
    line.hold(Way::Down);
    let top = flood(&cx, &mut asker, &peer).await?;
    line.release(Way::Down);
    let mut last = 0;
    while last < top {
        let Some(event) = peer.next_event(work(&cx).end()).await else {
            return fail(ReasonCode::Lost, "all events, or the end of the connection", "silence");
        };
        match event.kind {
            // A close that can't be delivered is none.
            EventKind::End(_) => return Ok(()),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "messages", fault.to_string()),
            EventKind::Message(Message::Close(close)) => return slow_consumer(close.as_ref()),
            EventKind::Message(message) => {
                let Some(event) = message.to_json().filter(is_event) else { continue };
                let offset = field::integer(&event, "offset")?;
                if offset != last + 1 {
                    let code = if offset <= last { ReasonCode::Duplicate } else { ReasonCode::Lost };
                    return fail(code, format!("the event with offset {}", last + 1), format!("{offset}"));
                }
                last = offset;
            }
        }
    }
    Ok(())
}
