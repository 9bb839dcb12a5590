//! What is known about a connection when its door opens.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::profile::{Door, Profile};
use super::tokens::Claims;
use crate::connection::engine::Deflate;

/// One accepted upgrade request, copied small.
///
/// Nothing of the request itself is kept: a `Uri` or header value shares hyper's read buffer and would pin it
/// (about 4.7 KiB) for the life of the connection.
pub struct Opening {
    /// Which door was opened, with its path parameters.
    pub door: Door,
    /// The door's rules.
    pub profile: Arc<Profile>,
    /// Parameters of the query string.
    pub query: QueryParams,
    /// Tokens that were sent, by `?token=`, `Authorization: Bearer` or subprotocol `bearer.…`; equal ones once.
    pub tokens: Box<[Box<str>]>,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// Address of the client: the peer's, or what a trusted proxy says.
    pub address: IpAddr,
    /// What is known of the client.
    pub identity: Identity,
    /// The `Origin` header, if one was sent.
    pub origin: Option<Box<str>>,
    /// The subprotocol that was selected, if any was offered that the server knows.
    pub subprotocol: Option<&'static str>,
    /// What was agreed about compression.
    pub deflate: Option<Deflate>,
}

/// What is known of a client when its door opens.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Nobody has looked yet.
    Unknown,
    /// Nobody in particular, and that is well.
    Anybody,
    /// Who a verified token says.
    Bearer(Box<Claims>),
}

impl fmt::Debug for Opening {
    /// Shows no token and no session id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("path", &self.profile.pattern())
            .field("peer", &self.peer)
            .field("origin", &self.origin)
            .field("subprotocol", &self.subprotocol)
            .finish_non_exhaustive()
    }
}

/// Decoded parameters of a query string, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct QueryParams(Box<[(Box<str>, Box<str>)]>);

impl QueryParams {
    /// Reads `name=value&name=value`, percent-decoded, `+` as a blank. Invalid escapes are kept as they are.
    pub fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        });
        Self(pairs.collect())
    }

    /// First value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// All values of a name: two tokens that differ are refused, so both must be seen.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for QueryParams {
    /// Names only: values may be tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Percent-decodes; what is no valid escape stays, what is no UTF-8 becomes U+FFFD.
pub(crate) fn decode(text: &str, plus_is_blank: bool) -> Box<str> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3))).flatten();
        match (byte, escape) {
            (_, Some(value)) => {
                out.push(value);
                at += 3;
                continue;
            }
            (b'+', None) if plus_is_blank => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned().into_boxed_str()
}

fn hex_pair(digits: Option<&[u8]>) -> Option<u8> {
    let &[high, low] = digits? else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|v| u8::try_from(v).ok());
    Some(value(high)? << 4 | value(low)?)
}
