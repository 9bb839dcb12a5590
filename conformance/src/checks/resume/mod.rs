//! Resume and offsets.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
