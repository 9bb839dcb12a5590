//! Bad JSON has the code of a bad message.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.bad-json-other-code",
        "bad JSON has the code of a bad message",
        "rest.query-bad-json",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|_, response| {
                if response.status == 400 {
                    edit_body(response, |body| body["code"] = "INVALID_MESSAGE".into());
                }
            })
        },
    )
}
