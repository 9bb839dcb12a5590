//! Asking without waiting: transactions by request, events by request.

pub(in crate::checks) mod asking;
mod following;
mod transactions;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [transactions::checks(), following::checks()].concat()
}
