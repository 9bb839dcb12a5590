//! Faults of batches, subscriptions and results in pieces.

use serde_json::{Value, json};

use super::answers::{on_next, take};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

fn response_to<D>(id: &'static str, decide: D) -> impl Fault
where
    D: FnMut(Value) -> Action + Send,
{
    let mut decide = decide;
    edit::on_message("response", move |_, value| if value["id"] == id { decide(value) } else { Action::Pass })
}

fn of_batches() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.batch-last-lost",
            "the last of a batch is not answered",
            "mcp.batch",
            ReasonCode::Missing,
            || response_to("b-8", |_| Action::drop()),
        ),
        Mutant::wire(
            "mcp.batch-doubled",
            "one of a batch is answered twice",
            "mcp.batch",
            ReasonCode::Duplicate,
            || response_to("b-1", |value| Action::duplicate(&Message::json(&value))),
        ),
        Mutant::wire(
            "mcp.batch-spoilt",
            "an unusable member keeps those behind it from being answered",
            "mcp.batch-one-bad",
            ReasonCode::Missing,
            || response_to("good-2", |_| Action::drop()),
        ),
        Mutant::wire(
            "mcp.batch-all-or-none",
            "a refused member has the others refused",
            "mcp.batch-one-refused",
            ReasonCode::Refused,
            || {
                response_to("fine", |mut value| {
                    take(&mut value, "result");
                    value["error"] = json!({"code": "QUERY_REJECTED", "message": "the batch was refused"});
                    Action::replace(Message::json(&value))
                })
            },
        ),
        Mutant::wire(
            "mcp.batch-empty-taken",
            "a batch of nothing is not answered",
            "mcp.batch-empty",
            ReasonCode::Missing,
            || on_next(|client| client["requests"] == json!([]), |_| Action::drop()),
        ),
        Mutant::wire(
            "mcp.batch-no-list-other-code",
            "a batch that is no list is said to be no JSON",
            "mcp.batch-no-list",
            ReasonCode::WrongValue,
            || {
                on_next(
                    |client| client["requests"].is_object(),
                    |mut error| {
                        error["code"] = json!("INVALID_JSON");
                        Action::replace(Message::json(&error))
                    },
                )
            },
        ),
    ]
}

fn of_events() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.tables-unsubscribed",
            "changes of tables can't be subscribed to",
            "mcp.subscribe",
            ReasonCode::Missing,
            || {
                edit::edit_message("subscribed", |answer| {
                    if let Some(events) = answer["events"].as_array_mut() {
                        events.retain(|name| name != "table_changed");
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.any-event-taken",
            "an unknown event is subscribed to",
            "mcp.subscribe-unknown",
            ReasonCode::Missing,
            || {
                edit::edit_message("subscribed", |answer| {
                    let rejected = take(answer, "rejected").unwrap_or_default();
                    if let (Some(events), Value::Array(rejected)) =
                        (answer["events"].as_array_mut(), rejected)
                    {
                        events.extend(rejected);
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.unsubscribe-unheard",
            "an end of a subscription is not confirmed",
            "mcp.unsubscribe",
            ReasonCode::Missing,
            || edit::drop_message("unsubscribed"),
        ),
        Mutant::wire(
            "mcp.one-event-as-list",
            "a name instead of a list is taken",
            "mcp.subscribe-no-list",
            ReasonCode::Missing,
            || {
                on_next(
                    |client| client["events"].is_string(),
                    |_| {
                        Action::replace(Message::json(
                            &json!({"type": "subscribed", "events": ["schema_changed"]}),
                        ))
                    },
                )
            },
        ),
        Mutant::wire(
            "mcp.piece-lost",
            "a piece of a result is lost",
            "mcp.stream",
            ReasonCode::WrongValue,
            || {
                let mut pieces = 0;
                edit::on_message("rows", move |_, _| {
                    pieces += 1;
                    if pieces == 2 { Action::drop() } else { Action::Pass }
                })
            },
        ),
        Mutant::wire(
            "mcp.pieces-unasked",
            "pieces come whether they are asked for or not",
            "mcp.stream-waits",
            ReasonCode::Unexpected,
            || edit::on_message("rows", |message, _| Action::Do(vec![Out::Client(message.clone()); 40])),
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_batches(), of_events()].concat()
}
