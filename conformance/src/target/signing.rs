//! Keys of issuers: what tokens for a target are signed with.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key that signs.
pub enum SigningKey {
    /// HS256, HS384 or HS512 with a secret.
    Secret(Box<hmac::Key>),
    /// ES256.
    P256(EcdsaKeyPair),
    /// `EdDSA` with Ed25519.
    Ed25519(Ed25519KeyPair),
    /// RS256.
    Rsa(RsaKeyPair),
}

impl std::fmt::Debug for SigningKey {
    /// Shows no key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

/// The library could not make or use a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// A key can't be made.
    #[error("no key could be made")]
    Made,
    /// A key of a file can't be used.
    #[error("key {0} of the file can't be used: {1}")]
    Unusable(usize, String),
    /// The file is no key set.
    #[error("no JSON Web Key Set: {0}")]
    NoSet(String),
}

impl SigningKey {
    /// HS256 with `secret`.
    pub fn secret(secret: &[u8]) -> Self {
        Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// HS384 with `secret`.
    pub fn secret_384(secret: &[u8]) -> Self {
        Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA384, secret)))
    }

    /// HS512 with `secret`.
    pub fn secret_512(secret: &[u8]) -> Self {
        Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA512, secret)))
    }

    /// A fresh key for ES256.
    pub fn p256() -> Result<Self, KeyFault> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::P256).map_err(|_| KeyFault::Made)
    }

    /// A fresh key for `EdDSA`.
    pub fn ed25519() -> Result<Self, KeyFault> {
        Ed25519KeyPair::generate().map(Self::Ed25519).map_err(|_| KeyFault::Made)
    }

    /// A fresh key for RS256.
    pub fn rsa() -> Result<Self, KeyFault> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rsa).map_err(|_| KeyFault::Made)
    }

    /// The name of its algorithm in the header of a token.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(key) if key.algorithm() == hmac::HMAC_SHA384 => "HS384",
            Self::Secret(key) if key.algorithm() == hmac::HMAC_SHA512 => "HS512",
            Self::Secret(_) => "HS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_) => "RS256",
        }
    }

    /// The signature of `input`; empty when the library fails, which no target takes for good.
    pub fn sign(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let text = |signed: Result<signature::Signature, _>| {
            signed.map(|signature| signature.as_ref().to_vec()).unwrap_or_default()
        };
        match self {
            Self::Secret(key) => hmac::sign(key, input).as_ref().to_vec(),
            Self::P256(key) => text(key.sign(&random, input)),
            Self::Ed25519(key) => key.sign(input).as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature);
                signed.map(|()| signature).unwrap_or_default()
            }
        }
    }

    /// Its public part as a JSON Web Key called `kid`; null for a secret.
    pub fn public(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Secret(_) => Value::Null,
            Self::P256(key) => {
                // An uncompressed point: 4, x, y.
                let point = key.public_key().as_ref();
                let (x, y) = (text(&point[1..33]), text(&point[33..65]));
                json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y})
            }
            Self::Ed25519(key) => {
                let x = text(key.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x})
            }
            Self::Rsa(key) => {
                let modulus = text(key.public_key().modulus().big_endian_without_leading_zero());
                let exponent = text(key.public_key().exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": modulus, "e": exponent})
            }
        }
    }

    /// Its public part as a PEM file, as servers are often given it; `None` for a secret.
    pub fn public_pem(&self) -> Option<String> {
        let der = match self {
            Self::Secret(_) => return None,
            Self::P256(key) => key.public_key().as_der().ok()?.as_ref().to_vec(),
            Self::Ed25519(key) => key.public_key().as_der().ok()?.as_ref().to_vec(),
            Self::Rsa(key) => key.public_key().as_der().ok()?.as_ref().to_vec(),
        };
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
    }

    /// The private keys of a JSON Web Key Set, with their names.
    pub fn of_set(text: &str) -> Result<Vec<(Option<String>, Self)>, KeyFault> {
        let set: Value = serde_json::from_str(text).map_err(|error| KeyFault::NoSet(error.to_string()))?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or_else(|| KeyFault::NoSet("there is no list called keys".to_owned()))?;
        let named = |(at, key): (usize, &Value)| {
            let kid = key.get("kid").and_then(Value::as_str).map(str::to_owned);
            Self::of_private(key).map(|key| (kid, key)).map_err(|why| KeyFault::Unusable(at + 1, why))
        };
        keys.iter().enumerate().map(named).collect()
    }

    fn of_private(key: &Value) -> Result<Self, String> {
        let part = |name: &str| {
            let text = key.get(name).and_then(Value::as_str).ok_or_else(|| format!("it has no {name:?}"))?;
            URL_SAFE_NO_PAD.decode(text).map_err(|error| format!("{name:?}: {error}"))
        };
        let refused = |error: aws_lc_rs::error::KeyRejected| error.to_string();
        match key.get("kty").and_then(Value::as_str) {
            Some("oct") => Ok(Self::secret(&part("k")?)),
            Some("EC") => {
                let point = [vec![4], part("x")?, part("y")?].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &part("d")?,
                    &point,
                );
                pair.map(Self::P256).map_err(refused)
            }
            Some("OKP") => Ed25519KeyPair::from_seed_and_public_key(&part("d")?, &part("x")?)
                .map(Self::Ed25519)
                .map_err(refused),
            Some("RSA") => RsaKeyPair::from_components(&KeyPairComponents {
                public_key: PublicKeyComponents { n: part("n")?, e: part("e")? },
                d: part("d")?,
                p: part("p")?,
                q: part("q")?,
                dP: part("dp")?,
                dQ: part("dq")?,
                qInv: part("qi")?,
            })
            .map(Self::Rsa)
            .map_err(refused),
            other => Err(format!("kty {other:?} is none of oct, EC, OKP, RSA")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_signs_as_the_example_of_rfc_7515_does() {
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let set = format!("{{\"keys\":[{{\"kty\":\"oct\",\"k\":\"{secret}\"}}]}}");
        let (_, key) = SigningKey::of_set(&set).unwrap().remove(0);
        let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
        assert_eq!(signature, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn public_parts_are_told_and_secrets_are_not() {
        for (key, kind) in [
            (SigningKey::p256().unwrap(), "EC"),
            (SigningKey::ed25519().unwrap(), "OKP"),
            (SigningKey::rsa().unwrap(), "RSA"),
        ] {
            let public = key.public("one");
            assert_eq!(public["kty"], kind);
            assert_eq!(public["alg"], key.algorithm());
            assert!(public.get("d").is_none() && public["kid"] == "one");
            assert!(key.public_pem().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
            assert!(!key.sign(b"text").is_empty());
        }
        assert_eq!(SigningKey::secret(b"x").public("one"), Value::Null);
    }

    proptest::proptest! {
        #[test]
        fn no_key_set_makes_it_panic(text in "\\PC{0,200}", kind in "oct|EC|OKP|RSA", part in "[A-Za-z0-9_-]{0,60}") {
            let _ = SigningKey::of_set(&text);
            let key = json!({"kty": kind, "k": part, "d": part, "x": part, "y": part, "n": part, "e": part,
                "p": part, "q": part, "dp": part, "dq": part, "qi": part});
            let _ = SigningKey::of_set(&json!({"keys": [key]}).to_string());
        }
    }
}
