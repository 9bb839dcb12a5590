//! What this machine's clock says beside the target's.
//!
//! The target tells its time in the `Date` of its answers, to the second, and perhaps to the millisecond as
//! `timestamp` of `GET /health`. A time `T` with resolution `r` was told between the moments `a` and `b` of our clock, when
//! the question left and the answer was there: so the target's clock is ahead of ours by something between `T - b` and
//! `T + r - a`. Several answers narrow that down: where the second turns between two of them, to about the time
//! between them.

use std::time::{Duration, SystemTime};

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::client::{HttpAnswer, request};
use crate::target::Target;

/// Questions at most: more than a second's worth, so that the second turns.
const MOST: u32 = 26;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(50);
/// Close enough, microseconds.
const ENOUGH: i64 = 20_000;
/// Longest time that one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the target's clock is ahead of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockOffset {
    /// Microseconds; negative when it is behind.
    pub offset_us: i64,
    /// How far that may be off, either way.
    pub bound_us: u64,
}

/// Where the offset lies, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    low: i64,
    high: i64,
}

/// Compares the clocks; `None` where the target tells no time, or two times that can't both be true.
pub async fn clock_offset(target: &Target) -> Option<ClockOffset> {
    let mut span: Option<Span> = None;
    for _ in 0..MOST {
        let left = micros(SystemTime::now())?;
        let answer = request(target, Method::GET, "/health", None, PATIENCE).await.ok()?;
        let there = micros(SystemTime::now())?;
        let told = told(&answer, left, there)?;
        let both =
            span.map_or(told, |span| Span { low: span.low.max(told.low), high: span.high.min(told.high) });
        if both.low > both.high {
            return None;
        }
        span = Some(both);
        if both.high - both.low <= ENOUGH {
            break;
        }
        sleep(PAUSE).await;
    }
    span.map(|span| {
        let bound = (span.high - span.low).unsigned_abs().div_ceil(2);
        ClockOffset { offset_us: i64::midpoint(span.low, span.high), bound_us: bound }
    })
}

fn micros(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_micros()).ok()
}

/// What one answer says of the offset.
fn told(answer: &HttpAnswer, left: i64, there: i64) -> Option<Span> {
    let (time, resolution) = timestamp(&answer.body).or_else(|| date(answer.date.as_deref()?))?;
    Some(Span { low: time.checked_sub(there)?, high: time.checked_add(resolution)?.checked_sub(left)? })
}

/// `timestamp` of a JSON body; only one with a fraction is finer than `Date`.
fn timestamp(body: &[u8]) -> Option<(i64, i64)> {
    #[derive(Deserialize)]
    struct Told {
        timestamp: String,
    }
    let told: Told = serde_json::from_slice(body).ok()?;
    let time: Timestamp = told.timestamp.parse().ok()?;
    told.timestamp.contains('.').then(|| (time.as_microsecond(), 1_000))
}

/// The header.
fn date(text: &str) -> Option<(i64, i64)> {
    let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some((time.as_microsecond(), 1_000_000))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server whose clock is `ahead` by so many milliseconds.
    async fn server(ahead: i64, fine: bool) -> Target {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut heard = [0_u8; 1_024];
                let _ = stream.read(&mut heard).await;
                let now =
                    Timestamp::from_microsecond(micros(SystemTime::now()).unwrap() + ahead * 1_000).unwrap();
                let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
                let body = if fine { format!(r#"{{"timestamp":"{now:.3}"}}"#) } else { "{}".to_owned() };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Target::resolve(&format!("http://{address}")).await.unwrap()
    }

    #[tokio::test]
    async fn the_offset_lies_within_its_bound() {
        for (ahead, fine) in [(0, true), (7_300, true), (-2_640, false)] {
            let found = clock_offset(&server(ahead, fine).await).await.unwrap();
            let off = found.offset_us.abs_diff(ahead * 1_000);
            assert!(off <= found.bound_us, "{ahead} ms ahead: {found:?}");
            assert!(found.bound_us <= 500_000, "{found:?}");
        }
    }

    #[test]
    fn times_are_read_where_there_are_any() {
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some((784_111_777_000_000, 1_000_000)));
        assert_eq!(date("yesterday"), None);
        assert_eq!(timestamp(br#"{"timestamp":"2026-01-01T00:00:00.250Z"}"#).unwrap().1, 1_000);
        assert_eq!(timestamp(br#"{"timestamp":"2026-01-01T00:00:00Z"}"#), None, "no finer than the header");
        assert_eq!(timestamp(b"[]"), None);
    }

    proptest::proptest! {
        #[test]
        fn random_answers_never_panic(text in "\\PC{0,60}", left in proptest::num::i64::ANY) {
            let answer = HttpAnswer { status: 200, date: Some(text.clone()), retry_after: None, body: text.into_bytes().into() };
            let _ = told(&answer, left, left);
        }
    }
}
