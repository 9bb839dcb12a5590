//! Epoch and offset in the address are not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Request;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.address-unread",
        "epoch and offset in the address are not read",
        "sse.address",
        ReasonCode::Missing,
        || {
            edit::on_request(|request| match request.target.split_once('?') {
                Some((path, _)) => Reply::Rewrite(Request { target: path.to_owned(), ..request.clone() }),
                None => Reply::Pass,
            })
        },
    )
}
