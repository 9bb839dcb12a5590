//! Counts, ids, subscriptions, encodings and selections that are everybody's.

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::shared::{About, is_event, is_of};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

/// Messages of this name to the actor with `suffix` are changed.
pub(super) fn edited(
    about: About,
    suffix: &'static str,
    name: &'static str,
    change: fn(&mut Value),
) -> Mutant {
    about.mutant(suffix, move || {
        move |_: &Message, value: &Value| {
            if field::name(value) != name {
                return Action::Pass;
            }
            let mut changed = value.clone();
            change(&mut changed);
            Action::replace(Message::json(&changed))
        }
    })
}

/// The other's offsets go on where the owner's ended.
pub(super) fn offsets_of_all(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if !is_event(value) {
                return Action::Pass;
            }
            let mut changed = value.clone();
            changed["offset"] = json!(value["offset"].as_u64().unwrap_or_default() + 9);
            Action::replace(Message::json(&changed))
        }
    })
}

/// The other's top is the owner's.
pub(super) fn top_of_all(about: About) -> Mutant {
    edited(about, "-other", "heartbeat_response", |answer| answer["top"] = json!(9))
}

/// The other's figures count the owner's connection too.
pub(super) fn figures_of_all(about: About) -> Mutant {
    let other = format!("{}-other", about.agent());
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        let other = other.clone();
        edit::edit_response(move |request, response| {
            let Ok(mut found) = serde_json::from_slice::<Value>(&response.body) else { return };
            if is_of(request, &other) && found["connections"].is_u64() {
                found["connections"] = json!(2);
                response.set_body(found.to_string().into_bytes());
            }
        })
    })
}

/// The other's query is taken for a repetition of the owner's.
pub(super) fn query_ids_of_all(about: About) -> Mutant {
    edited(about, "-other", "query_accepted", |accepted| accepted["duplicate"] = json!(true))
}

/// Everybody has one client id.
pub(super) fn one_client_id(about: About) -> Mutant {
    Mutant::wire(about.id, about.description, about.check, about.reason, || {
        edit::edit_message("connection_established", |told| told["client_id"] = json!("client_of_all"))
    })
}

/// Everybody has one provisional session.
pub(super) fn one_provisional(about: About) -> Mutant {
    Mutant::wire(about.id, about.description, about.check, about.reason, || {
        edit::edit_message("connection_established", |told| told["session_id"] = json!("session_of_all"))
    })
}

/// The other is told no progress.
pub(super) fn unsubscribed_for_all(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) == "progress_update" { Action::drop() } else { Action::Pass }
        }
    })
}

/// The other's results come as bytes.
pub(super) fn packed_for_all(about: About) -> Mutant {
    about.mutant("-other", || {
        |message: &Message, value: &Value| match message {
            Message::Text(text) if field::name(value) == "query_result" => {
                Action::replace(Message::Binary(text.clone().into_bytes()))
            }
            _ => Action::Pass,
        }
    })
}

/// The other's updates come in batches.
pub(super) fn batched_for_all(about: About) -> Mutant {
    edited(about, "-other", "progress_update", |update| {
        *update = json!({"type": "batch", "messages": [update.clone()]});
    })
}

/// The other's results name the owner's selection.
pub(super) fn source_session(about: About) -> Mutant {
    edited(about, "-other", "query_result", |result| {
        result["database_context"]["source"] = json!("session");
    })
}

/// The owner's results are of what its user selected elsewhere.
pub(super) fn another_database(about: About) -> Mutant {
    edited(about, "", "query_result", |result| {
        result["database_context"]["database"] = json!("selected_elsewhere");
    })
}

/// The second result is of what the first message named.
pub(super) fn second_from_message(about: About) -> Mutant {
    about.mutant("", || {
        let mut results = 0;
        move |_: &Message, value: &Value| {
            results += usize::from(field::name(value) == "query_result");
            if field::name(value) != "query_result" || results < 2 {
                return Action::Pass;
            }
            let mut changed = value.clone();
            changed["database_context"]["source"] = json!("message");
            Action::replace(Message::json(&changed))
        }
    })
}

/// The other recovers what somebody else without a name selected.
pub(super) fn recovered_for_nobody(about: About) -> Mutant {
    edited(about, "-other", "connection_acknowledged", |told| {
        told["recovered_database_context"] = json!({"database": "theirs", "source": "user"});
    })
}

/// The other's follow-up is understood from what the owner said.
pub(super) fn other_statement(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            let mut changed = value.clone();
            match field::name(value) {
                "chat_reply" => changed["sql"] = json!("SELECT of_another_chat"),
                "error" => changed["code"] = json!("QUERY_FAILED"),
                _ => return Action::Pass,
            }
            Action::replace(Message::json(&changed))
        }
    })
}
