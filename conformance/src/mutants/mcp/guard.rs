//! Faults of the guard, one for each statement of its table: what is forbidden runs, what is allowed is refused.

use super::answers::{accept, refuse, statement};
use crate::checks::ReasonCode;
use crate::checks::mcp::guard::{ALLOWED, FORBIDDEN};
use crate::mutants::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    let open = FORBIDDEN.iter().map(|case| {
        Mutant::wire(case.mutant, case.fault, case.check, ReasonCode::Accepted, || {
            accept(statement(case.sql))
        })
    });
    let shut = ALLOWED.iter().map(|case| {
        Mutant::wire(case.mutant, case.fault, case.check, ReasonCode::Refused, || refuse(statement(case.sql)))
    });
    open.chain(shut).collect()
}
