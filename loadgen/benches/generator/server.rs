//! The other side: greets, shakes hands, answers heartbeats with 200 bytes. In a process of its own, so that the
//! figures of a client's process are the client's alone.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{ROLE, runtime};

const GREETING: &str =
    r#"{"type":"connection_established","session_id":"session_of_the_bench","epoch":"e","top":0}"#;
const ACKNOWLEDGED: &str =
    r#"{"type":"connection_acknowledged","session_id":"session_of_the_bench","epoch":"e","top":0}"#;
const SUBSCRIBED: &str = r#"{"type":"subscribed","events":[],"rejected":[],"active":[]}"#;

/// A server process; it ends with this one.
pub(crate) struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .env(ROLE, "server")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let mut url = String::new();
        let output = child.stdout.take().expect("stdout is piped");
        BufReader::new(output).read_line(&mut url).expect("the server tells its address");
        Self { child, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves for ever.
pub(crate) fn serve() {
    runtime().block_on(async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        // A stampede of 15,000 connections must not wait for a retransmission.
        let listener = socket.listen(4_096).expect("it listens");
        println!("http://{}", listener.local_addr().expect("an address"));
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream));
            }
        }
    });
}

async fn connection(mut stream: TcpStream) {
    let mut head = [0_u8; 16];
    let Ok(read) = stream.peek(&mut head).await else { return };
    if !head[..read].starts_with(b"GET /ws/") {
        let mut request = [0_u8; 2_048];
        let _ = stream.read(&mut request).await;
        let _ =
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await;
        return;
    }
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default().read_buffer_size(1_024);
    let Ok(mut socket) = accept_async_with_config(stream, Some(config)).await else { return };
    if socket.send(Message::text(GREETING)).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let answer = if text.contains("\"connection_handshake\"") {
            ACKNOWLEDGED.to_owned()
        } else if text.contains("\"subscribe\"") {
            SUBSCRIBED.to_owned()
        } else {
            heartbeat_response(&text)
        };
        if socket.send(Message::text(answer)).await.is_err() {
            return;
        }
    }
}

/// 200 bytes, as a server with its metrics makes.
fn heartbeat_response(text: &str) -> String {
    let id = text.split("\"correlation_id\":").nth(1).unwrap_or("0");
    let id: String = id.chars().take_while(char::is_ascii_digit).collect();
    let answer = format!(
        r#"{{"type":"heartbeat_response","correlation_id":{id},"server_status":"healthy","connection_id":"backend_load","metrics":{{"uptime_seconds":7}},"top":0,"pad":"""#
    );
    let pad = 198_usize.saturating_sub(answer.len() - 1);
    format!("{}{:x<pad$}\"}}", &answer[..answer.len() - 1], "")
}
