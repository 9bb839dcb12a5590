//! Nobody is told.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("shutdown.unannounced", "nobody is told", "shutdown.announced", ReasonCode::Missing, || {
        edit::drop_message("server_shutting_down")
    })
}
