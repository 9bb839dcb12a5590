//! HTTP/2 end to end: by prior knowledge, with events, and floods that must end in GOAWAY.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Version};
use http_body_util::Full;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::events::Source;
use crate::rig::{Rig, read, soon};

async fn connected(rig: &Rig) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(rig.address).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn request(rig: &Rig, method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
    let url = format!("http://{}{path}", rig.address);
    Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

#[tokio::test]
async fn requests_share_one_connection() {
    let rig = Rig::new().await;
    let mut sender = connected(&rig).await;
    let held = sender.send_request(request(&rig, Method::POST, "/api/query", r#"{"query":"hold"}"#));
    let held = tokio::spawn(held);
    rig.gate.entered().await;
    let answer =
        soon(sender.send_request(request(&rig, Method::POST, "/api/query", r#"{"query":"rows 3"}"#))).await;
    let answer = answer.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    assert!(answer.headers().contains_key("x-request-id"));
    let (status, body) = read(answer).await;
    assert_eq!((status, &body["row_count"]), (StatusCode::OK, &json!(3)));
    rig.gate.open();
    let (status, _) = read(soon(held).await.unwrap().unwrap()).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn events_are_streamed_too() {
    let rig = Rig::new().await;
    let mut sender = connected(&rig).await;
    let mut asked = request(&rig, Method::POST, "/api/query", r#"{"query":"rows 3"}"#);
    asked.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    let mut source = Source::new(soon(sender.send_request(asked)).await.unwrap());
    assert_eq!(source.event().await.name, "query_accepted");
    source.up_to("query_result").await;
    assert!(source.ended().await);
}

#[tokio::test]
async fn a_door_is_not_opened_over_http2() {
    let rig = Rig::new().await;
    let mut sender = connected(&rig).await;
    let answer = soon(sender.send_request(request(&rig, Method::GET, "/ws/query", ""))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED);
}

/// An extended CONNECT (RFC 8441) for `protocol` on a door.
fn connect(rig: &Rig, path: &str, protocol: &'static str) -> Request<Full<Bytes>> {
    let mut request = request(rig, Method::CONNECT, path, "");
    request.headers_mut().insert("sec-websocket-version", "13".parse().unwrap());
    request.extensions_mut().insert(Protocol::from_static(protocol));
    request
}

#[tokio::test]
async fn a_stream_becomes_a_connection() {
    let rig = Rig::with(|config| config.test_doors = true).await;
    let mut sender = connected(&rig).await;
    sender.ready().await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let answer = soon(sender.send_request(connect(&rig, "/ws/echo", "websocket"))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.headers().contains_key("sec-websocket-accept"));
        streams.push(TokioIo::new(soon(hyper::upgrade::on(answer)).await.unwrap()));
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let text = format!("stream {number}");
        soon(stream.write_all(&crate::raw::frame(0x81, text.as_bytes()))).await.unwrap();
        let mut echo = vec![0; 2 + text.len()];
        soon(stream.read_exact(&mut echo)).await.unwrap();
        assert_eq!(&echo[2..], text.as_bytes());
    }
    let mut stream = streams.pop().unwrap();
    let close = crate::raw::frame(0x88, &crate::raw::closing(1000, b"done"));
    soon(stream.write_all(&close)).await.unwrap();
    let mut rest = Vec::new();
    soon(stream.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(&rest[2..4], 1000_u16.to_be_bytes(), "the close is answered and the stream ends");
    let answer = soon(sender.send_request(request(&rig, Method::GET, "/health", ""))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "the connection is for requests as before");
}

#[tokio::test]
async fn a_stream_is_refused_like_an_upgrade() {
    let rig = Rig::with(|config| config.test_doors = true).await;
    let mut sender = connected(&rig).await;
    sender.ready().await.unwrap();
    let mut old = connect(&rig, "/ws/echo", "websocket");
    old.headers_mut().insert("sec-websocket-version", "12".parse().unwrap());
    let mut foreign = connect(&rig, "/ws/echo", "websocket");
    foreign.headers_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    for (request, status) in [
        (connect(&rig, "/ws/echo", "connect-udp"), StatusCode::NOT_IMPLEMENTED),
        (connect(&rig, "/nowhere", "websocket"), StatusCode::NOT_FOUND),
        (old, StatusCode::UPGRADE_REQUIRED),
        (foreign, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(soon(sender.send_request(request)).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let rig = Rig::with(|config| config.http.http2 = false).await;
    let mut peer = Peer::raw(&rig).await;
    peer.write(PREFACE).await;
    let answer = peer.rest().await;
    assert!(!answer.starts_with(&[0, 0]), "no frames: {answer:?}");
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A client that sends any frames at all.
struct Peer {
    stream: TcpStream,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `POST /api/query` to authority `h`, without Huffman coding.
fn fields() -> Vec<u8> {
    let mut block = vec![0x83, 0x86, 0x44, 10];
    block.extend(b"/api/query");
    block.extend([0x41, 1, b'h']);
    block
}

impl Peer {
    async fn raw(rig: &Rig) -> Self {
        Self { stream: TcpStream::connect(rig.address).await.unwrap() }
    }

    async fn new(rig: &Rig) -> Self {
        let mut peer = Self::raw(rig).await;
        peer.write(PREFACE).await;
        peer.write(&frame(4, 0, 0, &[])).await;
        peer
    }

    /// The server may have ended the stream on purpose before all is sent.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        soon(self.stream.write_all(bytes)).await.is_ok()
    }

    async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let _ = soon(self.stream.read_to_end(&mut all)).await;
        all
    }

    /// Sends `bytes` again and again until the server has had enough; the code of its GOAWAY, and how often.
    async fn flood(self, bytes: Vec<u8>) -> (Option<u32>, usize) {
        let (mut reading, mut writing) = self.stream.into_split();
        let writer = tokio::spawn(async move {
            let mut times = 0;
            while times < 50_000 && writing.write_all(&bytes).await.is_ok() {
                times += 1;
            }
            times
        });
        let mut seen = Vec::new();
        let reader = async {
            let mut piece = [0; 4096];
            while goaway(&seen).is_none() {
                match reading.read(&mut piece).await {
                    Ok(count @ 1..) => seen.extend_from_slice(&piece[..count]),
                    Ok(0) | Err(_) => break,
                }
            }
        };
        soon(reader).await;
        drop(reading);
        writer.abort();
        (goaway(&seen), writer.await.unwrap_or(0))
    }
}

/// The error code of the first GOAWAY among frames.
fn goaway(mut bytes: &[u8]) -> Option<u32> {
    while bytes.len() >= 9 {
        let length = usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]);
        let payload = bytes.get(9..9 + length)?;
        if bytes[3] == 7 {
            return Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        bytes = &bytes[9 + length..];
    }
    None
}

const ENHANCE_YOUR_CALM: Option<u32> = Some(11);

#[tokio::test]
async fn fault_38_a_flood_of_resets_ends_in_goaway() {
    let rig = Rig::new().await;
    let peer = Peer::new(&rig).await;
    let mut bytes = Vec::new();
    for stream in 0..2_000 {
        let stream = 2 * stream + 1;
        bytes.extend(frame(1, 4, stream, &fields()));
        bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let (code, _) = peer.flood(bytes).await;
    assert_eq!(code, ENHANCE_YOUR_CALM);
    assert_eq!(rig.request(Method::GET, "/metrics", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn fault_38_a_flood_of_continuations_ends_in_goaway() {
    let rig = Rig::new().await;
    let mut peer = Peer::new(&rig).await;
    peer.write(&frame(1, 0, 1, &fields())).await;
    let (code, _) = peer.flood(frame(9, 0, 1, &[0, 1, b'a', 1, b'b'])).await;
    assert_eq!(code, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn fault_38_a_flood_of_empty_data_ends_in_goaway() {
    let rig = Rig::new().await;
    let mut peer = Peer::new(&rig).await;
    peer.write(&frame(1, 4, 1, &fields())).await;
    let (code, _) = peer.flood(frame(0, 0, 1, &[])).await;
    assert_eq!(code, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn fault_36_a_connection_without_requests_is_ended() {
    let rig = Rig::with(|config| {
        config.timers.header_timeout = Duration::from_millis(50);
        config.timers.close_timeout = Duration::from_millis(50);
    })
    .await;
    let mut silent = Peer::new(&rig).await;
    assert_eq!(goaway(&silent.rest().await), Some(0));
    let mut dribbling = Peer::new(&rig).await;
    dribbling.write(&frame(1, 0, 1, &fields())).await;
    assert_eq!(goaway(&dribbling.rest().await), Some(0));
}
