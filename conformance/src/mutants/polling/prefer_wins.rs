//! Prefer wins over Accept.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.prefer-wins",
        "Prefer wins over Accept",
        "polling.accept-wins",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                let both = request.field("Prefer").is_some();
                if both { Reply::Rewrite(request.clone().without("Accept")) } else { Reply::Pass }
            })
        },
    )
}
