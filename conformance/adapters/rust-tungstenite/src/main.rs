//! A client for `tidegate check-client` on tokio-tungstenite: the part that echoes.
//!
//! ```text
//! examples/targets/set-up conformance/adapters/rust-tungstenite
//! tidegate check-client -s client-wire -- conformance/adapters/rust-tungstenite/start
//! ```

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::sync::watch;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

/// One line for the suite.
fn tell(event: &str, mut fields: Value) {
    fields["event"] = event.into();
    println!("{fields}");
}

fn closed(code: u16, reason: &str) {
    tell("closed", json!({"code": code, "reason": reason, "retry": false}));
}

/// Sends every message back until one side closes.
async fn echo(mut leave: watch::Receiver<bool>) {
    let url = std::env::var("TIDEGATE_URL").unwrap_or_default();
    let mut socket = match connect_async(url).await {
        Ok((socket, _)) => socket,
        Err(error) => return closed(1006, &error.to_string()),
    };
    tell("open", json!({}));
    let mut end = (1006, String::new());
    let mut left = false;
    loop {
        let message = tokio::select! {
            message = socket.next() => Some(message),
            _ = leave.changed(), if !left => None,
        };
        let Some(message) = message else {
            left = true;
            let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            // What is wrong with the connection shows itself at the next reading.
            let _ = socket.close(Some(frame)).await;
            continue;
        };
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if !left && socket.send(message).await.is_err() {
                    continue;
                }
            }
            Some(Ok(Message::Close(Some(frame)))) => end = (frame.code.into(), frame.reason.to_string()),
            Some(Ok(Message::Close(None))) => end.0 = 1005,
            Some(Ok(_)) => {}
            None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => break,
            Some(Err(error)) => {
                end.1 = error.to_string();
                break;
            }
        }
    }
    closed(end.0, &end.1);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let name = concat!("Rust tokio-tungstenite ", env!("LIBRARY_VERSION"));
    tell("ready", json!({"contract": 1, "name": name, "features": ["echo"]}));
    let (leave, leaving) = watch::channel(false);
    let mut running = None;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let action: Value = serde_json::from_str(&line).unwrap_or_default();
        match action["do"].as_str() {
            Some("echo") => running = Some(tokio::spawn(echo(leaving.clone()))),
            Some("close") => drop(leave.send(true)),
            other => tell("error", json!({"code": "UNKNOWN_ACTION", "message": other})),
        }
    }
    let _ = leave.send(true);
    if let Some(running) = running {
        let _ = tokio::time::timeout(Duration::from_secs(4), running).await;
    }
    Ok(())
}
