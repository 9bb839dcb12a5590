//! No comments.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.silent", "no comments", "sse.kept-alive", ReasonCode::Missing, || {
        edit::on_block(|block| {
            if block.starts_with(':') { EventAction::Text(String::new()) } else { EventAction::Pass }
        })
    })
}
