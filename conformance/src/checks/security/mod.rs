//! What attackers try that no other area is about: injections, smuggling, probing for what errors tell.

mod injection;
mod log;
pub(in crate::checks) mod probing;
mod smuggling;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [injection::checks(), smuggling::checks(), probing::checks(), log::checks()].concat()
}
