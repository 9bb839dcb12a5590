//! REST and health.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
