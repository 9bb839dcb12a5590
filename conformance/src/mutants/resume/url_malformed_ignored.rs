//! Malformed parameters are ignored.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.url-malformed-ignored",
        "malformed parameters are ignored",
        "resume.malformed-url",
        ReasonCode::Missing,
        || {
            edit::on_request(|request| match request.target.split_once('?') {
                Some((path, _)) => {
                    let mut other = request.clone();
                    other.target = path.to_owned();
                    Reply::Rewrite(other)
                }
                None => Reply::Pass,
            })
        },
    )
}
