//! Faults of doors: paths, dialects, origins, refusals, TLS.

mod api_all_subscribed;
mod api_named;
mod api_open_to_all;
mod api_subscribes_all;
mod chat_door_half_subscribed;
mod chat_typed;
mod cors_for_all;
mod cors_for_none;
mod dev_named;
mod dev_open_to_all;
mod ended_as_unknown;
mod ended_other_reason;
mod error_in_envelope;
mod health_is_a_door;
mod http_bad_as_none;
mod http_ended_unknown;
mod http_expired_as_bad;
mod http_full_too_many;
mod http_full_without_time;
mod http_good_refused;
mod http_late_other_code;
mod http_many_unavailable;
mod http_many_without_time;
mod http_no_challenge;
mod http_no_token_forbidden;
mod http_origin_without_body;
mod http_unknown_not_found;
mod http_upgraded_first;
mod malformed_path_forbidden;
mod malformed_path_opens;
mod messages_of_two;
mod messages_unpublished;
mod method_unnamed;
mod named_in_envelope;
mod one_client_id;
mod origin_demanded;
mod origin_of_demo_unread;
mod origin_of_requests_unread;
mod params_lose;
mod plain_get_missing;
mod progress_door_half_subscribed;
mod progress_of_nobody;
mod progress_other_session;
mod progress_read_only;
mod query_door_half_subscribed;
mod requests_unpublished;
mod response_rounds;
mod response_without_chart;
mod second_origin_unread;
mod secure;
mod server_id_each;
mod tls_elsewhere;
mod tls_expired;
mod tls_no_http2;
mod tls_stranger;
mod typed_command_unread;
mod typed_more;
mod typed_named_kind;
mod typed_other_percent;
mod typed_other_timestamp;
mod typed_part_lost;
mod typed_ping_event;
mod typed_subscribed_without_id;
mod typed_type_inside;
mod typed_unsubscribe_nothing;
mod typed_without_task;
mod unknown_as_text;
mod unknown_other_code;

use serde_json::{Map, Value};

use super::{Action, Fault, Out, Reply, edit};
use crate::checks::ReasonCode;
use crate::checks::doors::{ALLOWED, REFUSED};
use crate::peer::{Message, Request};

use super::Mutant;

/// Mutants of this area.
pub(crate) fn mutants() -> Vec<Mutant> {
    let single = vec![
        requests_unpublished::mutant(),
        messages_of_two::mutant(),
        messages_unpublished::mutant(),
        typed_command_unread::mutant(),
        typed_unsubscribe_nothing::mutant(),
        typed_subscribed_without_id::mutant(),
        typed_ping_event::mutant(),
        api_all_subscribed::mutant(),
        api_named::mutant(),
        api_open_to_all::mutant(),
        api_subscribes_all::mutant(),
        chat_door_half_subscribed::mutant(),
        chat_typed::mutant(),
        cors_for_all::mutant(),
        cors_for_none::mutant(),
        dev_named::mutant(),
        dev_open_to_all::mutant(),
        ended_as_unknown::mutant(),
        ended_other_reason::mutant(),
        error_in_envelope::mutant(),
        health_is_a_door::mutant(),
        http_bad_as_none::mutant(),
        http_ended_unknown::mutant(),
        http_expired_as_bad::mutant(),
        http_full_too_many::mutant(),
        http_full_without_time::mutant(),
        http_good_refused::mutant(),
        http_late_other_code::mutant(),
        http_many_unavailable::mutant(),
        http_many_without_time::mutant(),
        http_no_challenge::mutant(),
        http_no_token_forbidden::mutant(),
        http_origin_without_body::mutant(),
        http_unknown_not_found::mutant(),
        http_upgraded_first::mutant(),
        malformed_path_forbidden::mutant(),
        malformed_path_opens::mutant(),
        method_unnamed::mutant(),
        named_in_envelope::mutant(),
        one_client_id::mutant(),
        origin_demanded::mutant(),
        origin_of_demo_unread::mutant(),
        origin_of_requests_unread::mutant(),
        params_lose::mutant(),
        plain_get_missing::mutant(),
        progress_door_half_subscribed::mutant(),
        progress_of_nobody::mutant(),
        progress_other_session::mutant(),
        progress_read_only::mutant(),
        query_door_half_subscribed::mutant(),
        response_rounds::mutant(),
        response_without_chart::mutant(),
        second_origin_unread::mutant(),
        server_id_each::mutant(),
        tls_elsewhere::mutant(),
        tls_expired::mutant(),
        tls_no_http2::mutant(),
        tls_stranger::mutant(),
        typed_more::mutant(),
        typed_named_kind::mutant(),
        typed_other_percent::mutant(),
        typed_other_timestamp::mutant(),
        typed_part_lost::mutant(),
        typed_type_inside::mutant(),
        typed_without_task::mutant(),
        unknown_as_text::mutant(),
        unknown_other_code::mutant(),
    ];
    [single, pages(), secure::mutants()].concat()
}

