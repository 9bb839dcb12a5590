//! Heartbeats and timers.

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    vec![]
}
