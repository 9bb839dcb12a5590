//! A failed query is answered with another status: one mutant for each cause.

use crate::checks::ReasonCode;
use crate::checks::failures::cause::{Case, OVER_HTTP};
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> Vec<Mutant> {
    OVER_HTTP.iter().map(mutant).collect()
}

fn mutant(case: &'static Case<u16>) -> Mutant {
    let ((id, instead), status) = (case.mutant, case.cause.status);
    let description = "a failed query is answered with another status";
    Mutant::wire(id, description, case.id, ReasonCode::WrongStatus, move || {
        edit::edit_response(move |request, response| {
            if request.target.ends_with("/api/query") && response.status == status {
                response.status = instead;
            }
        })
    })
}
