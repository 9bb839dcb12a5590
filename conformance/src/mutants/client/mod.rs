//! Deliberate violations of clients: faults between the reference client and the suite, and mistakes that the
//! reference client itself makes.

mod deflate;
mod fields;
mod frames;
mod hostile;
mod mistakes;
mod retry;
mod spoken;
mod talks;
mod told;
mod wire;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    [
        wire::mutants(),
        talks::mutants(),
        hostile::mutants(),
        deflate::mutants(),
        frames::mutants(),
        fields::mutants(),
        spoken::mutants(),
        told::mutants(),
        retry::mutants(),
        mistakes::mutants(),
    ]
    .concat()
}
