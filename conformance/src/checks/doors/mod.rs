//! Doors: which paths open, how each of them speaks, who may come from where, and TLS.

mod clients;
mod dialects;
mod opening;
pub(crate) mod origins;
mod refusals;
mod secure;
mod watching;

use super::Check;

pub(crate) use origins::{ALLOWED, REFUSED};

pub(crate) fn checks() -> Vec<Check> {
    [
        opening::checks(),
        watching::checks(),
        clients::checks(),
        dialects::checks(),
        origins::checks(),
        refusals::checks(),
        secure::checks(),
    ]
    .concat()
}
