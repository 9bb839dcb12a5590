//! Who may send a request.

use http::request::Parts;

use super::call::{Caller, address};
use super::route::Access;
use crate::backend::Backend;
use crate::doors::tokens::{Permissions, Right};
use crate::wire::error::{Code, Failure};

/// Finds out who sent a request, and whether they may. Without tokens, administration is for this machine alone.
///
/// # Errors
/// `AUTH_REQUIRED`, `AUTH_FAILED`, `TOKEN_EXPIRED`, `FORBIDDEN`.
pub(super) fn admit(backend: &Backend, head: &Parts, access: Access) -> Result<Caller, Failure> {
    if access == Access::Open {
        return Ok(Caller::default());
    }
    let Some(claims) = backend.tokens.authenticate_request(&head.headers, head.uri.query())? else {
        if access == Access::Admin && !address(head).is_loopback() {
            let text = "without tokens, only this machine may administer it";
            return Err(Failure::new(Code::Forbidden, text));
        }
        return Ok(Caller { user: None, permissions: Permissions::ordinary() });
    };
    match access {
        Access::Open | Access::User => {}
        Access::Query => claims.permissions.require(Right::Query)?,
        Access::Admin => claims.permissions.require(Right::Admin)?,
    }
    Ok(Caller { user: Some(claims.user), permissions: claims.permissions })
}
