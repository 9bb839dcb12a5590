//! The figures in a `heartbeat_response`.

use std::time::Duration;

use serde_json::{Value, json};

use super::heartbeat::beat;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new("life.uptime-instant", "uptime is the current instant", &["life.uptime-instant"], uptime),
        Check::new("life.uptime-seconds", "uptime_seconds does not fall", &["life.uptime-seconds"], seconds),
        Check::new("life.started-at", "started_at stays and lies behind", &["life.started-at"], started_at),
        Check::new(
            "life.active-connections",
            "active_connections counts at least one's own",
            &["life.active-connections"],
            active_connections,
        ),
    ]
}

/// An instant in RFC 3339.
fn instant(message: &Value, path: &str) -> Step<jiff::Timestamp> {
    let text = field::text(message, path)?;
    match text.parse() {
        Ok(instant) => Ok(instant),
        Err(_) => fail(ReasonCode::WrongValue, format!("{path} as RFC 3339"), format!("{text:?}")),
    }
}

/// `metrics.uptime` is when the answer was made: the same as its timestamp, to the second.
async fn uptime(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let response = beat(&cx, &mut peer, &json!({})).await?;
    let uptime = instant(&response, "/metrics/uptime")?;
    let made = field::timestamp(&response, "timestamp")?;
    let apart = made.duration_since(uptime).unsigned_abs();
    let actual = format!("{uptime} in an answer of {made}");
    ensure(apart <= Duration::from_secs(1), ReasonCode::WrongValue, "metrics.uptime as of now", actual)
}

/// A number, and never less than before.
async fn seconds(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let mut before = 0.0;
    for _ in 0..3 {
        let response = beat(&cx, &mut peer, &json!({})).await?;
        let seconds = field::number(&response, "/metrics/uptime_seconds")?;
        let expected = format!("metrics.uptime_seconds of {before} or more");
        ensure(seconds >= before, ReasonCode::WrongValue, &expected, seconds)?;
        before = seconds;
    }
    Ok(())
}

/// The same instant every time, not later than the answer.
async fn started_at(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let first = beat(&cx, &mut peer, &json!({})).await?;
    let started = instant(&first, "/metrics/started_at")?;
    let made = field::timestamp(&first, "timestamp")?;
    let actual = format!("{started} in an answer of {made}");
    ensure(started <= made, ReasonCode::WrongValue, "metrics.started_at in the past", actual)?;
    let second = beat(&cx, &mut peer, &json!({})).await?;
    let again = field::text(&first, "/metrics/started_at")?;
    field::equals(&second, "/metrics/started_at", again)
}

/// All connections of the process: with three of one's own open, three or more.
async fn active_connections(cx: Context) -> Step {
    let _one = cx.open(Door::Query).await?;
    let _two = cx.open(Door::Demo).await?;
    let mut three = cx.open(Door::Query).await?;
    let response = beat(&cx, &mut three, &json!({})).await?;
    let active = field::integer(&response, "/metrics/active_connections")?;
    ensure(active >= 3, ReasonCode::WrongValue, "metrics.active_connections of 3 or more", active)
}
