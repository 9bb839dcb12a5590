//! Falsehoods about messages, and messages that make the truth one.

use serde_json::{Value, json};

use super::falsehood::{MESSAGES, about, add, demand, demand_with, put};
use crate::checks::ReasonCode::{Accepted, Malformed, Missing, WrongValue};
use crate::checks::field;
use crate::mutants::shared::About;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

/// A message that is said to have a field that nobody sends.
macro_rules! demanding {
    ($slug:literal, $check:literal, $key:literal, $description:literal) => {
        about(
            concat!("documents.", $slug, "-demands"),
            concat!("documents.", $check),
            WrongValue,
            $description,
        )
        .told(MESSAGES, |document| demand(document, concat!("/components/schemas/", $key)))
    };
}

fn demands() -> Vec<Mutant> {
    vec![
        demanding!(
            "greeting",
            "heard-greeting",
            "named.connection_acknowledged",
            "acknowledgements are said to have more"
        ),
        demanding!(
            "greeting-typed",
            "heard-greeting-typed",
            "typed.connection_acknowledged",
            "so are typed ones"
        ),
        demanding!("pong", "heard-life", "named.pong", "pongs are said to have more"),
        demanding!(
            "heartbeat-typed",
            "heard-life-typed",
            "typed.heartbeat_response",
            "typed heartbeats are said to have more"
        ),
        demanding!(
            "subscribed",
            "heard-subscriptions",
            "named.subscribed",
            "subscribed is said to have more"
        ),
        demanding!(
            "unsubscribed-typed",
            "heard-subscriptions-typed",
            "typed.unsubscribed",
            "typed unsubscribed is said to have more"
        ),
        demanding!("snapshot", "heard-resumed", "named.session_snapshot", "snapshots are said to have more"),
        demanding!(
            "refreshed",
            "heard-token",
            "named.token_refreshed",
            "token_refreshed is said to have more"
        ),
        demanding!("progress", "heard-query", "named.progress_update", "progress is said to have more"),
        demanding!(
            "response",
            "heard-query-typed",
            "typed.response",
            "typed responses are said to have more"
        ),
        demanding!("partial", "heard-parts", "named.partial_result", "parts are said to have more"),
        demanding!("reply", "heard-chat", "named.chat_reply", "chat replies are said to have more"),
        demanding!(
            "command",
            "heard-commands",
            "named.command_result",
            "answers to commands are said to have more"
        ),
        demanding!(
            "context",
            "heard-selection",
            "named.database_context_changed",
            "selections are said to have more"
        ),
        demanding!(
            "figures",
            "heard-notices",
            "named.system_metrics",
            "system figures are said to have more"
        ),
        demanding!(
            "shutdown",
            "heard-shutdown",
            "named.server_shutting_down",
            "the end is said to have more"
        ),
        demanding!("said", "said-named", "client.named.heartbeat", "clients are said to have to say more"),
        demanding!(
            "said-typed",
            "said-typed",
            "client.typed.subscribe",
            "typed clients are said to have to say more"
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [demands(), form(), errors(), spoken()].concat()
}

fn form() -> Vec<Mutant> {
    vec![
        about(
            "documents.door-elsewhere",
            "documents.messages-whole",
            Missing,
            "a door is described under another address",
        )
        .told(MESSAGES, |document| {
            put(document, "/channels/api_v1_ws_demo/address", json!("/api/v2/ws/demo"));
        }),
        about(
            "documents.message-nowhere",
            "documents.messages-references",
            Missing,
            "a message of a channel leads nowhere",
        )
        .told(MESSAGES, |document| {
            let nowhere = json!({"$ref": "#/components/messages/ghost"});
            add(document, "/channels/ws_query/messages", "ghost", nowhere);
        }),
        about(
            "documents.payload-schema-broken",
            "documents.messages-schemas",
            Malformed,
            "a schema's minimum is a word",
        )
        .told(MESSAGES, |document| {
            add(document, "/components/schemas", "unused", json!({"minimum": "few"}));
        }),
        about(
            "documents.message-of-another-channel",
            "documents.messages-operations",
            WrongValue,
            "an operation lists a message of another channel",
        )
        .told(MESSAGES, |document| {
            let other = json!({"$ref": "#/channels/ws_query/messages/named.pong"});
            add(document, "/operations/tell.api_v1_ws_demo/messages", "", other);
        }),
        about("documents.deaf", "documents.messages-operations", Missing, "at one door nothing is heard")
            .told(MESSAGES, |document| {
                put(document, "/operations/hear.api_v1_ws_demo/action", json!("send"));
            }),
        about(
            "documents.message-of-anything",
            "documents.messages-exact",
            Accepted,
            "anything is said to be a pong",
        )
        .told(MESSAGES, |document| put(document, "/components/messages/named.pong/payload", json!(true))),
        about(
            "documents.any-command",
            "documents.said-exact",
            Accepted,
            "any action is said to be a command",
        )
        .told(MESSAGES, |document| {
            let loose = json!({"properties": {"type": {"const": "command"}}, "required": ["type"]});
            put(document, "/components/schemas/client.named.command", loose);
        }),
    ]
}

fn errors() -> Vec<Mutant> {
    vec![
        about(
            "documents.error-demands",
            "documents.heard-errors",
            WrongValue,
            "errors of unknown types are said to have more",
        )
        .told(MESSAGES, |document| {
            demand_with(document, "/components/schemas/named.error", "UNKNOWN_TYPE");
        }),
        about(
            "documents.error-typed-demands",
            "documents.heard-errors-typed",
            WrongValue,
            "so are those of the typed dialect",
        )
        .told(MESSAGES, |document| demand_with(document, "/components/schemas/typed.error", "UNKNOWN_TYPE")),
        about(
            "documents.refusal-demands",
            "documents.heard-refusal",
            WrongValue,
            "refusals of sessions are said to have more",
        )
        .told(MESSAGES, |document| {
            demand_with(document, "/components/schemas/named.error", "INVALID_SESSION");
        }),
        about(
            "documents.watched-unsaid",
            "documents.heard-watched",
            Missing,
            "results are not described at the progress door",
        )
        .told(MESSAGES, |document| {
            let list = document.pointer_mut("/operations/tell.ws_progress_session_id/messages");
            if let Some(items) = list.and_then(Value::as_array_mut) {
                items.retain(|item| !item["$ref"].as_str().is_some_and(|to| to.ends_with(".query_result")));
            }
        }),
    ]
}

/// Messages that are not as they are described, which nothing else looks at.
fn spoken() -> Vec<Mutant> {
    let batch = About {
        id: "documents.batch-of-anything",
        check: "documents.heard-batches",
        description: "a batch holds what is no message",
        reason: WrongValue,
    };
    vec![
        batch.mutant("", || {
            |_: &Message, value: &Value| match field::name(value) {
                "query_accepted" => {
                    let messages = [value.clone(), json!({"type": "pong"})];
                    let batch =
                        json!({"type": "batch", "timestamp": value["timestamp"], "messages": messages});
                    Action::replace(Message::json(&batch))
                }
                _ => Action::Pass,
            }
        }),
        Mutant::wire(
            "documents.title-numbered",
            "charts are titled with numbers",
            "documents.heard-query",
            WrongValue,
            || edit::edit_message("query_result", |result| result["visualization"]["title"] = json!(5)),
        ),
        Mutant::wire(
            "documents.streamed-title-numbered",
            "charts of streamed results are titled with numbers",
            "documents.streamed-question",
            WrongValue,
            || edit::edit_event("query_result", |result| result["visualization"]["title"] = json!(5)),
        ),
        Mutant::wire(
            "documents.polled-title-numbered",
            "charts of polled results are titled with numbers",
            "documents.streamed-polled",
            WrongValue,
            || {
                edit::edit_response(|request, response| {
                    let Some(mut body) = response.json().filter(|_| request.target.contains("poll=1")) else {
                        return;
                    };
                    for event in body["events"].as_array_mut().into_iter().flatten() {
                        if event["type"] == "query_result" {
                            event["visualization"]["title"] = json!(5);
                        }
                    }
                    response.set_body(body.to_string());
                })
            },
        ),
    ]
}
