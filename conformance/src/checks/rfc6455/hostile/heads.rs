//! Request heads that do not end, or are none.

use crate::checks::{Check, Context, RawConnection, ReasonCode, Step, Stop, Violation, fail};
use crate::target::Door;

/// Sent at most of a head without an end: no server needs as much.
const MOST: usize = 2 << 20;
/// Sent in one write.
const CHUNK: usize = 64 << 10;

pub(super) fn checks() -> Vec<Check> {
    let check = |id, title, requirements, start: fn() -> Vec<u8>, more: fn() -> Vec<u8>| {
        Check::new(id, title, requirements, move |cx| endless(cx, start(), more()))
    };
    vec![
        check(
            "hostile.endless-fields",
            "a request whose fields never end is refused within 2 MiB",
            &["hostile.endless-head"],
            || b"X-First: 1\r\n".to_vec(),
            || b"X-More: and more and more and more\r\n".repeat(CHUNK / 36),
        ),
        check(
            "hostile.endless-field",
            "a request with one field that never ends is refused within 2 MiB",
            &["hostile.endless-head"],
            || b"X-Endless: ".to_vec(),
            || vec![b'x'; CHUNK],
        ),
        check(
            "hostile.endless-name",
            "a request with a field name that never ends is refused within 2 MiB",
            &["hostile.endless-head"],
            || b"X-Endless-".to_vec(),
            || vec![b'x'; CHUNK],
        ),
        Check::new(
            "hostile.endless-target",
            "a request whose target never ends is refused within 2 MiB",
            &["hostile.endless-head"],
            endless_target,
        ),
        Check::new("hostile.no-http", "bytes that are no HTTP are refused", &["hostile.no-http"], |cx| {
            refused(cx, b"\x00\x01\x02 no HTTP at all\r\n\r\n")
        }),
        Check::new("hostile.no-colon", "a field without a colon is refused", &["hostile.no-http"], |cx| {
            refused(cx, b"GET / HTTP/1.1\r\nHost: x\r\nthis is no field\r\n\r\n")
        }),
        Check::new("hostile.ssh-banner", "the banner of SSH is refused", &["hostile.no-http"], |cx| {
            refused(cx, b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        }),
    ]
}

/// The server answers with an error, or ends the connection, long before it has taken all of it.
async fn endless(cx: Context, start: Vec<u8>, more: Vec<u8>) -> Step {
    let mut head = cx.upgrade_request(&Door::Echo).encode();
    head.truncate(head.len() - 2);
    head.extend(start);
    floods(cx, head, more).await
}

async fn endless_target(cx: Context) -> Step {
    floods(cx, b"GET /".to_vec(), vec![b'x'; CHUNK]).await
}

async fn floods(cx: Context, start: Vec<u8>, more: Vec<u8>) -> Step {
    let mut raw = cx.raw().await?;
    let mut taken = raw.send(&start).await;
    let mut sent = start.len();
    while taken && sent < MOST {
        taken = raw.send(&more).await;
        sent += more.len();
    }
    is_refused(cx, raw, taken).await
}

/// An error status or the end of the connection. A connection that was ended while we still sent is a refusal,
/// whatever became of the answer.
async fn is_refused(cx: Context, mut raw: RawConnection, taken: bool) -> Step {
    if !taken {
        return Ok(());
    }
    let what = "a refusal";
    match raw.response(cx.soon(), false).await {
        Err(Stop::Violation(Violation { code: ReasonCode::Closed, .. })) => Ok(()),
        // An answer without HTTP is no good, but it is no acceptance either.
        Err(Stop::Violation(Violation { code: ReasonCode::Malformed, .. })) => Ok(()),
        Err(Stop::Violation(Violation { code: ReasonCode::Missing, actual, .. })) => {
            fail(ReasonCode::NotClosed, what, actual)
        }
        Err(other) => Err(other),
        Ok(response) if response.status < 400 => {
            fail(ReasonCode::Accepted, what, format!("status {}", response.status))
        }
        Ok(_) => Ok(()),
    }
}

async fn refused(cx: Context, bytes: &'static [u8]) -> Step {
    let mut raw = cx.raw().await?;
    raw.send(bytes).await;
    is_refused(cx, raw, true).await
}
