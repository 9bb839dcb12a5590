//! A part is lost.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.part-lost", "a part is lost", "sse.parts", ReasonCode::WrongValue, || {
        let mut parts = 0;
        edit::on_event("partial_result", move |event, value| {
            parts += 1;
            if value["columns"].is_null() && parts > 1 {
                return EventAction::Text(String::new());
            }
            let mut value = value;
            value["rows"] = json!([]);
            EventAction::Text(SseEvent { data: Some(value.to_string()), ..event }.encode())
        })
    })
}
