//! HTTP, TLS, proxies in front, and what may be negotiated on the wire.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// TLS of the backend's listener; served when both files are given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM; read again at every reload.
    pub certificate: Option<PathBuf>,
    /// Private key, PEM; read again at every reload.
    pub key: Option<PathBuf>,
}

/// HTTP of the backend's listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Whether HTTP/2 is spoken, by ALPN over TLS and by prior knowledge without.
    pub http2: bool,
    /// Time for the body of a request to arrive.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub body_timeout: Duration,
    /// Interval of comments that keep an event stream alive.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub stream_keep_alive: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            http2: true,
            body_timeout: Duration::from_secs(10),
            stream_keep_alive: Duration::from_secs(15),
        }
    }
}

/// Proxies whose word about the client's address is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Addresses of trusted proxies; the header of anybody else is ignored.
    pub trusted: Vec<IpAddr>,
    /// Header that names the client; its rightmost address that is no trusted proxy counts.
    pub header: String,
}

impl Default for Proxy {
    fn default() -> Self {
        Self { trusted: Vec::new(), header: "x-forwarded-for".to_owned() }
    }
}

/// What clients may negotiate beyond plain JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wire {
    /// Whether permessage-deflate is accepted when offered.
    pub deflate: bool,
    /// Whether compressed messages may refer to earlier ones of the same client; each connection then holds what came last, 32 KiB at most.
    pub deflate_client_context: bool,
    /// Messages from this size on are compressed, bytes.
    pub deflate_min_bytes: usize,
    /// Server messages from this size on (as JSON) go as MessagePack to clients that announced it, bytes.
    pub msgpack_min_bytes: usize,
    /// Most messages of one batch.
    pub batch_messages: usize,
    /// Longest time a message is held back for a batch.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub batch_delay: Duration,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            deflate: true,
            deflate_client_context: false,
            deflate_min_bytes: 256,
            msgpack_min_bytes: 4_096,
            batch_messages: 64,
            batch_delay: Duration::from_millis(25),
        }
    }
}
