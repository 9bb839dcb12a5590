//! A process that was told to stop, and a client it knows.

use serde_json::Value;
use tokio::time::Instant;

use crate::checks::query::run::stay;
use crate::checks::{Context, Peer, Step};
use crate::target::Door;

/// A target that drains, and a client that has not left.
pub(super) struct Draining {
    pub(super) peer: Peer,
    /// `server_shutting_down`, as the client got it.
    pub(super) notice: Value,
    /// When the signal was sent.
    pub(super) since: Instant,
}

/// Sends the stop signal.
pub(super) async fn signal(cx: &Context) -> Step<Instant> {
    cx.note("the target is sent its stop signal");
    cx.process().await?.signal();
    Ok(Instant::now())
}

/// Opens `door`, sends the stop signal and waits for the notice.
pub(super) async fn draining_at(cx: &Context, door: Door) -> Step<Draining> {
    let mut peer = cx.open(door).await?;
    // What is idle may be closed for that, which would be no end of the drain.
    stay(cx, &mut peer).await?;
    let since = signal(cx).await?;
    let notice = peer.expect_type("server_shutting_down", cx.soon()).await?.value;
    Ok(Draining { peer, notice, since })
}

/// The same with the query door.
pub(super) async fn draining(cx: &Context) -> Step<Draining> {
    draining_at(cx, Door::Query).await
}
