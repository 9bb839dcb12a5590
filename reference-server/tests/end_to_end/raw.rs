//! A client that says exactly the bytes it is told: frames of any kind, compressed or broken.

use std::net::SocketAddr;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rig::{Rig, soon};

pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const MORE: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// What a client offers that wants compression.
pub(crate) const DEFLATE: &str = "permessage-deflate; client_max_window_bits";

/// A masked frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// A close frame's payload.
pub(crate) fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes()[..], reason].concat()
}

/// Compresses one message, for a window of that many bits.
pub(crate) fn deflate(payload: &[u8], bits: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() * 2 + 64);
    let mut compress = Compress::new_with_window_bits(Compression::default(), false, bits);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert_eq!(usize::try_from(compress.total_in()).unwrap(), payload.len());
    out.truncate(out.strip_suffix(&[0, 0, 0xff, 0xff]).unwrap().len());
    out
}

/// Inflates one message that was written for a window of that many bits; 9 is the least that can be set.
fn inflate(payload: &[u8], bits: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 << 20);
    let input = [payload, &[0, 0, 0xff, 0xff]].concat();
    let mut decompress = Decompress::new_with_window_bits(false, bits.max(9));
    decompress.decompress_vec(&input, &mut out, FlushDecompress::Sync).unwrap();
    out
}

/// A connection.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
    /// The server's answer to the offered extensions.
    pub(crate) extensions: Option<String>,
    /// Window that the server has to keep to.
    window: u8,
    /// How many compressed, binary and batched messages came.
    pub(crate) compressed: usize,
    pub(crate) binary: usize,
    pub(crate) batches: Vec<usize>,
}

impl Raw {
    /// Opens a door, which must be open.
    pub(crate) async fn open(rig: &Rig, path: &str, offer: Option<&str>) -> Self {
        let (status, raw) = Self::knock(rig.address, path, offer).await;
        assert_eq!(status, 101, "{path} {offer:?}");
        raw
    }

    /// Knocks; gives the status.
    pub(crate) async fn knock(address: SocketAddr, path: &str, offer: Option<&str>) -> (u16, Self) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let offer = offer.map(|offer| format!("Sec-WebSocket-Extensions: {offer}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(stream.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let extensions = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-extensions").then(|| value.trim().to_owned())
        });
        let window = extensions.as_deref().and_then(|answer| answer.split_once("server_max_window_bits="));
        let window = window.map_or(15, |(_, bits)| bits.parse().unwrap());
        let (compressed, binary, batches) = (0, 0, Vec::new());
        (status, Self { stream, read: Vec::new(), extensions, window, compressed, binary, batches })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // a server that has closed already is seen at the next read
        let _ = soon(self.stream.write_all(bytes)).await;
    }

    pub(crate) async fn send_json(&mut self, message: &Value) {
        self.send(&frame(FIN | TEXT, message.to_string().as_bytes())).await;
    }

    async fn more(&mut self) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        match soon(self.stream.read(&mut buffer)).await {
            Ok(count @ 1..) => self.read.extend_from_slice(&buffer[..count]),
            _ => return false,
        }
        true
    }

    /// The next frame; `None` at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let [first, short, rest @ ..] = &self.read[..] {
                assert_eq!(short & 0x80, 0, "a server does not mask");
                let width = match short {
                    126 => 2,
                    127 => 8,
                    _ => 0,
                };
                if rest.len() >= width {
                    let length = match width {
                        0 => usize::from(*short),
                        _ => rest[..width].iter().fold(0, |all, byte| all << 8 | usize::from(*byte)),
                    };
                    if rest.len() - width >= length {
                        let payload = rest[width..width + length].to_vec();
                        let first = *first;
                        self.read.drain(..2 + width + length);
                        return Some((first, payload));
                    }
                }
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next message: its opcode, and its payload as it was before it was compressed.
    pub(crate) async fn message(&mut self) -> (u8, Vec<u8>) {
        loop {
            let (first, payload) = self.frame().await.expect("a message");
            assert_eq!(first & FIN, FIN, "the server sends whole messages");
            match first & 0xf {
                PING => self.send(&frame(FIN | PONG, &payload)).await,
                PONG => {}
                opcode => {
                    let is_compressed = first & RSV1 != 0;
                    assert!(self.extensions.is_some() || !is_compressed, "nothing was agreed");
                    self.compressed += usize::from(is_compressed);
                    let payload = if is_compressed { inflate(&payload, self.window) } else { payload };
                    return (opcode, payload);
                }
            }
        }
    }

    /// The next messages, in whatever encoding they came; several if they came as a batch.
    pub(crate) async fn messages(&mut self) -> Vec<Value> {
        let (opcode, payload) = self.message().await;
        let value: Value = match opcode {
            TEXT => serde_json::from_slice(&payload).unwrap(),
            BINARY => {
                self.binary += 1;
                rmp_serde::from_slice(&payload).unwrap()
            }
            other => panic!("expected a message, got {other} {payload:?}"),
        };
        if value["type"] != "batch" {
            return vec![value];
        }
        let messages = value["messages"].as_array().unwrap().clone();
        self.batches.push(messages.len());
        messages
    }

    /// The next message that must have come alone.
    pub(crate) async fn next(&mut self) -> Value {
        let mut messages = self.messages().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    /// A handshake, and its answer.
    pub(crate) async fn join(&mut self, session: &str, capabilities: &[&str]) -> Value {
        self.join_with(json!({ "session_id": session, "capabilities": capabilities })).await
    }

    /// The same with any fields.
    pub(crate) async fn join_with(&mut self, fields: Value) -> Value {
        assert_eq!(self.next().await["type"], "connection_established");
        let mut handshake = json!({ "type": "connection_handshake", "timestamp": "2025-01-01T00:00:00Z" });
        handshake.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.send_json(&handshake).await;
        let acknowledged = self.next().await;
        assert_eq!(acknowledged["type"], "connection_acknowledged", "{acknowledged}");
        acknowledged
    }

    /// All messages up to one of that name.
    pub(crate) async fn up_to(&mut self, name: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let messages = self.messages().await;
            let found =
                messages.iter().any(|message| message["type"] == name || message["event_name"] == name);
            seen.extend(messages);
            if found {
                return seen;
            }
        }
    }

    /// How the server closes; messages before it are passed over. Nothing comes after it.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            let Some((first, payload)) = self.frame().await else { panic!("ended without a close frame") };
            if first == FIN | CLOSE {
                assert_eq!(self.frame().await, None, "nothing comes after a close frame");
                let code = payload.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]));
                let reason = payload.get(2..).unwrap_or_default();
                return (code, String::from_utf8(reason.to_vec()).unwrap());
            }
        }
    }

    /// Ends in order: what was broken before would show here.
    pub(crate) async fn leave(mut self) {
        self.send(&frame(FIN | CLOSE, &closing(1000, b""))).await;
        assert_eq!(self.closed().await.0, 1000);
    }
}
