//! The opening handshake by hand: a ready-made client keeps its 4 KiB handshake buffer for the life of the
//! connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::LinkError;
use super::http::HttpAnswer;

/// RFC 6455, section 1.3.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Longest block of response headers that is read.
const LONGEST_HEAD: usize = 16 * 1024;

/// Asks `authority` for a WebSocket on `path`; gives back what was read after the response's headers.
pub(super) async fn upgrade(
    stream: &mut TcpStream,
    authority: &str,
    path: &str,
) -> Result<Vec<u8>, LinkError> {
    let mut nonce = [0_u8; 16];
    rand::rng().fill_bytes(&mut nonce);
    let key = STANDARD.encode(nonce);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(lost)?;
    let (head, rest) = read_head(stream).await?;
    let (status, accept) = parse_head(&head)?;
    if status != 101 {
        return Err(refusal(stream, status, rest).await);
    }
    if accept.as_deref() != Some(accept_of(&key).as_str()) {
        return Err(LinkError::Unreadable("Sec-WebSocket-Accept does not match the key".to_owned()));
    }
    Ok(rest)
}

#[expect(clippy::needless_pass_by_value, reason = "it is a map_err function")]
fn lost(error: std::io::Error) -> LinkError {
    LinkError::Lost(error.to_string())
}

/// Reads up to the empty line; whatever came after it is returned apart.
async fn read_head(stream: &mut TcpStream) -> Result<(Vec<u8>, Vec<u8>), LinkError> {
    let mut head = Vec::with_capacity(512);
    loop {
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = head[end + 4..].to_vec();
            head.truncate(end);
            return Ok((head, rest));
        }
        if head.len() > LONGEST_HEAD {
            return Err(LinkError::Unreadable(format!("more than {LONGEST_HEAD} bytes of headers")));
        }
        if stream.read_buf(&mut head).await.map_err(lost)? == 0 {
            return Err(LinkError::Lost("closed during the upgrade".to_owned()));
        }
    }
}

/// Status and accept key of a response head.
fn parse_head(head: &[u8]) -> Result<(u16, Option<String>), LinkError> {
    let head = std::str::from_utf8(head)
        .map_err(|_| LinkError::Unreadable("the response headers are not text".to_owned()))?;
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| LinkError::Unreadable(format!("status line {first:?}")))?;
    let accept = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-accept").then(|| value.trim().to_owned())
    });
    Ok((status, accept))
}

/// A refused upgrade, with what fits of its body.
async fn refusal(stream: &mut TcpStream, status: u16, mut body: Vec<u8>) -> LinkError {
    if body.is_empty() {
        // The caller's deadline holds here too; without a body the status says enough.
        let _ = stream.read_buf(&mut body).await;
    }
    HttpAnswer { status, body: body.into() }.into_error()
}

fn accept_of(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(MAGIC.as_bytes());
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_of_the_rfc() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    proptest::proptest! {
        #[test]
        fn random_heads_never_panic(head in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = parse_head(&head);
        }

        #[test]
        fn nearly_right_heads_never_panic(status in "\\PC{0,8}", header in "\\PC{0,40}") {
            let _ = parse_head(format!("HTTP/1.1 {status}\r\n{header}").as_bytes());
        }
    }
}
