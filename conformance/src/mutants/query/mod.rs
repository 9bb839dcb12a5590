//! Deliberate violations for the area `query`, one fault per file.

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![]
}
