//! Mutants of the checks of WebSockets over HTTP/2: frames of the server, changed on their way.

mod frames_changed;

use super::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    frames_changed::mutants()
}
