//! The one place that decides whether a token is good.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};

use super::claims::{RawClaims, now};
use super::keys::{KeyRing, Keys};
use super::{Claims, KeyError, sent};
use crate::config::{Algorithm, Auth};
use crate::doors::QueryParams;
use crate::wire::error::{Code, Failure};

/// Longest token that is looked at, bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// Verifies tokens as configured.
pub struct Verifier {
    required: bool,
    leeway: Duration,
    validation: Validation,
    keys: Keys,
}

impl fmt::Debug for Verifier {
    /// Shows no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("required", &self.required).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier with the keys that are configured.
    ///
    /// # Errors
    /// A file of keys that can't be read.
    pub fn new(auth: &Auth) -> Result<Self, KeyError> {
        let mut validation = Validation::new(match auth.algorithm {
            Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        });
        // The library rounds to seconds: exp and nbf are checked with the claims.
        validation.validate_exp = false;
        validation.validate_aud = auth.audience.is_some();
        let mut required = vec!["exp", "sub"];
        if let Some(audience) = &auth.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &auth.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        Ok(Self { required: auth.required, leeway: auth.leeway, validation, keys: Keys::of(auth)? })
    }

    /// Whether requests, and the doors that leave it to the configuration, need a token.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// Tolerance of `exp` and `nbf`.
    #[must_use]
    pub const fn leeway(&self) -> Duration {
        self.leeway
    }

    /// Reads the file of keys now, if there is one; otherwise it is read at the next token after it changed.
    ///
    /// # Errors
    /// It can't be read; the old keys stay.
    pub fn reload(&self) -> Result<(), KeyError> {
        match &self.keys {
            Keys::File(file) => file.reload(),
            Keys::None | Keys::Fixed(_) => Ok(()),
        }
    }

    /// Who sends a request, by `Authorization: Bearer` or `?token=`. `None` where no token is required: one that
    /// is sent is ignored then.
    ///
    /// # Errors
    /// `AUTH_REQUIRED`, `AUTH_FAILED` or `TOKEN_EXPIRED`.
    pub fn authenticate_request(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Option<Claims>, Failure> {
        if !self.required {
            return Ok(None);
        }
        self.one(&sent(headers, &QueryParams::parse(query.unwrap_or_default()))).map(Some)
    }

    /// What the one token among `tokens` says.
    ///
    /// # Errors
    /// `AUTH_REQUIRED` without any, `AUTH_FAILED` for several, and as [`Verifier::verify`].
    pub fn one(&self, tokens: &[Box<str>]) -> Result<Claims, Failure> {
        match tokens {
            [] => Err(Failure::new(Code::AuthRequired, "a token is required")),
            [token] => self.verify(token),
            _ => Err(failed("two tokens that differ were sent")),
        }
    }

    /// What a token says, if it is good.
    ///
    /// # Errors
    /// `AUTH_FAILED`, `TOKEN_EXPIRED`.
    pub fn verify(&self, token: &str) -> Result<Claims, Failure> {
        let ring: Arc<KeyRing>;
        let ring = match &self.keys {
            Keys::None => return Err(failed("this server has no key to verify tokens with")),
            Keys::Fixed(fixed) => fixed,
            Keys::File(file) => {
                ring = file.current();
                &ring
            }
        };
        if token.len() > MAX_TOKEN {
            return Err(failed("the token is too long"));
        }
        let header = decode_header(token).map_err(|error| refused(&error))?;
        if header.crit.is_some() {
            // RFC 7515, section 4.1.11: what is critical and not understood makes the token invalid
            return Err(failed("the token has critical extensions"));
        }
        if !self.validation.algorithms.contains(&header.alg) {
            return Err(failed("the token has another algorithm"));
        }
        let mut last = failed("the token's key is unknown");
        for key in ring.candidates(header.kid.as_deref()) {
            match self.try_key(token, key) {
                Ok(raw) => return raw.check(now(), self.leeway),
                Err(error) => last = refused(&error),
            }
        }
        Err(last)
    }

    fn try_key(&self, token: &str, key: &DecodingKey) -> Result<RawClaims, Error> {
        decode::<RawClaims>(token, key, &self.validation).map(|data| data.claims)
    }
}

fn failed(message: &str) -> Failure {
    Failure::new(Code::AuthFailed, message)
}

/// Says which check failed, and nothing of what the token holds.
fn refused(error: &Error) -> Failure {
    failed(match error.kind() {
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim, or it has the wrong type",
        _ => "the token can't be read",
    })
}
