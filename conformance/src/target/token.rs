//! Tokens (JWT, RFC 7519) as an issuer makes them, and as anybody could forge them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::auth::Auth;
use super::signing::SigningKey;

/// How long an ordinary token is good, seconds.
const LIFE: i64 = 3_600;

/// A token before it is signed: header and claims are whatever they are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Header.
    pub header: Value,
    /// Claims.
    pub claims: Value,
}

impl Token {
    /// A good token of `user` for a target with these settings.
    pub fn of(auth: &Auth, user: &str) -> Self {
        let mut header = json!({"alg": auth.algorithm(), "typ": "JWT"});
        if let Some(kid) = auth.key_id() {
            header["kid"] = Value::from(kid);
        }
        let mut claims = json!({"sub": user, "exp": epoch_seconds() + LIFE});
        for (name, value) in [("aud", &auth.audience), ("iss", &auth.issuer)] {
            if let Some(value) = value {
                claims[name] = Value::from(value.as_str());
            }
        }
        Self { header, claims }
    }

    /// The same with another claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// The same without a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().map(|claims| claims.shift_remove(name));
        self
    }

    /// The same with another header field.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// What is signed: header and claims in base64url.
    pub fn input(&self) -> String {
        format!("{}.{}", encode(self.header.to_string()), encode(self.claims.to_string()))
    }

    /// The token, signed by `key`, whatever its header says.
    pub fn signed(&self, key: &SigningKey) -> String {
        signed_text(&self.input(), key)
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// `input` with its signature by `key` behind it.
pub fn signed_text(input: &str, key: &SigningKey) -> String {
    format!("{input}.{}", encode(key.sign(input.as_bytes())))
}

/// base64url without padding, as in tokens.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims of a token, unverified.
pub fn claims_of(token: &str) -> Option<Map<String, Value>> {
    let middle = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).ok()?).ok()
}

/// Whole seconds since the epoch, as `exp` and `nbf` are written.
pub fn epoch_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
