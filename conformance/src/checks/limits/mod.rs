//! Errors and limits.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
