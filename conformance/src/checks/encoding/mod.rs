//! How messages of the application are written: compressed, as MessagePack, in batches. Whatever was
//! negotiated, the content is the same.

mod batches;
pub(crate) mod content;
pub(crate) mod packed;
pub(crate) mod reading;
mod separation;

use super::Check;

pub(super) fn checks() -> Vec<Check> {
    [content::checks(), packed::checks(), batches::checks(), separation::checks()].concat()
}
