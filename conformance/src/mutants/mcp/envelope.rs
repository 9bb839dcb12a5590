//! Faults of requests and responses.

use serde_json::{Value, json};

use super::answers::{accept, answer_self, calls, edit_answer, on_answer, on_next, refuse, statement, take};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

fn any(_: &Value) -> bool {
    true
}

fn with_id_of(client: &Value, length: usize) -> bool {
    client["type"] == "request" && client["id"].as_str().is_some_and(|id| id.chars().count() == length)
}

fn error(code: &str) -> Value {
    json!({"type": "error", "code": code, "message": "no", "timestamp": "2026-01-01T00:00:00.000Z"})
}

/// Sends the message on and a close behind it.
fn and_close(value: &Value, code: u16) -> Action {
    let close = Message::Close(Some((code, String::new())));
    Action::Do(vec![Out::Client(Message::json(value)), Out::Client(close)])
}

/// After an error nothing more is heard.
#[derive(Default)]
struct Deaf {
    refused: bool,
}

impl Fault for Deaf {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let call = message.to_json().is_some_and(|value| value.get("params").is_some());
        if self.refused && call { Action::drop() } else { Action::Pass }
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        self.refused |= message.to_json().is_some_and(|value| value["type"] == "error");
        Action::Pass
    }
}

