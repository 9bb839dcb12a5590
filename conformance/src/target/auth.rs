//! What tokens for a target are made with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::signing::{KeyFault, SigningKey};

/// Section `[auth]`.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Whether every door and request of the target needs a token: the suite then presents one everywhere.
    pub required: bool,
    /// Secret of HS256 tokens.
    pub hs256_secret: Option<String>,
    /// File with private keys for the suite (JWKS); tokens are signed with the first one.
    pub jwks: Option<PathBuf>,
    /// File of public keys that the target reads, when the suite may change it: a JWKS.
    pub published: Option<PathBuf>,
    /// Audience that its tokens must name.
    pub audience: Option<String>,
    /// Issuer that its tokens must name.
    pub issuer: Option<String>,
    /// Its tolerance of `exp` and `nbf`.
    #[serde(with = "humantime_serde")]
    pub leeway: Duration,
    /// The keys themselves.
    #[serde(skip)]
    pub keys: Vec<AuthKey>,
}

/// A key that the target takes tokens of.
#[derive(Clone)]
pub struct AuthKey {
    /// Its name in headers.
    pub id: Option<String>,
    /// The key.
    pub key: Arc<SigningKey>,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            required: false,
            hs256_secret: None,
            jwks: None,
            published: None,
            audience: None,
            issuer: None,
            leeway: Duration::from_secs(30),
            keys: Vec::new(),
        }
    }
}

impl PartialEq for AuthKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.key, &other.key)
    }
}

impl PartialEq for Auth {
    fn eq(&self, other: &Self) -> bool {
        let settings = |auth: &Self| {
            let files = (auth.jwks.clone(), auth.published.clone());
            (auth.required, auth.hs256_secret.clone(), files, auth.audience.clone(), auth.issuer.clone())
        };
        settings(self) == settings(other) && self.leeway == other.leeway && self.keys == other.keys
    }
}

impl std::fmt::Debug for Auth {
    /// Shows neither secrets nor keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secret = self.hs256_secret.as_ref().map(|_| "[redacted]");
        f.debug_struct("Auth")
            .field("required", &self.required)
            .field("hs256_secret", &secret)
            .field("jwks", &self.jwks)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// Reads the keys; paths are relative to `folder`.
    pub fn resolve(&mut self, folder: &Path) -> Result<(), KeyFault> {
        self.keys.clear();
        if let Some(secret) = &self.hs256_secret {
            self.keys.push(AuthKey { id: None, key: Arc::new(SigningKey::secret(secret.as_bytes())) });
        }
        self.published = self.published.take().map(|path| folder.join(path));
        if let Some(path) = &self.jwks {
            let path = folder.join(path);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| KeyFault::NoSet(format!("{}: {error}", path.display())))?;
            let keys = SigningKey::of_set(&text)?;
            self.keys.extend(keys.into_iter().map(|(id, key)| AuthKey { id, key: Arc::new(key) }));
        }
        Ok(())
    }

    /// The key that tokens are signed with.
    pub fn key(&self) -> Option<&SigningKey> {
        self.keys.first().map(|key| &*key.key)
    }

    /// Its name.
    pub fn key_id(&self) -> Option<&str> {
        self.keys.first()?.id.as_deref()
    }

    /// Its algorithm; `HS256` when there is no key.
    pub fn algorithm(&self) -> &'static str {
        self.key().map_or("HS256", SigningKey::algorithm)
    }
}
