//! The parameters of the progress door are not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.parameters-unread",
        "the parameters of the progress door are not read",
        "resume.by-url",
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
