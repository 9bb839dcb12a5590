//! TLS end to end: requests and sockets, HTTP/2 by ALPN, another certificate after a reload.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Request, Version};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reference_server::config::{Config, Tls};
use reference_server::serve::{TlsAcceptor, TlsError};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::rig::{Rig, read, soon};

/// Certificate and key in files.
struct Identity {
    folder: TempDir,
    certificate: CertificateDer<'static>,
}

impl Identity {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let certificate = write(folder.path());
        Self { folder, certificate }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, config: &mut Config) {
        config.tls = Tls { certificate: Some(self.file("certificate.pem")), key: Some(self.file("key.pem")) };
    }
}

/// Makes a certificate for `localhost`.
fn write(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn connect(
    stream: TcpStream,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

fn client(rig: &Rig, identity: &Identity) -> reqwest::ClientBuilder {
    let trusted = reqwest::Certificate::from_der(&identity.certificate).unwrap();
    reqwest::Client::builder().tls_certs_only([trusted]).resolve("localhost", rig.address)
}

fn url(rig: &Rig, path: &str) -> String {
    format!("https://localhost:{}{path}", rig.address.port())
}

#[tokio::test]
async fn requests_are_answered_over_http1() {
    let identity = Identity::new();
    let rig = Rig::with(|config| identity.configure(config)).await;
    let client = client(&rig, &identity).http1_only().build().unwrap();
    let asked = client.post(url(&rig, "/api/query")).body(r#"{"query":"rows 3"}"#).send();
    let answer = soon(asked).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));
    let result: Value = answer.json().await.unwrap();
    assert_eq!(result["row_count"], 3);
}

#[tokio::test]
async fn http2_is_agreed_on_in_the_handshake_unless_turned_off() {
    let identity = Identity::new();
    for http2 in [true, false] {
        let rig = Rig::with(|config| {
            identity.configure(config);
            config.http.http2 = http2;
        })
        .await;
        let tcp = TcpStream::connect(rig.address).await.unwrap();
        let stream = connect(tcp, &identity.certificate, &["h2", "http/1.1"]).await.unwrap();
        let agreed = stream.get_ref().1.alpn_protocol().unwrap().to_vec();
        if !http2 {
            assert_eq!(agreed, b"http/1.1");
            continue;
        }
        assert_eq!(agreed, b"h2");
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let asked = Request::post("https://localhost/api/query");
        let asked = asked.body(Full::new(Bytes::from_static(br#"{"query":"rows 3"}"#))).unwrap();
        let answer = soon(sender.send_request(asked)).await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2);
        assert_eq!(read(answer).await.1["row_count"], 3);
    }
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn next(socket: &mut Socket) -> Value {
    loop {
        match soon(socket.next()).await {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("expected a message, got {other:?}"),
        }
    }
}

async fn until(socket: &mut Socket, name: &str) -> Value {
    loop {
        let message = next(socket).await;
        if message["type"] == name {
            return message;
        }
    }
}

async fn open(rig: &Rig, identity: &Identity, receive_buffer: u32) -> Socket {
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.set_recv_buffer_size(receive_buffer).unwrap();
    let tcp = tcp.connect(rig.address).await.unwrap();
    let stream = Box::pin(connect(tcp, &identity.certificate, &[])).await.unwrap();
    Box::pin(soon(client_async("wss://localhost/ws/query", stream))).await.unwrap().0
}

#[tokio::test]
async fn a_socket_says_the_same_over_tls() {
    let identity = Identity::new();
    let rig = Rig::with(|config| identity.configure(config)).await;
    let mut socket = Box::pin(open(&rig, &identity, 64 * 1024)).await;
    assert_eq!(next(&mut socket).await["type"], "connection_established");
    for text in ["rows 3", &format!("rows {}", 40_000)] {
        socket.send(Message::text(json!({ "type": "query", "query": text }).to_string())).await.unwrap();
        let result = until(&mut socket, "query_result").await;
        assert_eq!(result["rows"][2], json!([2]));
        socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
        until(&mut socket, "pong").await;
    }
    // many messages in one record, and one message in many
    let pings: Vec<_> = (0..50).map(|_| Message::text(r#"{"type":"ping"}"#)).collect();
    for ping in pings {
        socket.feed(ping).await.unwrap();
    }
    socket.flush().await.unwrap();
    for _ in 0..50 {
        assert_eq!(next(&mut socket).await["type"], "pong");
    }
    soon(socket.close(None)).await.unwrap();
    while let Some(Ok(_)) = soon(socket.next()).await {}
}

#[tokio::test]
async fn a_slow_reader_over_tls_gets_every_byte_in_order() {
    let identity = Identity::new();
    let rig = Rig::with(|config| {
        identity.configure(config);
        config.limits.history_bytes = 64 * 1024 * 1024;
    })
    .await;
    let mut socket = Box::pin(open(&rig, &identity, 2_048)).await;
    let established = next(&mut socket).await;
    let session = established["session_id"].as_str().unwrap();
    // Far more than the buffers of both kernels hold; nothing is read meanwhile.
    let client = client(&rig, &identity).build().unwrap();
    let body = json!({ "query": "rows 20000", "session_id": session }).to_string();
    for _ in 0..12 {
        let answer = soon(client.post(url(&rig, "/api/query")).body(body.clone()).send()).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let (_, top) = {
        let shown = soon(client.get(url(&rig, &format!("/api/sessions/{session}"))).send()).await.unwrap();
        let shown: Value = shown.json().await.unwrap();
        (shown["connections"].clone(), shown["top"].as_u64().unwrap())
    };
    for offset in 1..=top {
        let message = next(&mut socket).await;
        assert_eq!(message["offset"], offset, "{}", message["type"]);
    }
}

#[tokio::test]
async fn plain_text_and_silence_get_nothing() {
    let identity = Identity::new();
    let rig = Rig::with(|config| {
        identity.configure(config);
        config.timers.header_timeout = Duration::from_millis(50);
    })
    .await;
    // fault 36: a TLS handshake that does not come ends the connection too
    let mut silent = TcpStream::connect(rig.address).await.unwrap();
    let mut all = Vec::new();
    soon(silent.read_to_end(&mut all)).await.unwrap();
    assert_eq!(all, b"");
    let answer = reqwest::get(format!("http://{}/health", rig.address)).await;
    assert!(answer.is_err(), "{answer:?}");
}

#[tokio::test]
async fn another_certificate_is_served_after_a_reload() {
    let identity = Identity::new();
    let rig = Rig::with(|config| identity.configure(config)).await;
    let tls = rig.tls.clone().unwrap();
    let tcp = || async { TcpStream::connect(rig.address).await.unwrap() };
    let old = identity.certificate.clone();
    assert!(connect(tcp().await, &old, &[]).await.is_ok());
    let mut kept = Box::pin(open(&rig, &identity, 64 * 1024)).await;
    let new = write(identity.folder.path());
    assert!(connect(tcp().await, &new, &[]).await.is_err(), "not before the reload");
    tls.reload().unwrap();
    assert!(connect(tcp().await, &new, &[]).await.is_ok());
    assert!(connect(tcp().await, &old, &[]).await.is_err());
    assert_eq!(next(&mut kept).await["type"], "connection_established", "who is there stays");
    std::fs::write(identity.file("key.pem"), "no key").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::File { kind: "key", .. })));
    assert!(connect(tcp().await, &new, &[]).await.is_ok(), "the last good one stays");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let identity = Identity::new();
    let (certificate, key) = (identity.file("certificate.pem"), identity.file("key.pem"));
    let error = |certificate: Option<PathBuf>, key: Option<PathBuf>| {
        TlsAcceptor::new(&Tls { certificate, key }, true).unwrap_err().to_string()
    };
    assert!(TlsAcceptor::new(&Tls::default(), true).unwrap().is_none());
    assert!(error(Some(certificate.clone()), None).contains("tls.key is missing"));
    assert!(error(None, Some(key.clone())).contains("tls.certificate is missing"));
    assert!(error(Some(identity.file("none.pem")), Some(key.clone())).contains("none.pem"));
    assert!(error(Some(key.clone()), Some(key.clone())).contains("holds no certificate"));
    let other = Identity::new();
    assert!(error(Some(certificate), Some(other.file("key.pem"))).contains("can't be used"));
}

#[tokio::test]
async fn compression_is_negotiated_behind_tls_too() {
    let identity = Identity::new();
    let rig = Rig::with(|config| identity.configure(config)).await;
    let tcp = TcpStream::connect(rig.address).await.unwrap();
    let mut stream = connect(tcp, &identity.certificate, &["http/1.1"]).await.unwrap();
    let upgrade = "GET /ws/query HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon(stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101") && head.contains("permessage-deflate"), "{head}");
    let (first, second) = (soon(stream.read_u8()).await.unwrap(), soon(stream.read_u8()).await.unwrap());
    assert_eq!((first, second), (0xC1, 126), "the first message is long enough to be compressed");
    let mut payload = vec![0; usize::from(soon(stream.read_u16()).await.unwrap())];
    soon(stream.read_exact(&mut payload)).await.unwrap();
    payload.extend_from_slice(&[0, 0, 0xFF, 0xFF]);
    let mut text = Vec::with_capacity(65_536);
    flate2::Decompress::new(false)
        .decompress_vec(&payload, &mut text, flate2::FlushDecompress::Sync)
        .unwrap();
    let message: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(message["type"], "connection_established");
}
