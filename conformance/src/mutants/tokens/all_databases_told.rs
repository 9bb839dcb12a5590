//! A refused database names all there are.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.all-databases-told",
        "A refused database names all there are",
        "tokens.scope-database-list",
        ReasonCode::Leak,
        || {
            edit::edit_message("error", |error| {
                error["details"]["available_databases"] = json!(["financial_db", "tpch", "sales_db"]);
            })
        },
    )
}
