//! TLS: who the target is, what is spoken in it, and that the doors work the same.

use rustls::version::{TLS12, TLS13};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout_at;

use crate::checks::query::run::ask;
use crate::checks::{Check, Context, ReasonCode, Step, Stop, ensure, fail, field};
use crate::peer::{Request, Stream, Tls};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "doors",
            "tls-certificate",
            "the certificate is good for the host, of a trusted authority and in its time",
            certificate
        )
        .variant("tls"),
        check!("doors", "tls-socket", "a door works over TLS as it does without", socket).variant("tls"),
        check!("doors", "tls-request", "requests work over TLS", request).variant("tls"),
        check!("doors", "tls-1-2", "TLS 1.2 is spoken", tls_1_2).variant("tls"),
        check!("doors", "tls-1-3", "TLS 1.3 is spoken", tls_1_3).variant("tls"),
        check!("doors", "tls-plain", "a request without TLS gets no answer of the application", plain)
            .variant("tls"),
        check!("doors", "tls-alpn", "HTTP/1.1 is agreed on where it alone is offered", alpn).variant("tls"),
        check!("doors", "tls-no-alpn", "without an offer of protocols HTTP/1.1 is spoken", no_alpn)
            .variant("tls"),
        check!("doors", "tls-http2", "HTTP/2 is agreed on by ALPN, and spoken", http2)
            .variant("tls")
            .features(&["http2"]),
    ]
}

fn tls(cx: &Context) -> Step<&Tls> {
    let missing = || Stop::Harness("this needs an https:// or wss:// target".to_owned());
    cx.target().tls().ok_or_else(missing)
}

/// Connects with these settings; what the handshake says against it is `expected`'s violation.
async fn connect(cx: &Context, tls: &Tls, expected: &str) -> Step<Stream> {
    let connecting = Stream::connect(cx.target().address(), Some(tls));
    match timeout_at(cx.soon().end(), connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => fail(ReasonCode::Refused, expected, error.to_string()),
        Err(_) => fail(ReasonCode::Missing, expected, "silence"),
    }
}

fn settings(made: Result<Tls, crate::peer::TlsFault>) -> Step<Tls> {
    made.map_err(|fault| Stop::Harness(fault.to_string()))
}

/// The handshake of an ordinary client succeeds.
async fn certificate(cx: Context) -> Step {
    connect(&cx, tls(&cx)?, "a handshake with a good certificate").await.map(|_| ())
}

/// A query is asked and answered.
async fn socket(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"query_id": "secure"})).await?;
    field::equals(run.result()?, "status", "completed")
}

/// `GET /health`.
async fn request(cx: Context) -> Step {
    let response = cx.http(Request::get(&cx.target().rest("/health"))).await?;
    ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)
}

/// Clients of some years ago.
async fn tls_1_2(cx: Context) -> Step {
    let tls = settings(tls(&cx)?.speaking(&TLS12))?;
    connect(&cx, &tls, "a handshake of TLS 1.2").await.map(|_| ())
}

/// Clients of today.
async fn tls_1_3(cx: Context) -> Step {
    let tls = settings(tls(&cx)?.speaking(&TLS13))?;
    connect(&cx, &tls, "a handshake of TLS 1.3").await.map(|_| ())
}

/// Whatever comes, it is not the answer to the request: a password in it would have been read by all.
async fn plain(cx: Context) -> Step {
    let connecting = Stream::connect(cx.target().address(), None);
    let mut stream = connecting.await.map_err(|error| Stop::Harness(error.to_string()))?;
    let request = Request::get(&cx.target().rest("/health")).header("Host", &cx.target().host());
    let sent = stream.write_all(&request.encode()).await;
    sent.map_err(|error| Stop::Harness(error.to_string()))?;
    let mut answer = vec![0; 256];
    let size = match timeout_at(cx.soon().end(), stream.read(&mut answer)).await {
        Ok(Ok(size)) => size,
        // The end, or nothing, is an answer too.
        Ok(Err(_)) | Err(_) => 0,
    };
    let text = String::from_utf8_lossy(&answer[..size]).into_owned();
    ensure(!text.starts_with("HTTP/1.1 200"), ReasonCode::Accepted, "no answer of the application", text)
}

