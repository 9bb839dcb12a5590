//! A database in the scopes is closed too.

use serde_json::{Map, Value};

use super::scopes_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.database-scope-closes",
        "A database in the scopes is closed too",
        "tokens.scope-database-open",
        ReasonCode::Refused,
        || scopes_become(names_a_database, Some("query")),
    )
}

/// Some databases, not all: the token with which the suite looks around stays as it is.
fn names_a_database(claims: &Map<String, Value>) -> bool {
    let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
    scope.contains("db:") && !scope.contains("db:*")
}
