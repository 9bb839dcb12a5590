//! permessage-deflate (RFC 7692) of clients. What a client offers in its request is its declaration: one that offers
//! none is not judged by what depends on it.

pub(crate) mod answers;
mod connection;
mod context;
pub(crate) mod messages;
pub(crate) mod offers;
pub(crate) mod scripts;

use crate::checks::Check;

pub(super) fn checks() -> Vec<Check> {
    [offers::checks(), answers::checks(), messages::checks(), context::checks(), scripts::checks()]
        .concat()
        .into_iter()
        .map(|check| check.tags(&["rfc6455", "deflate"]))
        .collect()
}
