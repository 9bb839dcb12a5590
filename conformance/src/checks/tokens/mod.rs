//! Tokens: which are good, where they are presented, how long they last, what they permit.
//!
//! All checks but the last few run on a target that requires tokens; the suite signs its own.

mod claims;
mod forged;
mod lifetime;
mod places;
pub(in crate::checks) mod refusal;
mod rotation;
mod scopes;
mod secrecy;
mod users;

use super::Check;

pub(crate) use forged::TABLES;
pub(crate) use refusal::CASE_FIELD;

pub(crate) fn checks() -> Vec<Check> {
    [
        forged::checks(),
        claims::checks(),
        places::checks(),
        lifetime::checks(),
        users::checks(),
        scopes::checks(),
        secrecy::checks(),
        rotation::checks(),
    ]
    .concat()
}
