//! The window begins anew at fixed times.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.window-fixed",
        "the window begins anew at fixed times",
        "limits.rate-slides",
        ReasonCode::Accepted,
        FixedWindow::default,
    )
}

/// Whoever comes in a window that has begun since the first message is not refused.
#[derive(Default)]
struct FixedWindow {
    length: Option<Duration>,
    since: Option<Instant>,
}

impl FixedWindow {
    fn answer(&mut self, message: &Value) -> Action {
        if let Some(window) = message.pointer("/limits/rate_limit/window").and_then(Value::as_str) {
            self.length = humantime::parse_duration(window).ok();
        }
        if message["type"] == "subscribed" {
            self.since.get_or_insert_with(Instant::now);
        }
        let begun = self.since.zip(self.length).is_some_and(|(since, length)| since.elapsed() > length);
        if !begun || message["code"] != "RATE_LIMIT_EXCEEDED" {
            return Action::Pass;
        }
        Action::replace(Message::json(&json!({"type": "subscribed", "id": message["id"]})))
    }
}

impl Fault for FixedWindow {
    fn on_server_message(&mut self, message: &Message) -> Action {
        message.to_json().map_or(Action::Pass, |message| self.answer(&message))
    }
}
