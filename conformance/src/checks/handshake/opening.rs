//! The server's half of the opening handshake (RFC 6455 §4.2.2).

use crate::checks::{Context, Step};
use crate::target::Door;

/// A correct upgrade is answered by 101 with `Sec-WebSocket-Accept` computed from the key.
pub(super) async fn accepts(cx: Context) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Query)).await?;
    peer.expect_open(cx.soon()).await
}
