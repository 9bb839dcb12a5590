//! The database a query asks: listed, selected, kept, recovered, required or not.

mod asking;
pub(in crate::checks) mod choosing;
mod policies;
mod requests;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [requests::checks(), asking::checks(), policies::checks()].concat()
}
