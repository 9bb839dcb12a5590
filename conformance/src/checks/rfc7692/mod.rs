//! permessage-deflate (RFC 7692) on a door that echoes.
//!
//! Most checks are families: a table of cases, one check a case, and from the same table one mutant a case.
//! A target may decline any offer; what depends on it is then not applicable.

pub(crate) mod bombs;
pub(crate) mod connection;
mod context;
pub(crate) mod corpus;
pub(crate) mod echo;
mod frames;
pub(crate) mod offers;
pub(crate) mod scripts;
pub(crate) mod windows;

use super::Check;

/// Tags of every check here.
const TAGS: &[&str] = &["rfc6455", "deflate"];
/// What every check here needs.
const FEATURES: &[&str] = &["echo", "deflate"];

pub(super) fn checks() -> Vec<Check> {
    let all = [
        offers::checks(),
        echo::checks(),
        windows::checks(),
        context::checks(),
        scripts::checks(),
        frames::checks(),
        bombs::checks(),
    ]
    .concat();
    all.into_iter().map(|check| check.tags(TAGS).features(FEATURES)).collect()
}
