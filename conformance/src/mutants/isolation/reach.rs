//! Reach: commands, resumes and ends that take hold where they must not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::counts::edited;
use crate::checks::field;
use crate::mutants::shared::{About, is_of};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

/// The other's command is answered as obeyed.
pub(super) fn obeyed(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) != "error" || value["code"] != "NOT_FOUND" {
                return Action::Pass;
            }
            let result = json!({"type": "command_result", "action": "cancel", "status": "cancelled",
                "transaction_id": "tx", "id": value["id"], "timestamp": crate::checks::now()});
            Action::replace(Message::json(&result))
        }
    })
}

/// What was missed in another session is said to be recovered.
pub(super) fn recovered(about: About) -> Mutant {
    edited(about, "-other", "resumed", |resumed| resumed["recovered"] = json!(true))
}

/// The same in the answer to a poll.
pub(super) fn poll_recovered(about: About) -> Mutant {
    let other = format!("{}-other", about.agent());
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        let other = other.clone();
        edit::edit_response(move |request, response| {
            let Ok(mut found) = serde_json::from_slice::<Value>(&response.body) else { return };
            if is_of(request, &other) && found["resumed"].is_object() {
                found["resumed"]["recovered"] = json!(true);
                response.set_body(found.to_string().into_bytes());
            }
        })
    })
}

/// Once an agent of the name has resumed anywhere, those who were there before go.
pub(super) fn superseded_from_afar(about: About) -> Mutant {
    about.mutant_shared("", || {
        let resumed = Arc::new(AtomicBool::new(false));
        move || {
            let (resumed, mut is_it) = (Arc::clone(&resumed), false);
            move |_: &Message, value: &Value| {
                if field::name(value) == "resumed" {
                    is_it = true;
                    resumed.store(true, Ordering::Relaxed);
                } else if !is_it && resumed.load(Ordering::Relaxed) {
                    return Action::close(1000, "Superseded");
                }
                Action::Pass
            }
        }
    })
}

/// The other's session ends too.
pub(super) fn closed_with_another(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) == "pong" { Action::close(1008, "Session expired") } else { Action::Pass }
        }
    })
}

/// The other is given the session it asked for.
pub(super) fn given_away(about: About) -> Mutant {
    let other = format!("{}-other", about.agent());
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        let other = other.clone();
        edit::edit_response(move |request, response| {
            if is_of(request, &other) && response.status == 404 {
                response.status = 200;
                "OK".clone_into(&mut response.reason);
            }
        })
    })
}

/// The other is closed when it asks.
pub(super) fn closed_when_asking(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) == "query_accepted" { Action::close(1003, "") } else { Action::Pass }
        }
    })
}

/// There is no room for the other.
pub(super) fn no_room_elsewhere(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) != "connection_acknowledged" {
                return Action::Pass;
            }
            let error = json!({"type": "error", "code": "TOO_MANY_CONNECTIONS",
                "message": "too many connections", "timestamp": crate::checks::now()});
            Action::replace(Message::json(&error))
        }
    })
}
