//! The opening handshake by hand: judged in full, and without the buffer that a ready-made client keeps for the
//! life of the connection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// RFC 6455, section 1.3.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Longest block of response headers that is read.
const LONGEST_HEAD: usize = 16 * 1024;

/// Why there is no WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The connection broke.
    #[error("connection lost during the upgrade: {0}")]
    Lost(String),
    /// The answer can't be read, or is not the right one.
    #[error("unreadable answer to the upgrade: {0}")]
    Unreadable(String),
    /// Another status than 101.
    #[error("upgrade refused with status {status}")]
    Refused {
        /// Status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
        /// What had come of the body.
        body: Vec<u8>,
    },
}

/// Asks `authority` for a WebSocket on `path`, with `headers` beside the necessary ones; gives back what was
/// read behind the response's head.
///
/// # Errors
/// The connection broke, or the answer is not the one of RFC 6455, section 4.1.
pub async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Vec<u8>, UpgradeError> {
    if headers.iter().any(|(name, value)| format!("{name}{value}").contains(char::is_control)) {
        return Err(unreadable("a header with control characters can't be sent"));
    }
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let further: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{further}\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(|error| lost(&error))?;
    let (head, mut rest) = read_head(stream).await?;
    let head = Head::parse(&head)?;
    if head.status != 101 {
        if rest.is_empty() {
            // The caller's deadline holds here too; without a body the status says enough.
            let _ = stream.read_buf(&mut rest).await;
        }
        let retry_after = head.field("Retry-After").and_then(|value| value.parse().ok());
        return Err(UpgradeError::Refused { status: head.status, retry_after, body: rest });
    }
    head.judge(&key)?;
    Ok(rest)
}

fn lost(error: &std::io::Error) -> UpgradeError {
    UpgradeError::Lost(error.to_string())
}

fn unreadable(text: impl Into<String>) -> UpgradeError {
    UpgradeError::Unreadable(text.into())
}

/// Reads up to the empty line; whatever came behind it is returned apart.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(Vec<u8>, Vec<u8>), UpgradeError> {
    let mut head = Vec::with_capacity(512);
    loop {
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = head[end + 4..].to_vec();
            head.truncate(end);
            return Ok((head, rest));
        }
        if head.len() > LONGEST_HEAD {
            return Err(unreadable(format!("more than {LONGEST_HEAD} bytes of headers")));
        }
        if stream.read_buf(&mut head).await.map_err(|error| lost(&error))? == 0 {
            return Err(UpgradeError::Lost("closed during the upgrade".to_owned()));
        }
    }
}

/// A response head.
#[derive(Debug)]
struct Head<'h> {
    status: u16,
    fields: Vec<(&'h str, &'h str)>,
}

impl<'h> Head<'h> {
    fn parse(head: &'h [u8]) -> Result<Self, UpgradeError> {
        let head = std::str::from_utf8(head).map_err(|_| unreadable("the response headers are not text"))?;
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| unreadable(format!("status line {first:?}")))?;
        let fields = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect();
        Ok(Self { status, fields })
    }

    fn field(&self, name: &str) -> Option<&'h str> {
        self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        self.field(name)
            .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    }

    /// RFC 6455, section 4.1, what the client must check. This client asks for no extension and no subprotocol.
    fn judge(&self, key: &str) -> Result<(), UpgradeError> {
        if !self.has_token("Upgrade", "websocket") || !self.has_token("Connection", "upgrade") {
            return Err(unreadable("101 without Upgrade: websocket and Connection: Upgrade"));
        }
        if self.field("Sec-WebSocket-Accept") != Some(accept_of(key).as_str()) {
            return Err(unreadable("Sec-WebSocket-Accept does not match the key"));
        }
        for name in ["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"] {
            if let Some(value) = self.field(name) {
                return Err(unreadable(format!("{name}: {value}, which nobody asked for")));
            }
        }
        Ok(())
    }
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
            let _ = Head::parse(&head).map(|head| head.judge("key").is_ok());
        }

        #[test]
        fn nearly_right_heads_never_panic(status in "\\PC{0,8}", header in "\\PC{0,40}") {
            let _ = Head::parse(format!("HTTP/1.1 {status}\r\n{header}").as_bytes());
        }
    }
}
