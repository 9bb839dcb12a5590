//! Chat: questions that lean on the ones before.

mod context;
mod conversation;
mod reply;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [reply::checks(), context::checks()].concat()
}
