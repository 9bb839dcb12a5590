//! Mutants of the checks of permessage-deflate. Those of a family are made from its table, one a case, and
//! spoil that case alone: they know it by what is offered and sent.

mod bomb_taken;
mod context_reused;
mod contexts_shared;
mod echo_spoilt;
mod offer_answered_wrongly;
mod script_misjudged;
mod single;
mod window_overrun;
pub(super) mod wire;

use super::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        offer_answered_wrongly::mutants(),
        echo_spoilt::mutants(),
        window_overrun::mutants(),
        script_misjudged::mutants(),
        context_reused::mutants(),
        contexts_shared::mutants(),
        single::mutants(),
        bomb_taken::mutants(),
    ]
    .concat()
}
