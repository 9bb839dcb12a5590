//! A query by HTTP runs outside the session it names.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.query-out-of-session",
        "a query by HTTP runs outside the session it names",
        "rest.query-in-session",
        ReasonCode::Missing,
        || {
            edit::on_request(|request| match request.field("X-Session-Id") {
                Some(_) => Reply::Rewrite(request.clone().without("X-Session-Id")),
                None => Reply::Pass,
            })
        },
    )
}
