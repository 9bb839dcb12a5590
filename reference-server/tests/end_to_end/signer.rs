//! Somebody whom the server trusts with tokens, and somebody whom it should not.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use reference_server::config::{self, Auth, Secret};
use serde_json::{Value, json};

/// The shared secret of the tests.
pub(crate) const SECRET: &str = "a secret of thirty-two bytes or more";

/// Signs tokens with one key.
pub(crate) struct Signer {
    pub(crate) header: Header,
    key: EncodingKey,
    public_pem: String,
    public_raw: Vec<u8>,
}

impl Signer {
    /// The holder of the shared secret.
    pub(crate) fn shared() -> Self {
        Self::with_secret(SECRET.as_bytes())
    }

    pub(crate) fn with_secret(secret: &[u8]) -> Self {
        let key = EncodingKey::from_secret(secret);
        Self { header: Header::new(Algorithm::HS256), key, public_pem: String::new(), public_raw: Vec::new() }
    }

    /// The holder of a new private key, named `kid`.
    pub(crate) fn private(algorithm: config::Algorithm, kid: &str) -> Self {
        use config::Algorithm as A;
        let (kind, algorithm) = match algorithm {
            A::RS256 => (&PKCS_RSA_SHA256, Algorithm::RS256),
            A::ES256 => (&PKCS_ECDSA_P256_SHA256, Algorithm::ES256),
            A::EdDSA => (&PKCS_ED25519, Algorithm::EdDSA),
            A::HS256 => panic!("a shared secret is not private"),
        };
        let pair = KeyPair::generate_for(kind).unwrap();
        let pem = pair.serialize_pem();
        let key = match algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            _ => EncodingKey::from_ed_pem(pem.as_bytes()),
        };
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        Self {
            header,
            key: key.unwrap(),
            public_pem: pair.public_key_pem(),
            public_raw: pair.public_key_raw().to_vec(),
        }
    }

    /// Its public key as the world may see it.
    pub(crate) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    fn public(&self) -> Value {
        if self.header.alg == Algorithm::EdDSA {
            let x = URL_SAFE_NO_PAD.encode(&self.public_raw);
            return json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x, "kid": self.header.kid });
        }
        let mut key = Jwk::from_encoding_key(&self.key, self.header.alg).unwrap();
        key.common.key_id.clone_from(&self.header.kid);
        serde_json::to_value(key).unwrap()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }

    /// A token of `user` for another hour.
    pub(crate) fn token(&self, user: &str) -> String {
        self.sign(&json!({ "sub": user, "exp": seconds_from_now(3_600) }))
    }

    /// The same with these scopes.
    pub(crate) fn scoped(&self, user: &str, scope: &str) -> String {
        self.sign(&json!({ "sub": user, "exp": seconds_from_now(3_600), "scope": scope }))
    }
}

/// An instant as tokens write it.
pub(crate) fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

/// A token whose parts are any JSON, and whose signature is these bytes.
pub(crate) fn forged(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// Tokens required, with the shared secret.
pub(crate) fn required() -> Auth {
    let secret = Some(Secret::from(SECRET.to_owned()));
    Auth { required: true, secret, leeway: Duration::from_secs(30), ..Auth::default() }
}

/// A key set file that is written anew by the test.
pub(crate) struct KeySet {
    directory: tempfile::TempDir,
}

impl KeySet {
    pub(crate) fn of(signers: &[&Signer]) -> Self {
        let set = Self { directory: tempfile::tempdir().unwrap() };
        set.write(signers);
        set
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("keys.json")
    }

    /// Puts another file in its place, in one step.
    pub(crate) fn write(&self, signers: &[&Signer]) {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.public()).collect();
        self.write_text(&json!({ "keys": keys }).to_string());
    }

    pub(crate) fn write_text(&self, text: &str) {
        let next = self.directory.path().join("next");
        std::fs::write(&next, text).unwrap();
        std::fs::rename(next, self.path()).unwrap();
    }
}

/// Tokens required, with the keys in that file.
pub(crate) fn by_key_set(algorithm: config::Algorithm, path: &Path) -> Auth {
    Auth { required: true, algorithm, jwks: Some(path.to_owned()), ..Auth::default() }
}
