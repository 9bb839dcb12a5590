//! No retry field.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.no-retry", "no retry field", "sse.retry", ReasonCode::Missing, || {
        edit::on_block(|block| {
            if block.starts_with("retry:") { EventAction::Text(String::new()) } else { EventAction::Pass }
        })
    })
}
