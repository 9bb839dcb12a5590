//! A cancel ends what others asked too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "commands.cancel-kills-all",
        "a cancel ends what others asked too",
        "commands.others-go-on",
        ReasonCode::Refused,
        || {
            let cancelled = Arc::new(AtomicBool::new(false));
            move || {
                let (seen, own) = (Arc::clone(&cancelled), AtomicBool::new(false));
                edit::server_messages(move |message: &Message| {
                    let Some(mut value) = message.to_json() else { return Action::Pass };
                    if value["type"] == "command_result" && value["action"] == "cancel" {
                        own.store(true, Ordering::Relaxed);
                        seen.store(true, Ordering::Relaxed);
                    }
                    if value["type"] == "query_result"
                        && seen.load(Ordering::Relaxed)
                        && !own.load(Ordering::Relaxed)
                    {
                        value["type"] = json!("query_cancelled");
                        return Action::replace(Message::json(&value));
                    }
                    Action::Pass
                })
            }
        },
    )
}
