//! Deliberate violations for the area `session`, one fault per file.

mod acceptance_unsubscribed;
mod acknowledged_twice;
mod acknowledges_again;
mod active_never_shrinks;
mod active_of_request;
mod agent_id_left_out;
mod agent_id_lowercased;
mod agent_id_mandatory;
mod agent_named_by_server;
mod all_subscribed;
mod any_user_joins;
mod browser_fields_refused;
mod browser_id_refused;
mod browser_query_id_own;
mod browser_query_refused;
mod demo_takes_session;
mod early_query_moved;
mod end_unsubscribed;
mod epoch_per_connection;
mod epoch_with_colon;
mod expired_as_unknown;
mod expired_for_ever;
mod expires_at_once;
mod expires_while_held;
mod ids_counted;
mod long_id_cut;
mod longest_id_refused;
mod malformed_id_kept;
mod malformed_id_other_code;
mod malformed_id_other_reason;
mod malformed_id_without_error;
mod never_expires;
mod no_acknowledgement;
mod no_heartbeat_capability;
mod nobody_is_null;
mod not_established;
mod number_taken_as_text;
mod other_session_made;
mod other_user_ends_owner;
mod other_user_forbidden;
mod refused_counts;
mod reload_is_new;
mod second_handshake_closes;
mod server_named_by_agent;
mod session_id_lowercased;
mod subscribed_unnamed;
mod timestamp_of_pings_alone;
mod timestamp_optional;
mod timestamp_unread;
mod top_as_text;
mod top_forgotten;
mod top_from_one;
mod unknown_fields_refused;
mod unknown_name_dropped;
mod unknown_name_taken;
mod unsubscribe_unheard;
mod wrong_type_as_bad_json;
mod wrong_type_closes;
mod zone_required;

use serde_json::{Value, json};

use super::{Action, Fault, Mutant};
use crate::checks::now;
use crate::peer::Message;

pub(crate) fn mutants() -> Vec<Mutant> {
    vec![
        expires_while_held::mutant(),
        expires_at_once::mutant(),
        expired_for_ever::mutant(),
        timestamp_of_pings_alone::mutant(),
        timestamp_unread::mutant(),
        expired_as_unknown::mutant(),
        never_expires::mutant(),
        ids_counted::mutant(),
        reload_is_new::mutant(),
        browser_query_id_own::mutant(),
        browser_query_refused::mutant(),
        agent_named_by_server::mutant(),
        browser_fields_refused::mutant(),
        acceptance_unsubscribed::mutant(),
        acknowledged_twice::mutant(),
        acknowledges_again::mutant(),
        active_never_shrinks::mutant(),
        active_of_request::mutant(),
        agent_id_left_out::mutant(),
        agent_id_lowercased::mutant(),
        agent_id_mandatory::mutant(),
        all_subscribed::mutant(),
        any_user_joins::mutant(),
        browser_id_refused::mutant(),
        demo_takes_session::mutant(),
        early_query_moved::mutant(),
        end_unsubscribed::mutant(),
        epoch_per_connection::mutant(),
        epoch_with_colon::mutant(),
        long_id_cut::mutant(),
        longest_id_refused::mutant(),
        malformed_id_kept::mutant(),
        malformed_id_other_code::mutant(),
        malformed_id_other_reason::mutant(),
        malformed_id_without_error::mutant(),
        no_acknowledgement::mutant(),
        no_heartbeat_capability::mutant(),
        nobody_is_null::mutant(),
        not_established::mutant(),
        number_taken_as_text::mutant(),
        other_session_made::mutant(),
        other_user_ends_owner::mutant(),
        other_user_forbidden::mutant(),
        refused_counts::mutant(),
        second_handshake_closes::mutant(),
        server_named_by_agent::mutant(),
        session_id_lowercased::mutant(),
        subscribed_unnamed::mutant(),
        timestamp_optional::mutant(),
        top_as_text::mutant(),
        top_forgotten::mutant(),
        top_from_one::mutant(),
        unknown_fields_refused::mutant(),
        unknown_name_dropped::mutant(),
        unknown_name_taken::mutant(),
        unsubscribe_unheard::mutant(),
        wrong_type_as_bad_json::mutant(),
        wrong_type_closes::mutant(),
        zone_required::mutant(),
    ]
}

/// The JSON of a message of this `type`.
fn sent(message: &Message, kind: &str) -> Option<Value> {
    message.to_json().filter(|value| value["type"] == kind)
}

/// A refusal as a server would send it.
fn refusal(code: &str) -> Message {
    Message::json(
        &json!({"type": "error", "code": code, "message": "refused by a mutant", "timestamp": now()}),
    )
}

/// Changes acknowledgements by what the handshake was.
fn by_handshake<F: FnMut(&Value, &mut Value) + Send>(change: F) -> impl Fault {
    ByHandshake { handshake: Value::Null, change }
}

struct ByHandshake<F> {
    handshake: Value,
    change: F,
}

impl<F: FnMut(&Value, &mut Value) + Send> Fault for ByHandshake<F> {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if let Some(handshake) = sent(message, "connection_handshake") {
            self.handshake = handshake;
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(mut acknowledged) = sent(message, "connection_acknowledged") else { return Action::Pass };
        (self.change)(&self.handshake, &mut acknowledged);
        Action::replace(Message::json(&acknowledged))
    }
}

/// Progress doors know no session.
fn progress_unknown() -> impl Fault {
    super::edit::on_request(|request| {
        if !request.target.starts_with("/ws/progress/") {
            return super::Reply::Pass;
        }
        let mut other = request.clone();
        "/ws/progress/never_was_one".clone_into(&mut other.target);
        super::Reply::Rewrite(other)
    })
}

/// Handshakes with a field of this name are refused.
fn by_handshake_refused(name: &'static str) -> impl Fault {
    super::edit::client_messages(move |message| match sent(message, "connection_handshake") {
        Some(handshake) if handshake.get(name).is_some() => {
            Action::Do(vec![super::Out::Client(refusal("INVALID_MESSAGE"))])
        }
        _ => Action::Pass,
    })
}
