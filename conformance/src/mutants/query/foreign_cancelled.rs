//! A foreign command cancels the query.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

/// Transactions that any connection has tried to cancel.
type Commanded = Arc<Mutex<Vec<Value>>>;

struct Foreign {
    commanded: Commanded,
    /// Those of this connection's own commands, which the server itself decides about.
    own: Vec<Value>,
}

impl Fault for Foreign {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if let Some(command) = message.to_json().filter(|command| command["type"] == "command") {
            let transaction = &command["transaction_id"];
            self.own.push(transaction.clone());
            self.commanded.lock().unwrap_or_else(PoisonError::into_inner).push(transaction.clone());
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(mut result) = message.to_json().filter(|result| field::name(result) == "query_result")
        else {
            return Action::Pass;
        };
        let transaction = &result["transaction_id"];
        let commanded = self.commanded.lock().unwrap_or_else(PoisonError::into_inner).contains(transaction);
        if !commanded || self.own.contains(transaction) {
            return Action::Pass;
        }
        result["type"] = json!("query_cancelled");
        result["status"] = json!("cancelled");
        Action::replace(Message::json(&result))
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "query.foreign-cancelled",
        "a foreign command cancels the query",
        "query.foreign-transaction",
        ReasonCode::Refused,
        || {
            let commanded = Commanded::default();
            move || Foreign { commanded: Arc::clone(&commanded), own: Vec::new() }
        },
    )
}
