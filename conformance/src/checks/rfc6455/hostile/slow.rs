//! Request heads that never come, or come too slowly: the target ends the connection.

use std::time::Duration;

use tokio::time::Instant;

use crate::checks::{Check, Context, ReasonCode, Step, fail, millis};
use crate::target::Door;

/// Time for a head where the target file says none in `[timers]`: as much as a check has left.
const UNSAID: Duration = Duration::from_secs(5);
/// How much later than that an end is seen.
const GRACE: Duration = Duration::from_millis(500);
/// Octets of a head that comes slowly are this far apart: each of them is a sign of life.
const DRIBBLE: Duration = Duration::from_millis(200);

pub(super) fn checks() -> Vec<Check> {
    let of = &["hostile.heads-in-time"];
    vec![
        Check::new("hostile.silence-ends", "a connection that says nothing is ended", of, |cx| {
            ended(cx, |_| Vec::new())
        }),
        Check::new("hostile.half-head-ends", "a request that stops in its head is ended", of, |cx| {
            ended(cx, |head| head[..head.len() - 9].to_vec())
        }),
        Check::new(
            "hostile.dribbled-head-ends",
            "a request whose head comes octet by octet, too slowly, is ended",
            of,
            dribbled,
        ),
    ]
}

/// By when a head must be there, and the limit in words.
fn limit(cx: &Context) -> Step<(Instant, String)> {
    let time = cx.target().timers.header_timeout.unwrap_or(UNSAID);
    let limit = cx.within(time).limit();
    let grace = cx.quiet(GRACE);
    cx.affordable(limit + grace)?;
    Ok((Instant::now() + limit + grace, format!("the end of the connection within {}", millis(limit))))
}

/// Sends `part` of a head and waits.
async fn ended(cx: Context, part: fn(&[u8]) -> Vec<u8>) -> Step {
    let head = cx.upgrade_request(&Door::Echo).encode();
    let mut raw = cx.raw().await?;
    let (end, expected) = limit(&cx)?;
    raw.send(&part(&head)).await;
    if raw.ends_before(end).await {
        return Ok(());
    }
    fail(ReasonCode::NotClosed, expected, "an open connection")
}

/// Sends a head in octets, as long as it is taken: it would take half a minute.
async fn dribbled(cx: Context) -> Step {
    let head = cx.upgrade_request(&Door::Echo).encode();
    let mut raw = cx.raw().await?;
    let (end, expected) = limit(&cx)?;
    let mut next = Instant::now();
    for octet in head {
        if !raw.send(&[octet]).await {
            return Ok(());
        }
        next += DRIBBLE;
        if raw.ends_before(next.min(end)).await {
            return Ok(());
        }
        if Instant::now() >= end {
            return fail(ReasonCode::NotClosed, expected, "an open connection");
        }
    }
    fail(ReasonCode::NotClosed, expected, "the whole head was taken")
}
