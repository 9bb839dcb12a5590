//! Faults of what pages of other origins are told.

use crate::checks::ReasonCode::{Accepted, Missing, WrongValue};
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "rest.preflight-without-fields",
            "a page is not told which fields it may send",
            "rest.preflight",
            Missing,
            || {
                edit::edit_response(|_, response| {
                    response.set_field("Access-Control-Allow-Headers", None);
                })
            },
        ),
        Mutant::wire(
            "rest.preflight-get-alone",
            "a page may only send GET",
            "rest.preflight",
            WrongValue,
            || {
                edit::edit_response(|_, response| {
                    if response.field("Access-Control-Allow-Methods").is_some() {
                        response.set_field("Access-Control-Allow-Methods", Some("GET"));
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.preflight-for-all",
            "every page may send what it likes",
            "rest.preflight-foreign",
            Accepted,
            || {
                edit::edit_response(|request, response| {
                    if let Some(origin) = request.field("Origin").filter(|_| request.method == "OPTIONS") {
                        response.set_field("Access-Control-Allow-Origin", Some(origin));
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.origin-unvaried",
            "an answer for one origin is for all, it says",
            "rest.origin-varies",
            Missing,
            || edit::edit_response(|_, response| response.set_field("Vary", None)),
        ),
    ]
}
