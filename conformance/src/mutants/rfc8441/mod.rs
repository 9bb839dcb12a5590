//! Mutants of the checks of WebSockets over HTTP/2: frames of the server, changed on their way.

mod cut_over_tls;
mod frames_changed;

use super::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = frames_changed::mutants();
    all.push(cut_over_tls::mutant());
    all
}
