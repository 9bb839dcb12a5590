//! The mutants of the talks that are played to clients too: each spoils the client's answer to what one row says.

use std::sync::LazyLock;

use crate::checks::Side;
use crate::client::wire::talks::{PLAYED, Played};
use crate::mutants::Mutant;
use crate::mutants::rfc6455::{Spoiler, named};

/// Ids and descriptions, which live as long as the program.
static NAMES: LazyLock<Vec<(String, String)>> =
    LazyLock::new(|| PLAYED.iter().map(|played| named(&played.id, played.case)).collect());

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |(played, (id, description)): (&'static Played, &'static (String, String))| {
        Mutant::wire(id, description, &played.id, played.case.spoil.reason(), || {
            Spoiler::new(played.case, Side::Client)
        })
    };
    PLAYED.iter().zip(NAMES.iter()).map(mutant).collect()
}
