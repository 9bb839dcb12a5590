//! The first message of the server: `connection_established`.

use serde_json::Value;

use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

/// The first message after 101 is `connection_established`, without the client having said anything.
pub(super) async fn first(cx: Context) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Query)).await?;
    let first = peer.next_json("connection_established as first message", cx.soon()).await?;
    let kind = field::text(&first.value, "type")?;
    if kind == "connection_established" {
        return Ok(());
    }
    fail(ReasonCode::WrongOrder, "connection_established as first message", format!("{kind} first"))
}

/// It holds the identities, the version, the dialect, and where the session's events stand.
pub(super) async fn fields(cx: Context) -> Step {
    let peer = cx.open(Door::Query).await?;
    let message = peer.established();
    for name in ["client_id", "session_id", "server_id", "epoch"] {
        ensure(!field::text(message, name)?.is_empty(), ReasonCode::WrongValue, "a text", name)?;
    }
    field::equals(message, "protocol_version", "1.0")?;
    field::equals(message, "dialect", "named")?;
    field::timestamp(message, "timestamp")?;
    field::integer(message, "top")?;
    let epoch = field::text(message, "epoch")?;
    ensure(!epoch.contains(':'), ReasonCode::WrongValue, "an epoch without a colon", epoch)?;
    let capabilities = field::array(message, "capabilities")?;
    let texts = capabilities.iter().all(Value::is_string);
    ensure(texts, ReasonCode::WrongType, "capabilities as texts", Value::from(capabilities.clone()))
}

/// It announces the timers a client has to live with, in milliseconds, and they make sense together.
pub(super) async fn timers(cx: Context) -> Step {
    let timers = cx.open(Door::Query).await?.timers()?;
    let actual = format!("ping every {:?}, dead after {:?}", timers.ping_interval, timers.pong_timeout);
    let sound = !timers.ping_interval.is_zero() && timers.ping_interval < timers.pong_timeout;
    ensure(sound, ReasonCode::WrongValue, "pong_timeout_ms longer than ping_interval_ms", actual)
}

/// It announces the limits a client has to keep.
pub(super) async fn limits(cx: Context) -> Step {
    let peer = cx.open(Door::Query).await?;
    let message = peer.established();
    for path in
        ["/limits/max_message_bytes", "/limits/rate_limit/limit", "/limits/max_connections_per_session"]
    {
        let value = field::integer(message, path)?;
        ensure(value > 0, ReasonCode::WrongValue, &format!("{path} above 0"), value)?;
    }
    field::text(message, "/limits/rate_limit/window").map(|_| ())
}
