//! Clients that do not read: they cost nobody but themselves, and what they missed is kept track of.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use reference_server::config::Config;

use crate::rig::{Peer, Rig, soon};

/// A connection to the progress door whose receive buffer is as small as it gets, and which is never read.
async fn deaf(rig: &Rig, session: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut stream = soon(socket.connect(rig.address)).await.unwrap();
    let request = format!(
        "GET /ws/progress/{session}?agent_id=deaf HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        rig.address
    );
    soon(stream.write_all(request.as_bytes())).await.unwrap();
    let mut first = [0; 12];
    soon(stream.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 101");
    stream
}

async fn metric(rig: &Rig, name: &str) -> f64 {
    let (_, page) = rig.request(http::Method::GET, "/metrics", "").await;
    let line = page.as_str().unwrap().lines().find(|line| line.starts_with(&format!("{name} ")));
    line.and_then(|line| line.rsplit(' ').next()).map_or(0.0, |value| value.parse().unwrap())
}

/// One answer of many rows may wait for its reader, however slow the machine; three may not.
fn whole_answer_waits(config: &mut Config) {
    config.limits.queue_messages = 160;
    config.limits.queue_bytes = 1 << 30;
}

/// Asks for many rows until a condition on a metric holds.
async fn ask_until(rig: &Rig, asker: &mut Peer, metric_name: &str, holds: impl Fn(f64) -> bool) {
    let query = json!({ "type": "query", "query": "rows 60000", "preferences": { "stream": true } });
    soon(async {
        while !holds(metric(rig, metric_name).await) {
            asker.send(query.clone()).await;
            let messages = asker.up_to("query_result").await;
            assert_eq!(messages.last().unwrap()["row_count"], 60_000);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_15_a_reader_with_a_zero_window_costs_only_itself() {
    let rig = Rig::with(|config| {
        config.limits.rate_limit = 1_000_000;
        whole_answer_waits(config);
        config.timers.send_backoff = Duration::from_millis(5);
        config.limits.dead_letters = 50;
        config.timers.write_timeout = Duration::from_secs(1);
    })
    .await;
    let (mut asker, _) = rig.joined(json!({ "session_id": "session_shared" })).await;
    let stalled = deaf(&rig, "session_shared").await;
    ask_until(&rig, &mut asker, "connections_closed_total{code=\"1008\"}", |closed| closed >= 1.0).await;
    // The one who reads was answered in full all the time, and still is.
    asker.send(json!({ "type": "query", "query": "x" })).await;
    let events = asker.up_to("query_result").await;
    let offsets: Vec<u64> = events.iter().map(|event| event["offset"].as_u64().unwrap()).collect();
    assert!(offsets.windows(2).all(|pair| pair[1] == pair[0] + 1), "{offsets:?}");
    // Nobody came back for what the other missed: kept as dead letters, as many as there is room for.
    soon(async {
        while metric(&rig, "dead_letters").await < 1.0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(metric(&rig, "dead_letters").await <= 50.0);
    assert!(metric(&rig, "sends_failed_total").await >= metric(&rig, "dead_letters").await);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_16_a_slow_consumer_is_closed_without_a_gap_and_resumes_where_it_was() {
    let rig = Rig::with(|config| {
        config.limits.rate_limit = 1_000_000;
        whole_answer_waits(config);
        config.limits.history_events = 100_000;
        config.limits.history_bytes = 1 << 30;
        config.timers.send_backoff = Duration::from_secs(5);
    })
    .await;
    let (mut asker, _) = rig.joined(json!({ "session_id": "session_resumed" })).await;
    let mut stalled = deaf(&rig, "session_resumed").await;
    ask_until(&rig, &mut asker, "messages_failed_total", |failed| failed >= 1.0).await;
    // What had been written is whole and in order; then the close, never a message left out in between.
    let (texts, close) = soon(read_all(&mut stalled)).await;
    assert_eq!(close, Some((1008, "Slow consumer".to_owned())));
    let events: Vec<&Value> = texts.iter().filter(|text| text.get("offset").is_some()).collect();
    let seen = events.last().map_or(0, |event| event["offset"].as_u64().unwrap());
    assert!(
        events
            .iter()
            .zip(1..)
            .all(|(event, at)| event["offset"] == events[0]["offset"].as_u64().unwrap() + at - 1)
    );
    let epoch = texts[0]["epoch"].as_str().unwrap();
    let path = format!("/ws/progress/session_resumed?epoch={epoch}&offset={seen}&agent_id=deaf");
    let (mut back, _) = rig.open(&path).await;
    let resumed = back.next().await;
    assert_eq!((&resumed["recovered"], &resumed["from"]), (&json!(true), &json!(seen + 1)));
    let top = resumed["top"].as_u64().unwrap();
    for offset in seen + 1..=top {
        assert_eq!(back.next().await["offset"], offset);
    }
}

/// All text messages until the server closes, and how it does.
async fn read_all(stream: &mut TcpStream) -> (Vec<Value>, Option<(u16, String)>) {
    let mut bytes = Vec::new();
    // A reset after the close frame is an end too.
    let _ = stream.read_to_end(&mut bytes).await;
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let (mut rest, mut texts) = (&bytes[head..], Vec::new());
    while rest.len() >= 2 {
        let (start, length) = match rest[1] {
            126 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
            127 => (10, usize::try_from(u64::from_be_bytes(rest[2..10].try_into().unwrap())).unwrap()),
            short => (2, usize::from(short)),
        };
        let payload = &rest[start..start + length];
        match rest[0] {
            0x81 => texts.push(serde_json::from_slice(payload).unwrap()),
            0x88 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                return (texts, Some((code, String::from_utf8(payload[2..].to_vec()).unwrap())));
            }
            _ => {}
        }
        rest = &rest[start + length..];
    }
    (texts, None)
}
