//! The place of a poll is not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Request;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.place-unread",
        "the place of a poll is not read",
        "polling.since",
        ReasonCode::WrongValue,
        || {
            edit::on_request(|request| match request.target.split_once('&') {
                Some((path, _)) => Reply::Rewrite(Request { target: path.to_owned(), ..request.clone() }),
                None => Reply::Pass,
            })
        },
    )
}
