//! The breaker of the agents before the MCP server.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::traffic::{MCP, calls, met, question};
use crate::between::Manner;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field};

/// A breaker may stay open so long (before scaling).
pub(super) const COOLDOWN: Duration = Duration::from_secs(4);
/// Pause between two questions.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
/// Questions after which a breaker has opened.
const QUESTIONS: usize = 12;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tiers", "circuit-opens", "after failures in a row no call is made", circuit_opens)
            .tags(&["slow"]),
        check!("tiers", "circuit-closes", "an MCP server that is well again is called again", circuit_closes)
            .tags(&["slow"]),
    ]
}

/// Refuses everything, and asks until nothing is called any more. Questions fail meanwhile.
async fn opened(cx: &Context) -> Step<Peer> {
    let post = cx.post(MCP)?;
    let mut peer = met(cx).await?;
    post.set_manner(Manner::RefusesAll);
    for number in 0..QUESTIONS {
        let mark = post.mark();
        let run = question(cx, &mut peer).await?;
        let end = &run.terminal()?.value;
        ensure(field::name(end) == "error", ReasonCode::Accepted, "an error", end)?;
        let called = !calls(&post.since(mark)).is_empty();
        ensure(called || number > 0, ReasonCode::Missing, "a call of the MCP server", "none")?;
        if !called {
            return Ok(peer);
        }
    }
    fail(ReasonCode::Accepted, "no more calls", format!("a call for each of {QUESTIONS} questions"))
}

/// The question ends with an error at once.
async fn circuit_opens(cx: Context) -> Step {
    opened(&cx).await.map(|_| ())
}

/// A probe finds out.
async fn circuit_closes(cx: Context) -> Step {
    let mut peer = opened(&cx).await?;
    cx.post(MCP)?.set_manner(Manner::Open);
    let end = Instant::now() + cx.within(COOLDOWN).limit();
    while Instant::now() < end {
        let run = question(&cx, &mut peer).await?;
        if field::name(&run.terminal()?.value) == "query_result" {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    fail(ReasonCode::Missing, "a query that is answered", "errors all the time")
}
