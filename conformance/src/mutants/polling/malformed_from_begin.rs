//! A malformed place is taken as none.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Request;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.malformed-from-begin",
        "a malformed place is taken as none",
        "polling.malformed",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| match request.target.split_once('&') {
                Some((path, _)) => Reply::Rewrite(Request { target: path.to_owned(), ..request.clone() }),
                None => Reply::Pass,
            })
        },
    )
}
