//! The token of a connection: whose it is, what it permits, until when, and its renewal.

use std::time::Duration;

use tokio::time::Instant;

use super::life::Connection;
use crate::config::Secret;
use crate::doors::tokens::{Claims, Permissions};
use crate::wire::error::{Code, Failure};
use crate::wire::identity::{Ids, UserId};
use crate::wire::server::TokenRefreshed;

/// What may be done without a token where none is asked for.
static ORDINARY: Permissions = Permissions::ordinary();

/// Longest time that a timer is set for: longer than any process lives.
const EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// What a connection keeps of its token.
pub(super) struct Credential {
    user: UserId,
    permissions: Permissions,
    /// When it is over, leeway included.
    ends: Instant,
}

impl Credential {
    pub(super) fn new(claims: Claims, leeway: Duration) -> Self {
        let ends = Instant::now() + claims.remaining(leeway).min(EVER);
        Self { user: claims.user, permissions: claims.permissions, ends }
    }

    pub(super) const fn user(&self) -> &UserId {
        &self.user
    }

    pub(super) const fn ends(&self) -> Instant {
        self.ends
    }
}

/// The refusal of who calls themselves otherwise than their token does.
fn another_user() -> Failure {
    Failure::new(Code::AuthFailed, "the token is another user's")
}

impl Connection {
    /// What its user may do.
    pub(super) fn permissions(&self) -> &Permissions {
        self.credential.as_ref().map_or(&ORDINARY, |credential| &credential.permissions)
    }

    /// The user of a handshake that names `named`: where there is a token, that one's.
    pub(super) fn user_named(&self, named: Option<&str>) -> Result<UserId, Failure> {
        match (&self.credential, named) {
            (Some(credential), Some(named)) if credential.user.as_str() != named => Err(another_user()),
            (Some(credential), _) => Ok(credential.user.clone()),
            (None, Some(named)) => Ok(UserId::new(named)),
            (None, None) => Ok(UserId::anonymous()),
        }
    }

    /// Takes a new token in place of the old one. Where no token was needed, none is looked at.
    pub(super) fn refresh(&mut self, token: &Secret, ids: &Ids) -> Result<(), Failure> {
        let mut expires_at = None;
        if let Some(held) = &mut self.credential {
            let claims = self.backend.tokens.verify(token.expose())?;
            if claims.user != held.user {
                return Err(another_user());
            }
            expires_at = Some(claims.expires_at());
            **held = Credential::new(claims, self.backend.tokens.leeway());
        }
        self.reply(ids, &TokenRefreshed { expires_at });
        Ok(())
    }
}
