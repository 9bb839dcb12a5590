//! What a token says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Number;

use super::Permissions;
use crate::wire::error::{Code, Failure};
use crate::wire::identity::UserId;
use crate::wire::time::WireTime;

/// Longest `sub`, characters: as long as the name of a user in a handshake.
const MAX_SUBJECT: usize = 256;

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user, from `sub`.
    pub user: UserId,
    /// What they may do, from `scope` and `scopes`.
    pub permissions: Permissions,
    /// `exp`, since the Unix epoch.
    expires: Duration,
}

/// The claims as they are written. A claim of the wrong type, or one that stands there twice, makes the token
/// unreadable.
#[derive(Deserialize)]
pub(super) struct RawClaims {
    sub: String,
    exp: Number,
    nbf: Option<Number>,
    scope: Option<ScopeList>,
    scopes: Option<ScopeList>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ScopeList {
    Text(String),
    List(Vec<String>),
}

impl ScopeList {
    fn scopes(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => text.split_ascii_whitespace().collect(),
            Self::List(list) => list.iter().map(String::as_str).collect(),
        }
    }
}

impl RawClaims {
    /// Checks what signature, audience and issuer don't say.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, or `AUTH_FAILED` for a claim that can't be.
    pub(super) fn check(self, now: Duration, leeway: Duration) -> Result<Claims, Failure> {
        let failed = |text: &str| Failure::new(Code::AuthFailed, text);
        let expires = instant(&self.exp).ok_or_else(|| failed("the token's exp is no point in time"))?;
        if now >= expires.saturating_add(leeway) {
            return Err(Failure::new(Code::TokenExpired, "the token has expired"));
        }
        if let Some(nbf) = &self.nbf {
            let begins = instant(nbf).ok_or_else(|| failed("the token's nbf is no point in time"))?;
            if begins > now.saturating_add(leeway) {
                return Err(failed("the token is not valid yet"));
            }
        }
        if self.sub.is_empty() || self.sub.chars().count() > MAX_SUBJECT {
            return Err(failed("the token's sub is empty or too long"));
        }
        let permissions = match (&self.scope, &self.scopes) {
            (None, None) => Permissions::default(),
            given => {
                let lists = [given.0, given.1];
                Permissions::of_scopes(lists.into_iter().flatten().flat_map(|list| list.scopes()))
            }
        };
        Ok(Claims { user: UserId::new(&self.sub), permissions, expires })
    }
}

/// A `NumericDate` (RFC 7519, section 2): seconds since the epoch, fractions allowed.
fn instant(number: &Number) -> Option<Duration> {
    let whole = number.as_u64().map(Duration::from_secs);
    whole.or_else(|| Duration::try_from_secs_f64(number.as_f64()?).ok())
}

/// This instant since the epoch.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Claims {
    /// When it expires, as clients are told it.
    #[must_use]
    pub fn expires_at(&self) -> WireTime {
        WireTime::at(self.expires)
    }

    /// Time until it is over for good: `exp` plus `leeway`.
    #[must_use]
    pub fn remaining(&self, leeway: Duration) -> Duration {
        self.expires.saturating_add(leeway).saturating_sub(now())
    }
}
