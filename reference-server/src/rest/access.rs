//! Who may send a request.

use http::request::Parts;

use super::call::Caller;
use super::route::Access;
use crate::backend::Backend;
use crate::wire::error::{Code, Failure};

/// Finds out who sent a request, and whether they may.
///
/// # Errors
/// `AUTH_REQUIRED`, `AUTH_FAILED`, `TOKEN_EXPIRED`, `FORBIDDEN`.
pub(super) fn admit(backend: &Backend, _head: &Parts, access: Access) -> Result<Caller, Failure> {
    if access == Access::Open || !backend.config.auth.required {
        return Ok(Caller::default());
    }
    Err(Failure::new(Code::AuthRequired, "a token is needed"))
}
