//! Tokens: which are good, where they are presented, how long they last, what they permit.
//!
//! All checks but the last few run on a target that requires tokens; the suite signs its own.

/// A check of a target that requires tokens. Defined before the modules, so that they see it.
macro_rules! check {
    ($slug:literal, $title:literal, $requirement:literal, $run:expr) => {
        Check::new(concat!("tokens.", $slug), $title, &[concat!("tokens.", $requirement)], $run)
            .variant("tokens")
    };
}

mod forged;
mod lifetime;
mod places;
pub(in crate::checks) mod refusal;
mod rotation;
mod scopes;
mod secrecy;
mod users;

use super::Check;

pub(crate) use forged::{CASES, KEYED};
pub(crate) use refusal::CASE_FIELD;

pub(crate) fn checks() -> Vec<Check> {
    [
        forged::checks(),
        places::checks(),
        lifetime::checks(),
        users::checks(),
        scopes::checks(),
        secrecy::checks(),
        rotation::checks(),
    ]
    .concat()
}
