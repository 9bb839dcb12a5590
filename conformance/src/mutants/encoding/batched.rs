//! Batches for the wrong client, in the wrong form, order or time.

use std::time::Duration;

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::{Frame, Message};

use super::traffic::{Client, Rewrite, batch, in_form_of, rewriter, value_of};

/// Far beyond what a batch may be held back.
const LONG: Duration = Duration::from_millis(900);

/// Holds the first update back, and so all behind it, if the client takes batches: whether it comes in one with others is up
/// to the server's pace.
#[derive(Debug, Default)]
struct HoldsBack {
    client: Client,
    held: bool,
}

impl Fault for HoldsBack {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.client.hear(message);
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let update = value_of(message)
            .is_some_and(|value| matches!(value["type"].as_str(), Some("progress_update" | "batch")));
        if !self.client.is(false, &["batch"]) || self.held || !update {
            return Action::Pass;
        }
        self.held = true;
        Action::delay(message, LONG)
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "encoding.batch-of-one",
            "a single message comes in a batch of its own",
            "encoding.batch-form",
            ReasonCode::WrongValue,
            || {
                rewriter(|client, message, value| {
                    if client.is(false, &["batch"]) && field::name(&value) == "query_accepted" {
                        return Rewrite::Frames(vec![in_form_of(message, &batch(&[&value]))]);
                    }
                    Rewrite::Pass
                })
            },
        ),
        Mutant::wire(
            "encoding.batch-for-all",
            "progress comes in batches for every client",
            "encoding.batch-unannounced",
            ReasonCode::Unexpected,
            || {
                let mut held: Option<Value> = None;
                rewriter(move |client, _, value| {
                    if !client.is(false, &[]) || field::name(&value) != "progress_update" {
                        return Rewrite::Pass;
                    }
                    match held.take() {
                        Some(first) => {
                            Rewrite::Frames(vec![Frame::text(batch(&[&first, &value]).to_string())])
                        }
                        None => {
                            held = Some(value);
                            Rewrite::Frames(Vec::new())
                        }
                    }
                })
            },
        ),
        Mutant::wire(
            "encoding.batch-reversed",
            "the messages of a batch are in reverse order",
            "encoding.batch-order",
            ReasonCode::WrongOrder,
            || {
                rewriter(|client, message, mut value| match value.get_mut("messages") {
                    Some(Value::Array(messages)) if client.is(false, &["batch"]) => {
                        // The last may be what a client waits for: only those before it change places.
                        let end = messages.len() - 1;
                        let from = usize::from(end < 2);
                        messages[..end + from].reverse();
                        Rewrite::Frames(vec![in_form_of(message, &value)])
                    }
                    _ => Rewrite::Pass,
                })
            },
        ),
        Mutant::wire(
            "encoding.batch-late",
            "the first update for a client that takes batches is held back for most of a second",
            "encoding.batch-delay",
            ReasonCode::Late,
            HoldsBack::default,
        ),
        Mutant::wire(
            "encoding.batch-keeps-answers",
            "a pong is held back for a batch that never comes",
            "encoding.batch-holds-no-answer",
            ReasonCode::Closed,
            || {
                rewriter(|client, _, value| {
                    let pong = client.is(false, &["batch"]) && field::name(&value) == "pong";
                    if pong && value["id"] == "while" {
                        return Rewrite::Frames(vec![Frame::close(1011, "nothing to batch it with")]);
                    }
                    Rewrite::Pass
                })
            },
        ),
    ]
}
