//! Queries, progress, order and results.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
