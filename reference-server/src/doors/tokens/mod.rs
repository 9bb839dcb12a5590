//! Tokens: who somebody is and what they may do, signed by a party that the configuration trusts.
//!
//! Invariants: the algorithm is the configured one, whatever a token says of itself; a token is verified before
//! anything in it is believed; neither a token nor a part of one reaches a log or an error.

mod bearer;
mod claims;
mod keys;
mod permissions;
mod verifier;

pub use bearer::sent;
pub use claims::Claims;
pub use keys::KeyError;
pub use permissions::{Permissions, Right};
pub use verifier::Verifier;
