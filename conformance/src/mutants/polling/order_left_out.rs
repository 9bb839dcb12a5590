//! A transaction has no execution_order.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.order-left-out",
        "a transaction has no execution_order",
        "polling.fields",
        ReasonCode::Missing,
        || {
            bodies("/api/transactions/", |body| {
                body.as_object_mut().map(|fields| fields.remove("execution_order"));
            })
        },
    )
}
