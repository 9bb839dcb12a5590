//! Subprotocols and extensions: the server answers with nothing the client did not offer (RFC 6455 §4.2.2).

use crate::checks::{Context, ReasonCode, Step, fail};
use crate::target::Door;

/// Of the offered subprotocols the server selects `tidegate.v1`.
pub(super) async fn subprotocol(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).header("Sec-WebSocket-Protocol", "other.v9, tidegate.v1");
    let peer = cx.upgrade(&request).await?;
    match peer.response().field("Sec-WebSocket-Protocol") {
        Some("tidegate.v1") => Ok(()),
        Some(other) => fail(ReasonCode::WrongValue, "subprotocol tidegate.v1", format!("{other:?}")),
        None => fail(ReasonCode::Missing, "subprotocol tidegate.v1", "none"),
    }
}

/// A subprotocol that nobody knows, or none offered: none is selected, the connection opens.
pub(super) async fn unoffered_subprotocol(cx: Context) -> Step {
    let plain = cx.upgrade_request(&Door::Query);
    let unknown = cx.upgrade_request(&Door::Query).header("Sec-WebSocket-Protocol", "unheard.of");
    for request in [plain, unknown] {
        let peer = cx.upgrade(&request).await?;
        if let Some(selected) = peer.response().field("Sec-WebSocket-Protocol") {
            return fail(ReasonCode::Unexpected, "no subprotocol selected", format!("{selected:?}"));
        }
    }
    Ok(())
}

/// An extension nobody knows is declined by silence, and the connection works without it.
pub(super) async fn unknown_extension(cx: Context) -> Step {
    let request =
        cx.upgrade_request(&Door::Query).header("Sec-WebSocket-Extensions", "x-unheard-of; level=\"9\"");
    let mut peer = cx.upgrade(&request).await?;
    if let Some(selected) = peer.response().field("Sec-WebSocket-Extensions") {
        return fail(ReasonCode::Unexpected, "no extension selected", format!("{selected:?}"));
    }
    peer.expect_open(cx.soon()).await
}
