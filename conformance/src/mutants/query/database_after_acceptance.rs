//! A query with an unknown database is accepted first.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.database-after-acceptance",
        "a query with an unknown database is accepted first",
        "query.unknown-database",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |message, _| {
                let accepted = json!({"type": "query_accepted", "transaction_id": "tx_1", "timestamp": crate::checks::now()});
                Action::Do(vec![Out::Client(Message::json(&accepted)), Out::Client(message.clone())])
            })
        },
    )
}