/// A mutant for each origin: it is judged the other way round.
fn pages() -> Vec<Mutant> {
    let allowed = ALLOWED.iter().map(|page| {
        Mutant::wire(page.mutant, page.title, page.id, ReasonCode::Refused, move || {
            edit::on_request(move |request| match request.field("Origin") {
                Some(origin) if origin == page.origin => {
                    Reply::Rewrite(request.clone().with("Origin", "https://evil.example"))
                }
                _ => Reply::Pass,
            })
        })
    });
    let refused = REFUSED.iter().map(|page| {
        Mutant::wire(page.mutant, page.title, page.id, ReasonCode::Accepted, move || {
            edit::on_request(move |request| match request.field("Origin") {
                Some(origin) if origin == page.origin => Reply::Rewrite(request.clone().without("Origin")),
                _ => Reply::Pass,
            })
        })
    });
    allowed.chain(refused).collect()
}

/// Upgrades on one path come to another door.
fn door_becomes(path: &'static str, other: &'static str) -> impl Fault {
    edit::on_request(move |request| {
        if request.target != path || request.field("Upgrade").is_none() {
            return Reply::Pass;
        }
        Reply::Rewrite(Request { target: other.to_owned(), ..request.clone() })
    })
}

/// Bodies of refusals have another code.
fn code_becomes(code: &'static str, other: &'static str) -> impl Fault {
    edit::edit_response(move |_, response| {
        let text = response.text();
        if response.status >= 400 && text.contains(code) {
            response.set_body(text.replace(code, other));
        }
    })
}

/// Refusals have another status.
fn status_becomes(status: u16, other: u16) -> impl Fault {
    edit::edit_response(move |_, response| {
        if response.status == status {
            response.status = other;
        }
    })
}

/// The JSON of a message of this `type`.
fn sent(message: &Message, kind: &str) -> Option<Value> {
    message.to_json().filter(|value| value["type"] == kind)
}

/// Changes the payload of events of this name.
fn typed_payload(name: &'static str, change: impl FnMut(&mut Map<String, Value>) + Send) -> impl Fault {
    let mut change = change;
    edit::on_message(name, move |_, mut value| {
        if let Some(payload) = value.get_mut("payload").and_then(Value::as_object_mut) {
            change(payload);
        }
        Action::replace(Message::json(&value))
    })
}

/// A message goes on as it is.
fn edit_pass(_message: &Message) -> Action {
    Action::Pass
}

/// Connections that ask nothing don't get events of this name.
fn watcher_misses(name: &'static str) -> impl Fault {
    Misses { name, asks: false }
}

struct Misses {
    name: &'static str,
    asks: bool,
}

impl Fault for Misses {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.asks |= sent(message, "query").is_some();
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let missed = !self.asks && sent(message, self.name).is_some();
        if missed { Action::drop() } else { Action::Pass }
    }
}

/// Typed connections are subscribed to these events by themselves, as soon as they shook hands.
struct Subscriber(&'static [&'static str]);

impl Fault for Subscriber {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let handshake = sent(message, "connection_handshake");
        if handshake.is_none_or(|handshake| handshake.get("timestamp").is_none()) {
            return Action::Pass;
        }
        let subscribe = serde_json::json!({
            "type": "subscribe", "events": self.0, "timestamp": crate::checks::now(),
        });
        Action::Do(vec![Out::Server(message.clone()), Out::Server(Message::json(&subscribe))])
    }
}
