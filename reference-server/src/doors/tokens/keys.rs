//! The keys that tokens are verified with, and their files, which may change while the server runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use crate::config::{Algorithm, Auth};

/// Shortest secret that is no weaker than the hash itself, bytes (RFC 7518, section 3.2).
const STRONG_SECRET: usize = 32;

/// A file that changed less than this before it was read may change again without its time showing it.
const COARSE_CLOCK: Duration = Duration::from_secs(1);

/// Why keys can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read.
    #[error("can't read the keys in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no key set.
    #[error("{} is no JSON Web Key Set", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What was expected.
        source: serde_json::Error,
    },
    /// The secret is empty.
    #[error("the shared secret in {} is empty", path.display())]
    EmptySecret {
        /// The file.
        path: PathBuf,
    },
}

/// Keys of one algorithm.
pub(super) struct KeyRing {
    keys: Vec<Key>,
    /// Bytes of a shared secret that is shorter than it should be.
    short: Option<usize>,
}

struct Key {
    id: Option<String>,
    key: DecodingKey,
}

impl KeyRing {
    fn secret(secret: &[u8]) -> Self {
        let keys = vec![Key { id: None, key: DecodingKey::from_secret(secret) }];
        Self { keys, short: Some(secret.len()).filter(|length| *length < STRONG_SECRET) }
    }

    /// Reads a key set; what is for another algorithm, or for encryption, is passed over.
    fn jwks(text: &[u8], algorithm: Algorithm) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(text)?;
        let keys = set.keys.into_iter().filter_map(|key| usable(key, algorithm)).collect();
        Ok(Self { keys, short: None })
    }

    /// The keys that may have signed a token with this key id: those of that id; without one, all.
    pub(super) fn candidates<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a DecodingKey> {
        // A shared secret has no id, whatever a token calls it.
        let fits = move |key: &&Key| match (id, key.id.as_deref()) {
            (Some(wanted), Some(id)) => wanted == id,
            (Some(_), None) => key.key.family() == jsonwebtoken::AlgorithmFamily::Hmac,
            (None, _) => true,
        };
        self.keys.iter().filter(fits).map(|key| &key.key)
    }

    /// Says what is in it, once.
    fn announce(&self, path: &Path) {
        tracing::info!(path = %path.display(), keys = self.keys.len(), "keys of tokens read");
        if self.keys.is_empty() {
            tracing::warn!(path = %path.display(), "no key of the configured algorithm: no token is accepted");
        }
        self.warn_of_short_secret();
    }

    fn warn_of_short_secret(&self) {
        if let Some(bytes) = self.short {
            tracing::warn!(bytes, "the shared secret of tokens is short: it can be guessed");
        }
    }
}

fn usable(key: Value, algorithm: Algorithm) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let (named, shaped) = match (algorithm, &jwk.algorithm) {
        (Algorithm::RS256, AlgorithmParameters::RSA(_)) => (KeyAlgorithm::RS256, true),
        (Algorithm::ES256, AlgorithmParameters::EllipticCurve(key)) => {
            (KeyAlgorithm::ES256, key.curve == EllipticCurve::P256)
        }
        (Algorithm::EdDSA, AlgorithmParameters::OctetKeyPair(key)) => {
            (KeyAlgorithm::EdDSA, key.curve == EllipticCurve::Ed25519)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|wanted| *wanted == PublicKeyUse::Signature);
    let same = common.key_algorithm.is_none_or(|wanted| wanted == named);
    if !(shaped && signs && same) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, key })
}

/// Where keys come from.
pub(super) enum Keys {
    /// Nowhere.
    None,
    /// The configuration itself.
    Fixed(KeyRing),
    /// A file.
    File(KeyFile),
}

impl Keys {
    pub(super) fn of(auth: &Auth) -> Result<Self, KeyError> {
        let file = match auth.algorithm {
            Algorithm::HS256 => auth.secret_file.as_ref(),
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => auth.jwks.as_ref(),
        };
        if let Some(path) = file {
            return Ok(Self::File(KeyFile::open(path.clone(), auth.algorithm)?));
        }
        Ok(match &auth.secret {
            Some(secret) if auth.algorithm == Algorithm::HS256 => {
                let ring = KeyRing::secret(secret.expose().as_bytes());
                ring.warn_of_short_secret();
                Self::Fixed(ring)
            }
            _ => Self::None,
        })
    }
}

/// A file of keys, read again when it changes.
pub(super) struct KeyFile {
    path: PathBuf,
    algorithm: Algorithm,
    loaded: ArcSwap<Loaded>,
}

struct Loaded {
    stamp: Option<Stamp>,
    at: SystemTime,
    ring: Arc<KeyRing>,
}

/// What shows that a file is another one than before.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl KeyFile {
    fn open(path: PathBuf, algorithm: Algorithm) -> Result<Self, KeyError> {
        let (stamp, at) = (stamp(&path), SystemTime::now());
        let ring = Arc::new(read(&path, algorithm)?);
        ring.announce(&path);
        Ok(Self { path, algorithm, loaded: ArcSwap::from_pointee(Loaded { stamp, at, ring }) })
    }

    /// The keys that are in the file now. While it can't be read, those that were.
    pub(super) fn current(&self) -> Arc<KeyRing> {
        let loaded = self.loaded.load();
        let stamp = stamp(&self.path);
        let settled = stamp.as_ref().is_none_or(|stamp| stamp.modified + COARSE_CLOCK < loaded.at);
        if stamp == loaded.stamp && settled {
            return Arc::clone(&loaded.ring);
        }
        let news = stamp != loaded.stamp;
        // The time is taken before the file is read: a change meanwhile is seen the next time.
        let at = SystemTime::now();
        let ring = match read(&self.path, self.algorithm) {
            Ok(ring) => {
                if news {
                    ring.announce(&self.path);
                }
                Arc::new(ring)
            }
            Err(error) => {
                if news {
                    tracing::warn!(%error, path = %self.path.display(), "keys can't be read, the old ones stay");
                }
                Arc::clone(&loaded.ring)
            }
        };
        self.loaded.store(Arc::new(Loaded { stamp, at, ring: Arc::clone(&ring) }));
        ring
    }

    /// Reads the file now.
    pub(super) fn reload(&self) -> Result<(), KeyError> {
        let (stamp, at) = (stamp(&self.path), SystemTime::now());
        let ring = Arc::new(read(&self.path, self.algorithm)?);
        ring.announce(&self.path);
        self.loaded.store(Arc::new(Loaded { stamp, at, ring }));
        Ok(())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp { modified: metadata.modified().ok()?, length: metadata.len() })
}

fn read(path: &Path, algorithm: Algorithm) -> Result<KeyRing, KeyError> {
    let path = path.to_owned();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(KeyError::Read { path, source }),
    };
    if algorithm != Algorithm::HS256 {
        return KeyRing::jwks(&bytes, algorithm).map_err(|source| KeyError::Parse { path, source });
    }
    let secret = bytes.trim_ascii_end();
    if secret.is_empty() {
        return Err(KeyError::EmptySecret { path });
    }
    Ok(KeyRing::secret(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_known_for_one_wherever_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (secret, short) in [("0123456789", Some(10)), ("0123456789abcdef0123456789abcdef\n", None)] {
            fs::write(&path, secret).unwrap();
            assert_eq!(read(&path, Algorithm::HS256).unwrap().short, short, "in a file");
            assert_eq!(KeyRing::secret(secret.trim_end().as_bytes()).short, short, "in the configuration");
        }
    }
}
