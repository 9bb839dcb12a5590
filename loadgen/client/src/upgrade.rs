//! The opening handshake by hand: judged in full, and without the buffer that a ready-made client keeps for the
//! life of the connection. [`request`] and [`answer`] are the rules alone, for whoever reads and writes by itself;
//! [`upgrade`] is both on a stream.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::deflate::{self, Agreement, Offer};

/// RFC 6455, section 1.3.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Subprotocols: the offer and the choice.
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

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

/// A request for a WebSocket: what is sent, and the key that the answer has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The octets to send.
    pub request: Vec<u8>,
    key: String,
    offer: Option<Offer>,
    /// Subprotocols on offer.
    protocols: Vec<String>,
}

/// What an answer that accepts leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Octets of the answer's head; what stands behind them is frames.
    pub head: usize,
    /// What was agreed about compression, if it was.
    pub compression: Option<Agreement>,
}

/// The request to `authority` for a WebSocket on `path`, with `headers` beside the necessary ones. No socket is
/// needed: whoever has one of its own sends [`Opening::request`] and asks [`answer`] whether it may go on.
///
/// # Errors
/// Something of it has control characters.
pub fn request(authority: &str, path: &str, headers: &[(&str, &str)]) -> Result<Opening, UpgradeError> {
    request_offering(authority, path, headers, None)
}

/// The same with an offer of compression.
///
/// # Errors
/// Something of it has control characters.
pub fn request_offering(
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
    offer: Option<Offer>,
) -> Result<Opening, UpgradeError> {
    let written = |text: &str| !text.contains(char::is_control);
    let address = written(authority) && written(path);
    if !address || !headers.iter().all(|(name, value)| written(name) && written(value)) {
        return Err(unreadable("control characters can't be sent"));
    }
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let mut further: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    if let Some(offer) = offer {
        further.push_str(&format!("{}: {}\r\n", deflate::FIELD, offer.to_text()));
    }
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{further}\r\n"
    );
    let offers = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(PROTOCOL));
    let protocols =
        offers.flat_map(|(_, value)| value.split(',')).map(|name| name.trim().to_owned()).collect();
    Ok(Opening { request: request.into_bytes(), key, offer, protocols })
}

/// Judges what has come of the answer to `opening`; `None` while its head is not complete.
///
/// # Errors
/// The answer is not the one of RFC 6455, section 4.1.
pub fn answer(opening: &Opening, received: &[u8]) -> Result<Option<Accepted>, UpgradeError> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        if received.len() > LONGEST_HEAD {
            return Err(unreadable(format!("more than {LONGEST_HEAD} bytes of headers")));
        }
        return Ok(None);
    };
    let head = Head::parse(&received[..end])?;
    if head.status != 101 {
        let retry_after = head.field("Retry-After").and_then(|value| value.parse().ok());
        let body = received[end + 4..].to_vec();
        return Err(UpgradeError::Refused { status: head.status, retry_after, body });
    }
    let compression = head.judge(opening)?;
    Ok(Some(Accepted { head: end + 4, compression }))
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
    upgrade_offering(stream, authority, path, headers, None).await.map(|(early, _)| early)
}

/// The same with an offer of compression; gives what was agreed too.
///
/// # Errors
/// The connection broke, or the answer is not the one of RFC 6455, section 4.1, and RFC 7692, section 7.1.
pub async fn upgrade_offering<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
    offer: Option<Offer>,
) -> Result<(Vec<u8>, Option<Agreement>), UpgradeError> {
    let opening = request_offering(authority, path, headers, offer)?;
    stream.write_all(&opening.request).await.map_err(|error| lost(&error))?;
    let mut received = Vec::with_capacity(512);
    loop {
        match answer(&opening, &received) {
            Ok(Some(accepted)) => return Ok((received.split_off(accepted.head), accepted.compression)),
            Ok(None) => {}
            Err(UpgradeError::Refused { status, retry_after, mut body }) => {
                if body.is_empty() && !announces_no_body(&received) {
                    // The caller's deadline holds here too; without a body the status says enough.
                    let _ = stream.read_buf(&mut body).await;
                }
                return Err(UpgradeError::Refused { status, retry_after, body });
            }
            Err(error) => return Err(error),
        }
        if stream.read_buf(&mut received).await.map_err(|error| lost(&error))? == 0 {
            return Err(UpgradeError::Lost("closed during the upgrade".to_owned()));
        }
    }
}

/// True when the head in `received` says that nothing follows it: the connection may stay open then.
fn announces_no_body(received: &[u8]) -> bool {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(received.len());
    Head::parse(&received[..end]).is_ok_and(|head| head.field("Content-Length") == Some("0"))
}

fn lost(error: &std::io::Error) -> UpgradeError {
    UpgradeError::Lost(error.to_string())
}

