//! Any tag is taken as held.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.any-tag-held",
        "any tag is taken as held",
        "polling.other-tag",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                let asks = request.field("If-None-Match").is_some();
                if asks { Reply::Rewrite(request.clone().with("If-None-Match", "*")) } else { Reply::Pass }
            })
        },
    )
}
