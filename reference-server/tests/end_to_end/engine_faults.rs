//! Slow, silent and hostile peers, one by one.

use std::time::Duration;

use serde_json::json;

use crate::raw::{BINARY, DEFLATE, FIN, MORE, PING, RSV1, Raw, TEXT, deflate, frame};
use crate::rig::{Rig, soon};

const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn fault_15_a_reader_with_a_zero_window_costs_only_itself() {
    let rig = Rig::with(|config| {
        config.limits.max_connections_per_session = 10;
        config.limits.queue_bytes = 128 * 1024;
        config.limits.rate_limit = 10_000;
    })
    .await;
    let mut asker = Raw::open(&rig, "/ws/query", None).await;
    asker.join("session_slow", &[]).await;
    let mut stalled = Vec::new();
    for (offer, capabilities) in [(None, &[][..]), (Some(DEFLATE), &["batch"]), (None, &["msgpack", "batch"])]
    {
        let mut raw = Raw::open(&rig, "/ws/query", offer).await;
        socket2::SockRef::from(&raw.stream).set_recv_buffer_size(4_096).unwrap();
        raw.join("session_slow", capabilities).await;
        stalled.push(raw);
    }
    // they read nothing from here on, while the asker gets all it asks for
    let mut next = None;
    for at in 0.. {
        asker.send_json(&json!({ "type": "query", "query": format!("rows {}", 30_000 + at) })).await;
        for event in asker.up_to("query_result").await {
            let offset = event["offset"].as_u64().unwrap();
            assert_eq!(offset, next.unwrap_or(offset), "the asker misses nothing");
            next = Some(offset + 1);
        }
        let page = rig.request(http::Method::GET, "/metrics", "").await.1.to_string();
        if page.contains("connections_closed_total{code=\\\"1008\\\"} 3") {
            break;
        }
        assert!(at < 2_000, "{page}");
    }
    for mut raw in stalled {
        // what was on its way is still read, the close frame last, unless even that found no room
        while let Some((first, _)) = raw.frame().await {
            if first == 0x88 {
                break;
            }
        }
    }
    asker.leave().await;
}

#[tokio::test]
async fn fault_17_a_half_open_peer_is_gone_within_its_time() {
    let rig = Rig::with(|config| {
        config.test_doors = true;
        config.timers.ping_interval = 20 * MS;
        config.timers.pong_timeout = 100 * MS;
        config.timers.close_timeout = 50 * MS;
    })
    .await;
    for (path, offer) in [("/ws/query", None), ("/ws/query", Some(DEFLATE)), ("/ws/echo", None)] {
        let mut raw = Raw::open(&rig, path, offer).await;
        // pings come, and nobody answers them
        let mut pings = 0;
        loop {
            let (first, payload) = raw.frame().await.expect("a close frame before the end");
            pings += usize::from(first == FIN | PING);
            if first == 0x88 {
                assert_eq!(payload[..2], 1011_u16.to_be_bytes());
                break;
            }
        }
        assert!(pings >= 1);
        assert_eq!(raw.frame().await, None);
    }
}

#[tokio::test]
async fn fault_32_too_big_is_refused_however_it_is_packed() {
    let rig = Rig::new().await;
    let limit = 64 * 1024;
    let bomb = deflate(&vec![b' '; 60 << 20], 15);
    assert!(bomb.len() < 64 * 1024, "{} bytes fit the limit as they are", bomb.len());
    let declared = [&[FIN | TEXT, 0xFF][..], &(1_u64 << 30).to_be_bytes(), &[0; 4]].concat();
    let halves = [frame(TEXT, &vec![b' '; limit]), frame(FIN | MORE, b" ")].concat();
    let drops: Vec<_> = std::iter::once(frame(RSV1 | TEXT, &bomb[..100]))
        .chain(bomb[100..].chunks(1_000).map(|piece| frame(MORE, piece)))
        .chain([frame(FIN | MORE, b"")])
        .flatten()
        .collect();
    for (name, bytes) in [
        ("one byte over", frame(FIN | TEXT, &vec![b' '; limit + 1])),
        ("the sum of fragments", halves),
        ("a declared GiB", declared),
        ("a bomb", frame(FIN | RSV1 | TEXT, &bomb)),
        ("a bomb in pieces", drops),
        ("one byte over, packed", frame(FIN | RSV1 | TEXT, &deflate(&vec![b' '; limit + 1], 15))),
    ] {
        let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
        raw.next().await;
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await.0, 1009, "{name}");
    }
    let mut raw = Raw::open(&rig, "/ws/query", Some(DEFLATE)).await;
    raw.next().await;
    let ping = "{\"type\":\"ping\"}";
    let padded = format!("{ping}{}", " ".repeat(limit - ping.len()));
    raw.send(&frame(FIN | RSV1 | TEXT, &deflate(padded.as_bytes(), 15))).await;
    assert_eq!(raw.next().await["type"], "pong", "the limit itself is not over it");
    raw.leave().await;
}

#[tokio::test]
async fn fault_33_floods_are_bounded() {
    let rig = Rig::with(|config| config.limits.life_limit = 50).await;
    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.next().await;
    raw.send(&frame(FIN | PING, b"").repeat(100)).await;
    loop {
        let (first, payload) = raw.frame().await.unwrap();
        if first == FIN | TEXT {
            let error: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(
                (&error["code"], &error["details"]["limit"]),
                (&json!("RATE_LIMIT_EXCEEDED"), &json!(50))
            );
            break;
        }
    }
    assert_eq!(raw.closed().await, (1008, "Rate limit exceeded".to_owned()));

    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.next().await;
    raw.send(&[frame(BINARY, b""), frame(MORE, b"").repeat(2_000)].concat()).await;
    assert_eq!(raw.closed().await.0, 1009, "tiny fragments");

    let mut raw = Raw::open(&rig, "/ws/query", None).await;
    raw.next().await;
    raw.send(&frame(FIN | TEXT, b"{}").repeat(200)).await;
    assert_eq!(raw.closed().await, (1008, "Rate limit exceeded".to_owned()), "tiny messages");

    let mut other = Raw::open(&rig, "/ws/query", None).await;
    soon(other.next()).await;
    other.leave().await;
}
