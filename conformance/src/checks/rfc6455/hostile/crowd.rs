//! Many who say nothing, or half of something: others are served beside them.

use crate::checks::{Check, Context, RawConnection, Step};
use crate::peer::{Frame, head_end};
use crate::target::Door;

use super::serves_others;

/// How many: more than a server has threads for, fewer than anybody's limit per address.
const CROWD: usize = 16;

/// What each of a crowd sends.
type Start = fn(&Context) -> Vec<u8>;

/// Id, title, whether they stand there all together or come one after the other, and what each sends.
const CROWDS: [(&str, &str, bool, Start); 9] = [
    ("hostile.silent-connections", "beside connections that say nothing others are served", true, |_| {
        Vec::new()
    }),
    ("hostile.half-heads", "beside requests that stop in their head others are served", true, |cx| {
        let head = upgrade(cx);
        head[..head.len() - 9].to_vec()
    }),
    (
        "hostile.silent-sockets",
        "beside upgraded connections that say nothing others are served",
        true,
        upgrade,
    ),
    ("hostile.half-frames", "beside connections that stop inside a frame others are served", true, |cx| {
        let frame = Frame::text("half of this is sent").masked([1, 2, 3, 4]).encode();
        [upgrade(cx), frame[..12].to_vec()].concat()
    }),
    (
        "hostile.half-messages",
        "beside connections that stop inside a message others are served",
        true,
        |cx| {
            let frame = Frame::text("a first fragment").more().masked([1, 2, 3, 4]).encode();
            [upgrade(cx), frame].concat()
        },
    ),
    ("hostile.cut-in-frame", "connections cut inside a frame do no harm to others", false, |cx| {
        let frame = Frame::binary(vec![7; 4_000]).masked([4, 3, 2, 1]).encode();
        [upgrade(cx), frame[..2_000].to_vec()].concat()
    }),
    (
        "hostile.cut-after-upgrade",
        "connections cut as soon as they are upgraded do no harm to others",
        false,
        upgrade,
    ),
    ("hostile.many-violations", "violation upon violation does no harm to others", false, |cx| {
        [upgrade(cx), Frame::text(b"\xff".as_slice()).rsv(7).encode()].concat()
    }),
    ("hostile.huge-announcements", "headers of frames nobody can hold do no harm to others", true, |cx| {
        [upgrade(cx), Frame::binary(Vec::new()).masked([1; 4]).encode_head(1 << 40)].concat()
    }),
];

pub(super) fn checks() -> Vec<Check> {
    let check = |(id, title, together, start): (&'static str, &'static str, bool, Start)| {
        Check::new(id, title, &["hostile.others-served"], move |cx| async move {
            if together { beside(cx, start).await } else { one_by_one(cx, start).await }
        })
    };
    CROWDS.into_iter().map(check).collect()
}

fn upgrade(cx: &Context) -> Vec<u8> {
    cx.upgrade_request(&Door::Echo).encode()
}

/// One of a crowd: what `start` says is sent. What stands behind a whole request waits for its answer, as a client must
/// (RFC 6455 §4.1).
async fn started(cx: &Context, start: Start) -> Step<RawConnection> {
    let bytes = start(cx);
    let head = head_end(&bytes);
    let (request, behind) = bytes.split_at(head.unwrap_or(bytes.len()));
    let mut raw = cx.raw().await?;
    raw.send(request).await;
    if head.is_some() {
        raw.response(cx.soon(), false).await?;
        raw.send(behind).await;
    }
    Ok(raw)
}

/// A crowd stands there, each of it having sent what `start` says.
async fn beside(cx: Context, start: Start) -> Step {
    let mut crowd = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        crowd.push(started(&cx, start).await?);
    }
    let served = serves_others(&cx).await;
    drop(crowd);
    served
}

/// One after the other sends what `start` says, and is cut.
async fn one_by_one(cx: Context, start: Start) -> Step {
    for _ in 0..CROWD {
        drop(started(&cx, start).await?);
    }
    serves_others(&cx).await
}
