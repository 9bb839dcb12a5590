//! Correct upgrades, also unusual ones, are accepted (RFC 6455 §4.2).

use crate::checks::{Context, ReasonCode, Step, fail, field};
use crate::peer::{Frame, LinkOptions};
use crate::target::Door;

/// 101 with `Upgrade: websocket`, `Connection: Upgrade` and the accept value computed from the key.
pub(super) async fn accepts(cx: Context) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Query)).await?;
    for (name, token) in [("Upgrade", "websocket"), ("Connection", "upgrade")] {
        let Some(value) = peer.response().field(name) else {
            return fail(ReasonCode::Missing, format!("field {name}: {token} in the response"), "none");
        };
        if !value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)) {
            return fail(ReasonCode::WrongValue, format!("{name}: {token}"), format!("{name}: {value}"));
        }
    }
    peer.expect_open(cx.soon()).await
}

/// `Connection` is a list of tokens; browsers behind some proxies send `keep-alive, Upgrade`.
pub(super) async fn connection_list(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).with("Connection", "keep-alive, Upgrade");
    cx.upgrade(&request).await?.expect_open(cx.soon()).await
}

/// Field names and the tokens of `Upgrade` and `Connection` are compared without regard to case.
pub(super) async fn case_insensitive(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query);
    let key = request.field("Sec-WebSocket-Key").unwrap_or_default().to_owned();
    let request = request
        .without("Upgrade")
        .without("Connection")
        .without("Sec-WebSocket-Key")
        .header("UPGRADE", "WebSocket")
        .header("connection", "uPGRADE")
        .header("sec-websocket-KEY", &key);
    cx.upgrade(&request).await?.expect_open(cx.soon()).await
}

/// A frame in the packet of the upgrade request is not lost.
pub(super) async fn pipelined_frame(cx: Context) -> Step {
    let ping = Frame::ping("behind the request").masked(rand::random()).encode();
    let request = cx.upgrade_request(&Door::Query);
    let mut peer = cx.upgrade_with(&request, &ping, LinkOptions::default()).await?;
    peer.expect_pong(b"behind the request", cx.soon()).await.map(|_| ())
}

/// Query text of the path does not get into the way of the door.
pub(super) async fn query_text(cx: Context) -> Step {
    let mut request = cx.upgrade_request(&Door::Query);
    request.target.push_str("?client=suite&x=%20y");
    cx.upgrade(&request).await?.expect_open(cx.soon()).await
}

/// Both demo doors open without authentication and say that they speak the typed dialect.
pub(super) async fn demo_doors(cx: Context) -> Step {
    for door in [Door::Demo, Door::DemoApi] {
        let peer = cx.open(door).await?;
        field::equals(peer.established(), "dialect", "typed")?;
    }
    Ok(())
}
