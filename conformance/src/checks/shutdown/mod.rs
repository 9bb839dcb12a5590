//! The end of a server: announced, drained, closed.

mod drained;
mod ending;
mod notice;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [notice::checks(), ending::checks()].concat()
}
