//! Tokens.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;

/// The one algorithm tokens may be signed with; what a token's header claims is compared with it, never believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256 and a shared secret.
    #[default]
    HS256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// Who may come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Whether the doors that leave it to the configuration, and requests, need a token.
    pub required: bool,
    /// Algorithm of all tokens.
    pub algorithm: Algorithm,
    /// Shared secret of HS256.
    pub secret: Option<Secret>,
    /// File that holds the shared secret of HS256; read again at every reload.
    pub secret_file: Option<PathBuf>,
    /// File with the public keys (JWKS) of the other algorithms; read again when it changes and at every reload.
    pub jwks: Option<PathBuf>,
    /// Audience that a token must name.
    pub audience: Option<String>,
    /// Issuer that a token must name.
    pub issuer: Option<String>,
    /// Tolerance of `exp` and `nbf` for clocks that differ.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub leeway: Duration,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            required: false,
            algorithm: Algorithm::default(),
            secret: None,
            secret_file: None,
            jwks: None,
            audience: None,
            issuer: None,
            leeway: Duration::from_secs(30),
        }
    }
}

impl Auth {
    /// Whether there is anything to check a token with.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        match self.algorithm {
            Algorithm::HS256 => self.secret.is_some() || self.secret_file.is_some(),
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => self.jwks.is_some(),
        }
    }
}
