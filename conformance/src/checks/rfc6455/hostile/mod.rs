//! Peers that mean no good, or are cut off: the target gets rid of them and serves the others.

mod crowd;
mod flood;
mod garbage;
mod heads;
mod slow;

use crate::checks::{Check, Context, ReasonCode, Step, fail};
use crate::peer::{EventKind, Frame, Message};
use crate::target::Door;

use super::case::{Case, Spoil};
use super::talk;

pub(super) fn checks() -> Vec<Check> {
    [heads::checks(), slow::checks(), crowd::checks(), flood::checks()].concat()
}

pub(super) fn cases() -> Vec<Case> {
    garbage::cases()
}

/// A new connection opens and echoes.
async fn serves_others(cx: &Context) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Echo)).await?;
    peer.send_frame(Frame::text("somebody else")).await;
    let got = peer
        .expect_with("the echo on another connection", cx.soon(), |event| match &event.kind {
            EventKind::Message(Message::Text(text)) => Some(text.clone()),
            _ => None,
        })
        .await?;
    if got == "somebody else" {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, "the echo \"somebody else\"", format!("{got:?}"))
}
