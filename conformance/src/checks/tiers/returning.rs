//! Who has lost the MCP server comes back, less and less often.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::traffic::{MCP, introductions, met, question};
use crate::between::{Manner, Passed};
use crate::checks::{Check, Context, ReasonCode, Step, ensure};

/// Attempts that are looked at.
const ATTEMPTS: usize = 5;
/// Time for them (before scaling).
const TIME: Duration = Duration::from_secs(3);
/// How many times longer the last pauses are than the first, at least: a busy machine lengthens both.
const GROWTH: u32 = 3;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tiers", "backoff", "an agent comes back after longer and longer pauses", backoff)
            .tags(&["slow"]),
    ]
}

/// When the agent with the most attempts came, if they are enough.
fn attempts(passed: &[Passed]) -> Option<Vec<Instant>> {
    let mut came: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    for (one, introduction) in introductions(passed) {
        came.entry(introduction["agent_id"].as_str().unwrap_or_default()).or_default().push(one.at);
    }
    came.into_values().find(|times| times.len() >= ATTEMPTS)
}

/// Every connection is cut at the introduction: nobody is asked anything meanwhile.
async fn backoff(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    let mut peer = met(&cx).await?;
    let mark = post.mark();
    post.set_manner(Manner::CutsSockets);
    question(&cx, &mut peer).await?;
    let times = post.until(mark, "five attempts to come back", cx.within(TIME), attempts).await?;
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let first = pauses.iter().take(2).min().copied().unwrap_or_default();
    let last = pauses.iter().rev().take(2).max().copied().unwrap_or_default();
    let expected = format!("pauses that grow {GROWTH} times and more");
    ensure(last >= first * GROWTH, ReasonCode::WrongValue, &expected, format!("{pauses:?}"))
}
