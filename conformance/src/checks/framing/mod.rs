//! Framing, fragmentation, UTF-8 and close basics.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
