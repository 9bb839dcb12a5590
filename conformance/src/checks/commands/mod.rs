//! Commands to queries, one execution for each query_id, and the queue.

mod addressing;
pub(in crate::checks) mod asked;
mod holding;
mod once;
mod pausing;
mod queue;
mod retrying;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [pausing::checks(), retrying::checks(), addressing::checks(), once::checks(), queue::checks()].concat()
}
