//! Compression, MessagePack and batches: the same content, whatever it is written in.

use std::time::Duration;

use reference_server::config::{Authentication, Config, Door, DoorKind, SubscribedAtOpen};
use reference_server::wire::Dialect;
use serde_json::{Value, json};

use crate::raw::{BINARY, DEFLATE, FIN, MORE, RSV1, Raw, TEXT, deflate, frame};
use crate::rig::Rig;

const TYPED: &str = "/ws/typed";
const LONG: Duration = Duration::from_secs(3_600);

fn many(config: &mut Config) {
    config.limits.max_connections_per_session = 20;
    config.doors.0.push(Door {
        path: TYPED.to_owned(),
        kind: DoorKind::Query,
        dialect: Dialect::Typed,
        authentication: Authentication::Never,
        subscribed: SubscribedAtOpen::SessionEvents,
        max_connections: 0,
    });
}

/// A session event as the named dialect says it.
fn plainly(message: Value) -> Value {
    let name = message.get("event_name").cloned();
    let Some(name) = name else { return message };
    assert_eq!(message["type"], "event");
    let mut plain = message["payload"].clone();
    plain["type"] = name;
    plain
}

#[tokio::test]
async fn every_encoding_of_one_run_says_the_same() {
    let rig = Rig::with(many).await;
    let session = "session_encodings";
    let watchers = [
        ("plain", "/ws/query", None, &[][..]),
        ("typed", TYPED, None, &[]),
        ("deflate", "/ws/query", Some(DEFLATE), &[]),
        ("narrow", "/ws/query", Some("permessage-deflate; server_max_window_bits=9"), &[]),
        ("narrowest", "/ws/query", Some("permessage-deflate; server_max_window_bits=8"), &[]),
        ("msgpack", "/ws/query", None, &["msgpack"]),
        ("batch", "/ws/query", None, &["batch"]),
        ("all", "/ws/query", Some(DEFLATE), &["msgpack", "batch"]),
        ("all, typed", TYPED, Some(DEFLATE), &["msgpack", "batch"]),
        ("msgpack, deflate, typed", TYPED, Some(DEFLATE), &["msgpack"]),
    ];
    let mut open = Vec::new();
    for (name, path, offer, capabilities) in watchers {
        let mut raw = Raw::open(&rig, path, offer).await;
        raw.join(session, capabilities).await;
        open.push((name, raw));
    }
    let ask = |query: &str, stream: bool| json!({ "type": "query", "query": query, "query_id": query, "preferences": { "stream": stream } });
    for (query, stream) in [("rows 3", false), ("rows 3000", false), ("rows 2000", true)] {
        open[0].1.send_json(&ask(query, stream)).await;
        let mut expected = Vec::new();
        for (name, raw) in &mut open {
            let got: Vec<_> = raw.up_to("query_result").await.into_iter().map(plainly).collect();
            if *name == "plain" {
                let offsets: Vec<_> = got.iter().map(|event| event["offset"].as_u64().unwrap()).collect();
                assert_eq!(offsets, (offsets[0]..offsets[0] + got.len() as u64).collect::<Vec<_>>());
                expected = got;
            } else {
                assert_eq!(got, expected, "{name}, {query}");
            }
        }
    }
    for (name, raw) in open {
        let has = |what: &str| name.contains(what) || name.starts_with("all");
        assert_eq!(raw.binary > 0, has("msgpack"), "{name}");
        // in a window of 256 bytes nothing fits that is worth the work
        assert_eq!(raw.compressed > 0, has("deflate") || name == "narrow", "{name}");
        assert_eq!(!raw.batches.is_empty(), has("batch"), "{name}");
        raw.leave().await;
    }
}

#[tokio::test]
async fn a_replay_says_the_same_too() {
    let rig = Rig::with(many).await;
    let mut first = Raw::open(&rig, "/ws/query", None).await;
    let acknowledged = first.join("session_replayed", &[]).await;
    first.send_json(&json!({ "type": "query", "query": "rows 3000" })).await;
    let seen = first.up_to("query_result").await;
    for capabilities in [&["batch"][..], &["msgpack"], &["batch", "msgpack"]] {
        let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
        let resume = json!({ "epoch": acknowledged["epoch"], "offset": 0 });
        let fields =
            json!({ "session_id": "session_replayed", "capabilities": capabilities, "resume": resume });
        raw.join_with(fields).await;
        assert_eq!(raw.next().await["recovered"], true);
        assert_eq!(raw.up_to("query_result").await, seen, "{capabilities:?}");
        assert_eq!(!raw.batches.is_empty(), capabilities.contains(&"batch"));
        raw.leave().await;
    }
}

#[tokio::test]
async fn both_ends_say_what_they_can() {
    let rig = Rig::new().await;
    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    let established = raw.next().await;
    raw.send_json(&json!({ "type": "connection_handshake", "capabilities": ["msgpack", "batch", "x"] }))
        .await;
    let acknowledged = raw.next().await;
    for list in [&established["capabilities"], &acknowledged["server_capabilities"]] {
        for name in ["msgpack", "batch"] {
            assert!(list.as_array().unwrap().contains(&json!(name)), "{list}");
        }
    }
    assert_eq!(raw.extensions, None, "nothing is agreed that was not offered");
    raw.leave().await;
}

