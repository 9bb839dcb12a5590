//! A whole question is bent by the one before.

use super::rewritten;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.whole-bent",
        "A whole question is bent by the one before",
        "chat.whole-stands-alone",
        ReasonCode::WrongValue,
        || {
            let mut spoken = false;
            rewritten(move |chat| {
                if spoken {
                    chat["message"] = "What is the average order value per month for 2023?".into();
                }
                spoken = true;
            })
        },
    )
}
