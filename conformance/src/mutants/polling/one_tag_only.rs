//! Only the first of several tags is read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.one-tag-only",
        "only the first of several tags is read",
        "polling.tag-list",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                match request.field("If-None-Match").and_then(|tags| tags.split_once(',')) {
                    Some((first, _)) => {
                        let first = first.to_owned();
                        Reply::Rewrite(request.clone().with("If-None-Match", &first))
                    }
                    None => Reply::Pass,
                }
            })
        },
    )
}
