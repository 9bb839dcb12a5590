//! Mutants of the checks of encodings.

mod announced;
mod batched;
mod broken_taken;
mod compressed;
mod content_spoilt;
mod sessions_mixed;
mod traffic;

use super::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        content_spoilt::mutants(),
        broken_taken::mutants(),
        announced::mutants(),
        batched::mutants(),
        compressed::mutants(),
        sessions_mixed::mutants(),
    ]
    .concat()
}
