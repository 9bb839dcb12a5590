//! Deliberate violations for the area `handshake`, one fault per file.

mod wrong_accept;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![wrong_accept::mutant()]
}
