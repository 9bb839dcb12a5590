//! MessagePack: who gets it, who may send it, and what is refused.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::checks::query::run::{QUESTION, is_terminal, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::Frame;
use crate::peer::msgpack::to_msgpack;

use super::reading::{DEFLATED, PACKED, PLAIN, join, question, up_to};

/// From this size on, as JSON, messages are MessagePack.
const LARGE: usize = 4 * 1024;
/// A message's size as the target writes it may differ from ours in how numbers are written.
const SLACK: usize = 256;

/// Bytes that can't be decoded.
#[derive(Debug)]
pub(crate) struct BrokenCase {
    /// Id of the check.
    pub(crate) id: String,
    /// Id of the mutant that takes it.
    pub(crate) spoilt: String,
    title: String,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

/// All broken bytes.
pub(crate) static BROKEN: LazyLock<Vec<BrokenCase>> = LazyLock::new(|| {
    let ping = to_msgpack(&json!({"type": "ping", "id": 7}));
    let mut nested = vec![0x81, 0xa1, b'x'];
    nested.extend([0x91; 3_000]);
    nested.push(0xc0);
    let cases: [(&str, &str, Vec<u8>); 12] = [
        ("nothing", "no bytes at all", Vec::new()),
        ("never-used", "the marker that is never used", vec![0xc1]),
        ("cut", "a value that ends in the middle", ping[..ping.len() - 3].to_vec()),
        ("two-values", "two values, one after the other", [&ping[..], &ping].concat()),
        ("list", "a list in place of a map", to_msgpack(&json!(["type", "ping"]))),
        ("number", "a number in place of a map", vec![0x07]),
        ("json", "JSON text in a binary frame", br#"{"type":"ping","id":7}"#.to_vec()),
        (
            "number-key",
            "a key that is a number",
            vec![0x82, 0x01, 0x02, 0xa4, b't', b'y', b'p', b'e', 0xa4, b'p', b'i', b'n', b'g'],
        ),
        (
            "bad-text",
            "text that is not UTF-8",
            vec![0x81, 0xa4, b't', b'y', b'p', b'e', 0xa4, b'p', b'i', 0xff, b'g'],
        ),
        (
            "bytes",
            "bytes, which JSON does not have",
            [&[0x82][..], &ping[1..11], &[0xa2, b'i', b'd', 0xc4, 0x01, 0x07]].concat(),
        ),
        (
            "huge-length",
            "a map that says it has four thousand million entries",
            vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        ),
        ("nested", "three thousand levels", nested),
    ];
    let case = |(slug, about, bytes): (&str, &str, Vec<u8>)| BrokenCase {
        id: format!("encoding.broken-{slug}"),
        spoilt: format!("encoding.broken-{slug}-taken"),
        title: format!("MessagePack that is {about} is INVALID_MESSAGE, and the connection stays"),
        bytes,
    };
    cases.into_iter().map(case).collect()
});

pub(super) fn checks() -> Vec<Check> {
    let broken = |case: &'static BrokenCase| {
        Check::new(&case.id, &case.title, &["encoding.msgpack-broken"], move |cx| refused(cx, case))
    };
    let mut all: Vec<Check> = BROKEN.iter().map(broken).collect();
    all.extend([
        Check::new(
            "encoding.text-without-msgpack",
            "a client that did not announce msgpack gets text, however large",
            &["encoding.msgpack-for-those-who-asked"],
            text_without,
        ),
        Check::new(
            "encoding.text-on-compressed-doors",
            "nor does one that only agreed to compression get binary messages",
            &["encoding.msgpack-for-those-who-asked"],
            text_on_compressed,
        ),
        Check::new(
            "encoding.large-as-msgpack",
            "messages of 4 KiB and more come as MessagePack",
            &["encoding.msgpack-from-4-kib"],
            large_packed,
        ),
        Check::new(
            "encoding.small-as-text",
            "messages of less than 4 KiB come as text also where msgpack was announced",
            &["encoding.msgpack-from-4-kib"],
            small_text,
        ),
        Check::new(
            "encoding.msgpack-ids",
            "ids of every width in MessagePack come back unchanged",
            &["encoding.msgpack-from-clients"],
            ids,
        ),
        Check::new(
            "encoding.msgpack-query",
            "a query in MessagePack is answered like one in JSON",
            &["encoding.msgpack-from-clients"],
            query,
        ),
        Check::new(
            "encoding.text-beside-msgpack",
            "a client that announced msgpack may still send text",
            &["encoding.msgpack-from-clients"],
            text_beside,
        ),
        Check::new(
            "encoding.binary-unannounced",
            "a binary frame of a client that did not announce msgpack closes with 1003",
            &["encoding.binary-unannounced"],
            unannounced,
        ),
        Check::new(
            "encoding.binary-before-handshake",
            "so does one before any handshake",
            &["encoding.binary-unannounced"],
            before_handshake,
        ),
    ]);
    all
}

/// An error, nothing else, and then business as usual.
async fn refused(cx: Context, case: &'static BrokenCase) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    peer.send_frame(Frame::binary(case.bytes.as_slice())).await;
    let answers = |value: &Value| matches!(field::name(value), "error" | "pong");
    let answer = peer.expect("error INVALID_MESSAGE", cx.soon(), answers).await?.value;
    if field::name(&answer) == "pong" {
        return fail(ReasonCode::Accepted, "error INVALID_MESSAGE", answer.to_string());
    }
    field::equals(&answer, "code", "INVALID_MESSAGE")?;
    field::text(&answer, "message")?;
    peer.send(&json!({"type": "ping", "id": "after"})).await;
    let pong = peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", "after")
}

async fn text_without(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PLAIN).await?;
    expect_text(&cx, &mut peer).await
}