fn unreadable(text: impl Into<String>) -> UpgradeError {
    UpgradeError::Unreadable(text.into())
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

    /// The values of all fields called `name`.
    fn values(&self, name: &str) -> impl Iterator<Item = &'h str> {
        self.fields.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// RFC 6455, section 4.1, what the client must check. Subprotocols and compression
    /// are right where they were offered.
    fn judge(&self, opening: &Opening) -> Result<Option<Agreement>, UpgradeError> {
        if !self.has_token("Upgrade", "websocket") || !self.has_token("Connection", "upgrade") {
            return Err(unreadable("101 without Upgrade: websocket and Connection: Upgrade"));
        }
        if self.field("Sec-WebSocket-Accept") != Some(accept_of(&opening.key).as_str()) {
            return Err(unreadable("Sec-WebSocket-Accept does not match the key"));
        }
        let unasked = |name: &str| match self.field(name) {
            Some(value) => Err(unreadable(format!("{name}: {value}, which nobody asked for"))),
            None => Ok(None),
        };
        let chosen = self.field(PROTOCOL);
        if !chosen.is_some_and(|chosen| opening.protocols.iter().any(|offered| offered == chosen)) {
            unasked(PROTOCOL)?;
        }
        match &opening.offer {
            None => unasked(deflate::FIELD),
            Some(offer) => {
                offer.agreed(self.values(deflate::FIELD)).map_err(|error| unreadable(error.to_string()))
            }
        }
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

    /// The answer that accepts `opening`, as a server writes it.
    fn accepting(opening: &Opening) -> Vec<u8> {
        let accept = accept_of(&opening.key);
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n";
        format!("{head}Sec-WebSocket-Accept: {accept}\r\n\r\n").into_bytes()
    }

    #[test]
    fn an_answer_is_judged_as_soon_as_its_head_is_there() {
        let opening = request("h:1", "/ws/query", &[("Authorization", "Bearer t")]).unwrap();
        let sent = String::from_utf8(opening.request.clone()).unwrap();
        assert!(sent.starts_with("GET /ws/query HTTP/1.1\r\nHost: h:1\r\n"), "{sent}");
        assert!(sent.ends_with("Authorization: Bearer t\r\n\r\n"), "{sent}");
        let whole = accepting(&opening);
        for end in 0..whole.len() {
            assert_eq!(answer(&opening, &whole[..end]), Ok(None), "{end}");
        }
        let more = [&whole[..], b"\x81\x00"].concat();
        assert_eq!(answer(&opening, &more), Ok(Some(Accepted { head: whole.len(), compression: None })));
        let other = request("h:1", "/ws/query", &[]).unwrap();
        assert!(matches!(answer(&other, &whole), Err(UpgradeError::Unreadable(_))));
        let refused = answer(&opening, b"HTTP/1.1 503 no\r\nRetry-After: 7\r\n\r\nfull");
        let expected = UpgradeError::Refused { status: 503, retry_after: Some(7), body: b"full".to_vec() };
        assert_eq!(refused, Err(expected));
        assert!(answer(&opening, &[b'x'; LONGEST_HEAD + 1]).is_err());
        assert!(request("h:1", "/", &[("X", "a\r\nY: b")]).is_err());
    }

    #[test]
    fn an_extension_is_agreed_where_it_was_offered() {
        let answered = |offer: Option<Offer>, extension: &str| {
            let opening = request_offering("h:1", "/", &[], offer).unwrap();
            let mut bytes = accepting(&opening);
            bytes.truncate(bytes.len() - 2);
            bytes.extend_from_slice(format!("Sec-WebSocket-Extensions: {extension}\r\n\r\n").as_bytes());
            answer(&opening, &bytes).map(|accepted| accepted.unwrap().compression)
        };
        assert!(answered(Some(Offer::default()), "permessage-deflate").unwrap().is_some());
        for (offer, extension) in [
            (None, "permessage-deflate"),
            (Some(Offer::default()), "x-unasked-of"),
            (Some(Offer::default()), "permessage-deflate; made_up"),
        ] {
            assert!(matches!(answered(offer, extension), Err(UpgradeError::Unreadable(_))), "{extension}");
        }
    }

    #[test]
    fn a_subprotocol_is_right_when_it_was_offered() {
        let answered = |offer: &[(&str, &str)], chosen: &str| {
            let opening = request("h:1", "/", offer).unwrap();
            let text = String::from_utf8(accepting(&opening)).unwrap();
            let with = text.replace("\r\n\r\n", &format!("\r\nSec-WebSocket-Protocol: {chosen}\r\n\r\n"));
            answer(&opening, with.as_bytes()).is_ok()
        };
        let offer = [("Sec-WebSocket-Protocol", "chat.v1, chat.v2")];
        assert!(answered(&offer, "chat.v2"));
        assert!(!answered(&offer, "chat.v3") && !answered(&[], "chat.v1"));
    }

    proptest::proptest! {
        #[test]
        fn random_answers_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let opening = request("h:1", "/", &[]).unwrap();
            let _ = answer(&opening, &bytes);
            let _ = answer(&opening, &[&bytes[..], b"\r\n\r\n"].concat());
        }

        #[test]
        fn nearly_right_answers_never_panic(status in "\\PC{0,8}", header in "\\PC{0,40}") {
            let opening = request("h:1", "/", &[]).unwrap();
            let _ = answer(&opening, format!("HTTP/1.1 {status}\r\n{header}\r\n\r\n").as_bytes());
        }
    }
}