#[tokio::test]
async fn messagepack_is_taken_from_who_announced_it() {
    let rig = Rig::new().await;
    let ping = |id: i64| rmp_serde::to_vec_named(&json!({ "type": "ping", "id": id })).unwrap();
    let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
    raw.join("session_msgpack", &["msgpack"]).await;
    raw.send(&frame(FIN | BINARY, &ping(-7))).await;
    let pong = raw.next().await;
    assert_eq!((&pong["type"], &pong["id"]), (&json!("pong"), &json!(-7)));
    raw.send(&frame(FIN | RSV1 | BINARY, &deflate(&ping(8), 15))).await;
    assert_eq!(raw.next().await["id"], 8);
    for bytes in [&b"\xc1"[..], b"\x81\x01\x02", b"\x93\x01\x02\x03", b"", b"{\"type\":\"ping\"}"] {
        raw.send(&frame(FIN | BINARY, bytes)).await;
        let refused = raw.next().await;
        assert_eq!(refused["code"], "INVALID_MESSAGE", "{bytes:?} {refused}");
    }
    raw.send_json(&json!({ "type": "ping" })).await;
    assert_eq!(raw.next().await["type"], "pong", "text is as good as before");
    raw.leave().await;

    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.join("session_no_msgpack", &["batch"]).await;
    raw.send(&frame(FIN | BINARY, &ping(1))).await;
    assert_eq!(raw.closed().await.0, 1003);
}

#[tokio::test]
async fn small_messages_stay_as_they_are() {
    let rig = Rig::with(|config| config.wire.deflate_min_bytes = 1_000_000).await;
    let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
    raw.join("session_small", &["msgpack"]).await;
    raw.send_json(&json!({ "type": "query", "query": "rows 3" })).await;
    raw.up_to("query_result").await;
    assert_eq!((raw.compressed, raw.binary), (0, 0));
    raw.leave().await;
}

#[tokio::test]
async fn what_is_waited_for_takes_along_what_was_held_back() {
    // the timer never ends, so whatever comes came with what is not held back
    let rig = Rig::with(|config| config.wire.batch_delay = LONG).await;
    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.join("session_held", &["batch"]).await;
    raw.send_json(&json!({ "type": "query", "query": "hold" })).await;
    assert_eq!(raw.next().await["type"], "query_accepted", "an answer does not wait");
    rig.gate.entered().await;
    raw.send_json(&json!({ "type": "ping" })).await;
    let mut seen = raw.up_to("pong").await;
    assert_eq!(seen.pop().unwrap()["type"], "pong");
    assert!(seen.iter().all(|message| message["type"] == "progress_update"), "{seen:?}");
    rig.gate.open();
    let messages = raw.messages().await;
    assert_eq!(messages.last().unwrap()["type"], "query_result");
    let offsets: Vec<_> =
        seen.iter().chain(&messages).map(|message| message["offset"].as_u64().unwrap()).collect();
    assert_eq!(offsets, (2..2 + offsets.len() as u64).collect::<Vec<_>>());
    raw.leave().await;
}

#[tokio::test]
async fn what_is_held_back_comes_by_itself() {
    let rig = Rig::new().await;
    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.join("session_timer", &["batch"]).await;
    raw.send_json(&json!({ "type": "query", "query": "hold" })).await;
    assert_eq!(raw.next().await["type"], "query_accepted");
    rig.gate.entered().await;
    assert_eq!(raw.messages().await[0]["type"], "progress_update");
    rig.gate.open();
    raw.up_to("query_result").await;
    raw.leave().await;
}

#[tokio::test]
async fn a_batch_has_no_more_messages_than_it_may() {
    let rig = Rig::with(|config| {
        config.wire.batch_delay = LONG;
        config.wire.batch_messages = 2;
    })
    .await;
    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.join("session_two", &["batch"]).await;
    for _ in 0..2 {
        raw.send_json(&json!({ "type": "query", "query": "rows 3000", "preferences": { "stream": true } }))
            .await;
        raw.up_to("query_result").await;
    }
    assert!(!raw.batches.is_empty() && raw.batches.iter().all(|count| *count == 2), "{:?}", raw.batches);
    raw.leave().await;
}

#[tokio::test]
async fn compressed_messages_come_in_pieces_too() {
    let rig = Rig::new().await;
    for offer in [DEFLATE, "permessage-deflate; client_max_window_bits=9; client_no_context_takeover"] {
        let mut raw = Raw::open(&rig, "/ws/query", Some(offer)).await;
        let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        assert_eq!(raw.extensions.as_deref(), Some(agreed));
        raw.next().await;
        let text = json!({ "type": "ping", "id": "é".repeat(100) }).to_string();
        let whole = deflate(text.as_bytes(), 9);
        for pieces in [1, 2, 7, whole.len()] {
            let mut bytes = Vec::new();
            let size = whole.len().div_ceil(pieces);
            let last = whole.chunks(size).count() - 1;
            for (at, piece) in whole.chunks(size).enumerate() {
                let first = if at == 0 { RSV1 | TEXT } else { MORE };
                bytes.extend(frame(if at == last { FIN | first } else { first }, piece));
            }
            raw.send(&bytes).await;
            assert_eq!(raw.next().await["type"], "pong", "{pieces}");
        }
        raw.leave().await;
    }
}

#[tokio::test]
async fn no_compression_where_it_is_turned_off() {
    let rig = Rig::with(|config| config.wire.deflate = false).await;
    let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
    assert_eq!(raw.extensions, None);
    raw.next().await;
    raw.send(&frame(FIN | RSV1 | TEXT, &deflate(b"{\"type\":\"ping\"}", 15))).await;
    assert_eq!(raw.closed().await.0, 1002);
}