async fn text_on_compressed(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), DEFLATED).await?;
    expect_text(&cx, &mut peer).await
}

/// No message of a large answer is binary.
async fn expect_text(cx: &Context, peer: &mut Peer) -> Step {
    peer.send(&question(true)).await;
    let all = up_to(cx, peer, "query_result").await?;
    let large = all.iter().any(|got| got.text.is_some_and(|size| size >= LARGE) || got.binary);
    ensure(large, ReasonCode::Missing, "a message of 4 KiB or more", "none")?;
    let binary = all.iter().find(|got| got.binary);
    match binary {
        None => Ok(()),
        Some(got) => {
            fail(ReasonCode::Unexpected, "text", format!("{} in a binary frame", field::name(&got.value)))
        }
    }
}

async fn large_packed(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    peer.send(&question(true)).await;
    let all = up_to(&cx, &mut peer, "query_result").await?;
    ensure(all.iter().any(|got| got.binary), ReasonCode::Missing, "a binary message", "none")?;
    match all.iter().find_map(|got| got.text.filter(|size| *size >= LARGE)) {
        None => Ok(()),
        Some(size) => {
            fail(ReasonCode::WrongType, "4 KiB and more as MessagePack", format!("text of {size} octets"))
        }
    }
}

async fn small_text(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    peer.send(&question(true)).await;
    for got in up_to(&cx, &mut peer, "query_result").await? {
        let size = got.value.to_string().len();
        if got.binary && size + SLACK < LARGE {
            let actual = format!("{} of {size} octets as MessagePack", field::name(&got.value));
            return fail(ReasonCode::WrongType, "messages of less than 4 KiB as text", actual);
        }
    }
    Ok(())
}

async fn ids(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    let numbers = [
        0_i64,
        1,
        127,
        128,
        255,
        256,
        65_535,
        65_536,
        4_294_967_296,
        -1,
        -32,
        -33,
        -129,
        -32_769,
        -2_147_483_649,
    ];
    let texts = ["x".to_owned(), "κόσμε".to_owned(), "y".repeat(31), "y".repeat(32), "z".repeat(128)];
    let ids = numbers.iter().map(|id| json!(id)).chain(texts.iter().map(|id| json!(id)));
    for id in ids {
        peer.send_frame(Frame::binary(to_msgpack(&json!({"type": "ping", "id": id})))).await;
        let pong = peer.expect_type("pong", cx.soon()).await?;
        field::equals(&pong.value, "id", id)?;
    }
    Ok(())
}

async fn query(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    let query =
        json!({"type": "query", "query": QUESTION, "query_id": "packed-1", "preferences": {"max_rows": 3}});
    peer.send_frame(Frame::binary(to_msgpack(&query))).await;
    let accepted = peer.expect_type("query_accepted", cx.soon()).await?;
    field::equals(&accepted.value, "query_id", "packed-1")?;
    let last = peer.expect("query_result", work(&cx), is_terminal).await?;
    field::equals(&last.value, "type", "query_result")?;
    field::equals(&last.value, "query_id", "packed-1")
}

async fn text_beside(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PACKED).await?;
    for (number, packed) in [(1, false), (2, true), (3, false)] {
        let ping = json!({"type": "ping", "id": number});
        if packed {
            peer.send_frame(Frame::binary(to_msgpack(&ping))).await;
        } else {
            peer.send(&ping).await;
        }
        let pong = peer.expect_type("pong", cx.soon()).await?;
        field::equals(&pong.value, "id", number)?;
    }
    Ok(())
}

async fn unannounced(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), PLAIN).await?;
    peer.send_frame(Frame::binary(to_msgpack(&json!({"type": "ping"})))).await;
    peer.expect_close(1003, None, cx.soon()).await.map(drop)
}

async fn before_handshake(cx: Context) -> Step {
    let mut peer = cx.open(crate::target::Door::Query).await?;
    peer.send_frame(Frame::binary(to_msgpack(&json!({"type": "heartbeat"})))).await;
    peer.expect_close(1003, None, cx.soon()).await.map(drop)
}
