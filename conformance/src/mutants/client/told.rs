//! What the server says, kept from the client or changed: the client then tells its user what one would that
//! misread it.

use serde_json::{Value, json};

use crate::checks::ReasonCode::{self, Closed, Duplicate, Lost, Missing, WrongOrder, WrongValue};
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutants() -> Vec<Mutant> {
    [untold(), unknown(), changed(), misread(), replayed()].concat()
}

/// Messages of type `kind` that `unread` names never reach the client.
fn unread(kind: &'static str, unread: fn(&Value) -> bool) -> impl Fault {
    edit::server_messages(move |message| {
        let found = message.to_json().filter(|value| value.get("type").and_then(Value::as_str) == Some(kind));
        if found.is_some_and(|value| unread(&value)) { Action::drop() } else { Action::Pass }
    })
}

fn silent(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    kind: &'static str,
    which: fn(&Value) -> bool,
) -> Mutant {
    Mutant::wire(id, description, check, Missing, move || unread(kind, which))
}

fn untold() -> Vec<Mutant> {
    let any = |_: &Value| true;
    vec![
        silent(
            "client.response-unread",
            "a typed response is no result",
            "client.typed-result",
            "response",
            any,
        ),
        silent("client.result-untold", "the result is not told", "client.result-told", "query_result", any),
        silent(
            "client.cancelled-untold",
            "a cancellation is not told",
            "client.cancelled-told",
            "query_cancelled",
            any,
        ),
        silent(
            "client.command-answer-untold",
            "answers to commands are not told",
            "client.command-answer-told",
            "command_result",
            any,
        ),
        silent(
            "client.agent-status-untold",
            "the state of agents is not told",
            "client.agent-status-told",
            "agent_status",
            any,
        ),
        silent(
            "client.snapshot-untold",
            "a snapshot is not told",
            "client.snapshot-told",
            "session_snapshot",
            any,
        ),
        silent(
            "client.replayed-result-untold",
            "a replayed result is not told",
            "client.result-replayed",
            "query_result",
            |value| value.get("offset") == Some(&json!(4)),
        ),
        Mutant::wire("client.part-lost", "the second part is lost", "client.parts-all", Lost, || {
            unread("partial_result", |value| value.get("sequence") == Some(&json!(1)))
        }),
    ]
}

/// What a client does not know, and what stands near it.
fn unknown() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.unknown-type-swallows",
            "an unknown message takes the next one along",
            "client.unknown-type",
            Missing,
            || {
                let mut next = false;
                edit::server_messages(move |message| {
                    let swallow = std::mem::take(&mut next);
                    next = message.to_json().is_some_and(|value| value["type"] == json!("not_yet_invented"));
                    if swallow { Action::drop() } else { Action::Pass }
                })
            },
        ),
        silent(
            "client.new-fields-feared",
            "a result with unknown fields is passed over",
            "client.unknown-fields",
            "query_result",
            |value| value.get("not_yet_invented").is_some(),
        ),
        silent(
            "client.new-greeting-feared",
            "a greeting with unknown timers is passed over",
            "client.unknown-greeting",
            "connection_established",
            |value| value.pointer("/timers/tea_break_ms").is_some(),
        ),
        silent(
            "client.new-event-feared",
            "nothing is read behind an unknown event",
            "client.unknown-event",
            "event",
            |value| value.pointer("/payload/percent") == Some(&json!(35)),
        ),
        silent(
            "client.new-batch-feared",
            "a batch with an unknown message is passed over",
            "client.unknown-in-batch",
            "batch",
            |value| value.pointer("/messages/0/type") == Some(&json!("not_yet_invented")),
        ),
        silent(
            "client.new-code-untold",
            "an error with an unknown code is not told",
            "client.unknown-error-code",
            "error",
            |value| value.get("code") == Some(&json!("NOT_YET_INVENTED")),
        ),
        Mutant::wire(
            "client.any-error-ends",
            "any error ends the question that runs",
            "client.error-of-another",
            Missing,
            || {
                let mut ended = false;
                edit::server_messages(move |message| {
                    let value = message.to_json().unwrap_or_default();
                    ended |= value["query_id"] == json!("of-another");
                    if ended && value["type"] == json!("query_result") {
                        Action::drop()
                    } else {
                        Action::Pass
                    }
                })
            },
        ),
        Mutant::wire(
            "client.gap-feared",
            "what stands behind a gap is lost",
            "client.offset-gap",
            Lost,
            || unread("progress_update", |value| value.get("offset") == Some(&json!(9))),
        ),
    ]
}