fn of_ids() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.ids-in-ascii",
            "a text id loses its letters that are not ASCII",
            "mcp.text-id",
            ReasonCode::WrongValue,
            || {
                edit_answer(any, |response| {
                    if let Some(id) = response["id"].as_str() {
                        response["id"] = json!(id.chars().filter(char::is_ascii).collect::<String>());
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.id-as-text",
            "a number as id becomes a text",
            "mcp.number-id",
            ReasonCode::WrongValue,
            || {
                edit_answer(any, |response| {
                    if response["id"].is_number() {
                        response["id"] = json!(response["id"].to_string());
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.longest-id-refused",
            "an id of 128 characters is too long",
            "mcp.longest-id",
            ReasonCode::Missing,
            || answer_self(|client| with_id_of(client, 128), |_| error("INVALID_MESSAGE")),
        ),
        Mutant::wire(
            "mcp.long-id-taken",
            "an id of 129 characters is taken",
            "mcp.long-id",
            ReasonCode::Missing,
            || {
                answer_self(
                    |client| with_id_of(client, 129),
                    |client| json!({"type": "response", "id": client["id"], "result": {"tables": []}}),
                )
            },
        ),
        Mutant::wire(
            "mcp.no-id-as-null",
            "an error about no id says it was null",
            "mcp.no-id",
            ReasonCode::Unexpected,
            || {
                on_next(
                    |client| client["type"] == "request" && client.get("id").is_none(),
                    |mut answer| {
                        answer["id"] = Value::Null;
                        Action::replace(Message::json(&answer))
                    },
                )
            },
        ),
    ]
}

fn of_answers() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.result-and-error",
            "a result has an error beside it",
            "mcp.result-or-error",
            ReasonCode::Unexpected,
            || {
                edit_answer(any, |response| {
                    if response.get("result").is_some() {
                        response["error"] = json!({"code": "OK"});
                        // The order of judgement must not matter.
                        response["error"] = Value::Null;
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.response-untimed",
            "a response has no timestamp",
            "mcp.response-timestamp",
            ReasonCode::Missing,
            || edit_answer(any, |response| drop(take(response, "timestamp"))),
        ),
        Mutant::wire(
            "mcp.error-untimed",
            "an error has no timestamp",
            "mcp.error-shape",
            ReasonCode::Missing,
            || edit::edit_message("error", |error| drop(take(error, "timestamp"))),
        ),
        Mutant::wire(
            "mcp.one-answered-twice",
            "one of many requests is answered twice",
            "mcp.many-requests",
            ReasonCode::Duplicate,
            || on_answer(statement("SELECT 5 AS n"), |response| Action::duplicate(&Message::json(&response))),
        ),
        Mutant::wire(
            "mcp.answers-mixed-up",
            "one of many requests gets another's result",
            "mcp.many-requests",
            ReasonCode::WrongValue,
            || edit_answer(statement("SELECT 5 AS n"), |response| response["result"]["rows"] = json!([[6]])),
        ),
        Mutant::wire(
            "mcp.id-in-use-taken",
            "an id that is in use is taken",
            "mcp.id-in-use",
            ReasonCode::Accepted,
            || {
                on_next(
                    |client| client["params"]["name"] == "discover_tables_tool",
                    |mut answer| {
                        answer["type"] = json!("response");
                        answer["result"] = json!({"tables": []});
                        Action::replace(Message::json(&answer))
                    },
                )
            },
        ),
    ]
}

fn of_unknown() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.unknown-type-closes",
            "an unknown type ends the connection",
            "mcp.unknown-type",
            ReasonCode::Closed,
            || on_next(|client| client["type"] == "dance", |answer| and_close(&answer, 1003)),
        ),
        Mutant::wire(
            "mcp.unknown-event-invalid",
            "an unknown event is an invalid message",
            "mcp.unknown-event",
            ReasonCode::WrongValue,
            || {
                on_next(
                    |client| client["event_name"] == "agent_danced",
                    |mut answer| {
                        answer["code"] = json!("INVALID_MESSAGE");
                        Action::replace(Message::json(&answer))
                    },
                )
            },
        ),
        Mutant::wire(
            "mcp.bad-json-closes",
            "what is no JSON ends the connection",
            "mcp.bad-json",
            ReasonCode::Closed,
            || on_next(Value::is_null, |answer| and_close(&answer, 1007)),
        ),
        Mutant::wire(
            "mcp.no-type-unanswered",
            "a message without type is not answered",
            "mcp.no-type",
            ReasonCode::Missing,
            || on_next(|client| client.get("type").is_none(), |_| Action::drop()),
        ),
        Mutant::wire(
            "mcp.unknown-method-without-id",
            "an unknown method is refused without the id",
            "mcp.unknown-method",
            ReasonCode::Missing,
            || edit::edit_message("error", |error| drop(take(error, "id"))),
        ),
        Mutant::wire(
            "mcp.unknown-tool-own-code",
            "an unknown tool has a code of its own",
            "mcp.unknown-tool",
            ReasonCode::WrongValue,
            || {
                edit_answer(
                    |params| params["name"] == "no_such_tool",
                    |response| response["error"]["code"] = json!("UNKNOWN_TOOL"),
                )
            },
        ),
        Mutant::wire(
            "mcp.unknown-tool-runs",
            "an unknown tool has a result",
            "mcp.unknown-tool",
            ReasonCode::Accepted,
            || accept(|params| params["name"] == "no_such_tool"),
        ),
        Mutant::wire(
            "mcp.binary-other-code",
            "a binary frame closes with 1002",
            "mcp.binary",
            ReasonCode::WrongCloseCode,
            || edit::edit_close(|_, reason| (1002, reason.to_owned())),
        ),
    ]
}

fn of_broken() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.broken-text-other-code",
            "text that is not UTF-8 closes with 1002",
            "mcp.broken-text",
            ReasonCode::WrongCloseCode,
            || edit::edit_close(|_, reason| (1002, reason.to_owned())),
        ),
        Mutant::wire(
            "mcp.reserved-bit-other-code",
            "a frame with a reserved bit closes with 1000",
            "mcp.reserved-bit",
            ReasonCode::WrongCloseCode,
            || edit::edit_close(|_, reason| (1000, reason.to_owned())),
        ),
        Mutant::wire(
            "mcp.told-to-others",
            "another connection hears the answer",
            "mcp.apart",
            ReasonCode::Leak,
            || {
                edit::on_message("connection_acknowledged", |message, _| {
                    let foreign =
                        json!({"type": "response", "id": "discover_tables_tool-1", "result": {"tables": []}});
                    let later = std::time::Duration::from_millis(60);
                    Action::Do(vec![
                        Out::Client(message.clone()),
                        Out::ClientLater(later, Message::json(&foreign)),
                    ])
                })
            },
        ),
        Mutant::wire(
            "mcp.deaf-after-error",
            "after an error calls are not heard",
            "mcp.goes-on",
            ReasonCode::Missing,
            Deaf::default,
        ),
        Mutant::wire(
            "mcp.cancelled-otherwise",
            "a cancelled request has another reason",
            "mcp.cancel",
            ReasonCode::WrongValue,
            || {
                edit_answer(any, |response| {
                    if let Some(reason) = response.pointer_mut("/error/details/reason") {
                        *reason = json!("aborted");
                    }
                })
            },
        ),
        Mutant::wire(
            "mcp.cancel-of-nothing-refused",
            "a cancel of nothing is an error",
            "mcp.cancel-nothing",
            ReasonCode::Unexpected,
            || answer_self(|client| client["type"] == "cancel", |_| error("NOT_FOUND")),
        ),
        Mutant::wire(
            "mcp.lineitem-everywhere",
            "a table of another database is described",
            "mcp.schema-apart",
            ReasonCode::Accepted,
            || accept(calls("get_table_schema_tool", "table", "lineitem")),
        ),
        Mutant::wire(
            "mcp.nothing-is-failure",
            "no rows are an error",
            "mcp.execute-nothing",
            ReasonCode::Refused,
            || refuse(statement("SELECT order_id FROM orders WHERE order_id < 0")),
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_ids(), of_answers(), of_unknown(), of_broken()].concat()
}
