//! Deliberate violations for the area `documents`: published documents that say something else than is true, and
//! answers and messages that are something else than is published.

mod answers;
mod falsehood;
mod messages;
mod requests;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    [requests::mutants(), answers::mutants(), messages::mutants()].concat()
}