/// `http/1.1`.
async fn alpn(cx: Context) -> Step {
    let stream = connect(&cx, tls(&cx)?, "a handshake that offers http/1.1").await?;
    agreed(&stream, b"http/1.1")
}

fn agreed(stream: &Stream, wanted: &[u8]) -> Step {
    let wanted_text = format!("{} by ALPN", String::from_utf8_lossy(wanted));
    match stream.alpn() {
        Some(protocol) if protocol == wanted => Ok(()),
        Some(other) => fail(ReasonCode::WrongValue, wanted_text, String::from_utf8_lossy(other).into_owned()),
        None => fail(ReasonCode::Missing, wanted_text, "none"),
    }
}

/// A client that knows no ALPN.
async fn no_alpn(cx: Context) -> Step {
    let tls = settings(tls(&cx)?.offering(&[]))?;
    let mut stream = connect(&cx, &tls, "a handshake without an offer").await?;
    let request = Request::get(&cx.target().rest("/health"));
    let request = request.header("Host", &cx.target().host()).header("Connection", "close");
    let sent = async {
        stream.write_all(&request.encode()).await?;
        stream.flush().await
    };
    sent.await.map_err(|error| Stop::Harness(error.to_string()))?;
    let mut rest = Vec::new();
    match crate::peer::read_response(&mut stream, &mut rest, cx.soon().end(), false).await {
        Ok(response) => {
            ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)
        }
        Err(fault) => fail(ReasonCode::Missing, "an HTTP/1.1 response", fault.to_string()),
    }
}

/// What a client of HTTP/2 says first (RFC 9113 §3.4), empty SETTINGS, and `GET /health` on stream 1.
fn http2_request(host: &str, path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x87];
    for (index, text) in [(0x04, path), (0x01, host)] {
        block.extend([index, u8::try_from(text.len().min(126)).unwrap_or(126)]);
        block.extend(text.as_bytes().iter().take(126));
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    let length = u8::try_from(block.len()).unwrap_or(u8::MAX);
    bytes.extend([0, 0, length, 1, 0x05, 0, 0, 0, 1]);
    bytes.extend(block);
    bytes
}

/// `h2` is agreed on; the server begins with SETTINGS and answers the request on its stream.
async fn http2(cx: Context) -> Step {
    let tls = settings(tls(&cx)?.offering(&[b"h2", b"http/1.1"]))?;
    let mut stream = connect(&cx, &tls, "a handshake that offers h2").await?;
    agreed(&stream, b"h2")?;
    let request = http2_request(&cx.target().host(), &cx.target().rest("/health"));
    let sent = async {
        stream.write_all(&request).await?;
        stream.flush().await
    };
    sent.await.map_err(|error| Stop::Harness(error.to_string()))?;
    let end = cx.soon().end();
    for at in 0..64 {
        let mut head = [0; 9];
        match timeout_at(end, stream.read_exact(&mut head)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return fail(ReasonCode::Closed, "HEADERS on stream 1", error.to_string()),
            Err(_) => return fail(ReasonCode::Missing, "HEADERS on stream 1", "silence"),
        }
        let [high, middle, low, kind, _, a, b, c, d] = head;
        ensure(at != 0 || kind == 4, ReasonCode::WrongOrder, "SETTINGS first", format!("frame type {kind}"))?;
        if kind == 1 && [a & 0x7f, b, c, d] == [0, 0, 0, 1] {
            return Ok(());
        }
        let gone_away = matches!(kind, 3 | 7);
        ensure(!gone_away, ReasonCode::Refused, "HEADERS on stream 1", format!("frame type {kind}"))?;
        let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
        let read = timeout_at(end, stream.read_exact(&mut payload)).await;
        ensure(matches!(read, Ok(Ok(_))), ReasonCode::Malformed, "a whole frame", "half of one")?;
    }
    fail(ReasonCode::Missing, "HEADERS on stream 1", "64 other frames")
}
