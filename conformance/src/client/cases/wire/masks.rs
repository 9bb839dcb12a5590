//! What every frame of a client must have: a mask with a key of its own, and the shortest length.

use std::collections::BTreeSet;

use serde_json::json;

use crate::checks::{Check, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::{Frame, Message};

/// Messages whose keys are compared.
const SAMPLE: usize = 24;

pub(super) fn checks() -> Vec<Check> {
    let masked = &["client-wire.masked"];
    vec![
        Check::client("client-wire.mask-of-text", "Text frames are masked", masked, |stage| {
            sends(stage, Frame::text("mask this"))
        }),
        Check::client("client-wire.mask-of-binary", "Binary frames are masked", masked, |stage| {
            sends(stage, Frame::binary("mask this"))
        }),
        Check::client("client-wire.mask-of-pong", "Pongs are masked", masked, |stage| {
            sends(stage, Frame::ping("mask this"))
        }),
        Check::client("client-wire.mask-of-close", "Close frames are masked", masked, mask_of_close),
        Check::client(
            "client-wire.mask-keys-fresh",
            "Each frame has a masking key of its own",
            &["client-wire.mask-keys"],
            keys_fresh,
        ),
        Check::client(
            "client-wire.mask-keys-unguessable",
            "A masking key does not follow from the one before",
            &["client-wire.mask-keys"],
            keys_unguessable,
        ),
        Check::client(
            "client-wire.length-shortest",
            "Lengths are written in their shortest form",
            &["client-wire.length-shortest"],
            |stage| sends(stage, Frame::text("l".repeat(126))),
        ),
    ]
}

/// Every frame is judged as it comes: here the answer to `frame` has to come at all.
async fn sends(mut stage: Stage, frame: Frame) -> Step {
    let mut link = stage.echo().await?;
    link.send_frame(&frame).await;
    let soon = stage.soon();
    let any = |heard: &Heard| matches!(heard, Heard::Message(_)).then_some(());
    link.expect_with("an answer", soon, any).await
}

async fn mask_of_close(mut stage: Stage) -> Step {
    let mut link = stage.echo().await?;
    stage.event("open", stage.soon()).await?;
    stage.tell(json!({"do": "close"})).await;
    let soon = stage.soon();
    let close = |heard: &Heard| matches!(heard, Heard::Message(Message::Close(_))).then_some(());
    link.expect_with("a close frame", soon, close).await
}

/// The keys of [`SAMPLE`] echoes.
async fn keys(stage: &mut Stage) -> Step<Vec<u32>> {
    let mut link = stage.echo().await?;
    for number in 0..SAMPLE {
        link.send_frame(&Frame::text(format!("message {number}"))).await;
    }
    for _ in 0..SAMPLE {
        link.expect_with("a message back", stage.soon(), super::echo::data).await?;
    }
    Ok(link.masks.iter().copied().map(u32::from_be_bytes).collect())
}

/// Two equal ones among 24 random keys are one chance in fifteen million.
async fn keys_fresh(mut stage: Stage) -> Step {
    let keys = keys(&mut stage).await?;
    let different: BTreeSet<u32> = keys.iter().copied().collect();
    if different.len() == keys.len() {
        return Ok(());
    }
    let actual = format!("{} different keys", different.len());
    fail(ReasonCode::Duplicate, format!("{} different keys", keys.len()), actual)
}

/// Keys that count, or step evenly, can be foretold: then a script can write bytes of its choice.
async fn keys_unguessable(mut stage: Stage) -> Step {
    let keys = keys(&mut stage).await?;
    let steps: BTreeSet<u32> = keys.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    if steps.len() > keys.len() / 2 {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, "keys without a pattern", format!("{:08x?}", &keys[..keys.len().min(6)]))
}
