//! What the application protocol asks of clients. `server` plays the server; one file for each group of duties.

mod address;
mod backoff;
mod doing;
mod fallback;
mod life;
mod messages;
mod opening;
mod queue;
mod resume;
pub(crate) mod retry;
mod server;
mod states;
mod unknown;

use crate::checks::Check;

pub(crate) fn checks() -> Vec<Check> {
    let (session, reconnect) = (&["session"], &["session", "reconnect"]);
    [
        with(opening::checks(), session),
        with(queue::checks(), session),
        with(life::checks(), session),
        with(states::checks(), session),
        with(messages::checks(), session),
        with(unknown::checks(), session),
        with(backoff::checks(), reconnect),
        with(retry::checks(), reconnect),
        with(resume::checks(), &["session", "reconnect", "resume"]),
        with(fallback::checks(), &["session", "reconnect", "fallback"]),
        with(doing::checks(), session),
        with(address::checks(), &["url"]),
    ]
    .concat()
}

/// Names `features` on the checks that name none of their own.
fn with(checks: Vec<Check>, features: &'static [&'static str]) -> Vec<Check> {
    let named = |check: Check| if check.features.is_empty() { check.features(features) } else { check };
    checks.into_iter().map(named).collect()
}