fn edited(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    kind: &'static str,
    change: fn(&mut Value),
) -> Mutant {
    Mutant::wire(id, description, check, reason, move || edit::edit_message(kind, change))
}

fn changed() -> Vec<Mutant> {
    vec![
        edited(
            "client.large-cut",
            "a large result is cut",
            "client.large-result",
            WrongValue,
            "query_result",
            |value| {
                if let Some(rows) = value.get_mut("rows").and_then(Value::as_array_mut) {
                    rows.truncate(1_000);
                }
            },
        ),
        edited(
            "client.batch-backwards",
            "a batch is read from its end",
            "client.batch-order",
            WrongOrder,
            "batch",
            |value| {
                if let Some(messages) = value.get_mut("messages").and_then(Value::as_array_mut) {
                    // Offsets stay as they are: the client would pass over what seems old.
                    let percents: Vec<Value> =
                        messages.iter().filter_map(|message| message.get("percent").cloned()).rev().collect();
                    let updates = messages.iter_mut().filter(|message| message.get("percent").is_some());
                    for (message, percent) in updates.zip(percents) {
                        message["percent"] = percent;
                    }
                }
            },
        ),
    ]
}

fn misread() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.progress-shuffled",
            "progress is told in another order",
            "client.progress-order",
            WrongOrder,
            || {
                edit::edit_message("progress_update", |value| {
                    let swapped = match value.get("percent").and_then(Value::as_u64) {
                        Some(40) => 60,
                        Some(60) => 40,
                        _ => return,
                    };
                    value["percent"] = json!(swapped);
                })
            },
        ),
        Mutant::wire(
            "client.error-ends",
            "an error ends the connection",
            "client.error-keeps-connection",
            Closed,
            || {
                edit::server_messages(|message| {
                    let error = message.to_json().is_some_and(|value| value["type"] == json!("error"));
                    if error {
                        Action::Do(vec![Out::Client(message.clone()), Out::Cut])
                    } else {
                        Action::Pass
                    }
                })
            },
        ),
        Mutant::wire(
            "client.reason-changed",
            "another reason is told",
            "client.close-told",
            WrongValue,
            || edit::edit_close(|code, _| (code, "gone".to_owned())),
        ),
        Mutant::wire(
            "client.http-error-unread",
            "an error over HTTP is read as a result",
            "client.fallback-error",
            Missing,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 422 {
                        response.status = 200;
                    }
                })
            },
        ),
    ]
}

fn replayed() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "client.replay-swallowed",
            "a part of what was missed is not told",
            "client.replay-new",
            Lost,
            || unread("progress_update", |value| value.get("percent") == Some(&json!(40))),
        ),
        Mutant::wire(
            "client.announcement-believed",
            "what is announced as replayed counts as told",
            "client.replay-new",
            Missing,
            || {
                let mut announced = 0;
                edit::server_messages(move |message: &Message| {
                    let Some(value) = message.to_json() else { return Action::Pass };
                    if let Some(to) = value.get("to").and_then(Value::as_u64) {
                        announced = to;
                    }
                    let offset = value.get("offset").and_then(Value::as_u64);
                    if offset.is_some_and(|offset| offset <= announced) {
                        Action::drop()
                    } else {
                        Action::Pass
                    }
                })
            },
        ),
        Mutant::wire(
            "client.repetition-told",
            "an event that comes twice is told twice",
            "client.repeated-event",
            Duplicate,
            || {
                // The client sees four offsets, none of them twice.
                let mut next = 1;
                edit::server_messages(move |message: &Message| {
                    let Some(mut value) = message.to_json().filter(|value| value.get("offset").is_some())
                    else {
                        return Action::Pass;
                    };
                    value["offset"] = json!(next);
                    next += 1;
                    Action::replace(Message::json(&value))
                })
            },
        ),
    ]
}
