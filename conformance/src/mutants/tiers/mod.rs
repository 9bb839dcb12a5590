//! Deliberate violations for the area `tiers`: what a process says to its next tier is changed before it reaches the
//! suite, or the process is configured so.

mod identity;
mod messages;
mod ways;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    [identity::mutants(), messages::mutants(), ways::mutants()].concat()
}
