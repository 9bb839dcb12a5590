//! The floor: a plain loop over tokio-tungstenite for each user. It paces itself on absolute due times, sends and
//! waits for the answer, and measures nothing.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::{Cost, PERIOD, SETTLE, STEADY, usage};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Plays `users` users against `url`.
pub(crate) async fn play(url: &str, users: u64) -> Cost {
    let before = usage();
    let door = format!("{}/ws/query", url.replace("http://", "ws://"));
    let begun = Instant::now();
    let mut sockets = Vec::new();
    for batch in 0..users.div_ceil(50) {
        let opening = (batch * 50..users.min(batch * 50 + 50)).map(|_| tokio::spawn(connect(door.clone())));
        for opened in futures_util::future::join_all(opening).await {
            sockets.push(opened.expect("no client panics"));
        }
    }
    let connected = begun.elapsed();
    let start = Instant::now();
    let end = start + SETTLE + STEADY;
    // Somewhere in the period, as the generator's sessions begin: in the order of connecting, each socket's memory would
    // lie beside that of the one before.
    let mut phases = ChaCha8Rng::seed_from_u64(1);
    for socket in sockets {
        let first = start + PERIOD.mul_f64(phases.random_range(0.0..1.0));
        tokio::spawn(user(socket, first, end));
    }
    sleep_until(start + SETTLE).await;
    let steady = usage();
    sleep_until(end).await;
    let after = usage();
    // One message out and one in, each user, each period.
    let messages = 2.0 * users as f64 * STEADY.as_secs_f64() / PERIOD.as_secs_f64();
    Cost {
        cpu_us: (after.cpu - steady.cpu).as_secs_f64() * 1e6 / messages,
        kib: after.rss_kib.saturating_sub(before.rss_kib) as f64 / users as f64,
        connected_s: connected.as_secs_f64(),
        verdict: "ok".to_owned(),
    }
}

async fn connect(door: String) -> Socket {
    // 4 KiB: the library's default of 128 KiB, zeroed on every read, would flatter the generator.
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let (mut socket, _) =
        connect_async_with_config(door, Some(config), true).await.expect("the server is there");
    let _greeting = socket.next().await;
    socket
}

async fn user(mut socket: Socket, first: Instant, end: Instant) {
    let mut due = first;
    let mut number = 0_u64;
    let pad = "x".repeat(140);
    while due < end {
        sleep_until(due).await;
        number += 1;
        let text = format!(r#"{{"type":"heartbeat","correlation_id":{number},"pad":"{pad:.140}"}}"#);
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() {
                break;
            }
        }
        due += PERIOD;
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
}
