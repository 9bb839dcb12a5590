//! Events come again with other content.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "sse.again-renamed",
        "events come again with other content",
        "sse.resumable",
        ReasonCode::WrongValue,
        || {
            let times = Arc::new(AtomicUsize::new(0));
            move || {
                let times = Arc::clone(&times);
                edit::on_event("progress_update", move |event, mut value| {
                    if value["offset"] == 2 && times.fetch_add(1, Ordering::Relaxed) > 0 {
                        value["percent"] = json!(99.5);
                        return EventAction::Text(
                            SseEvent { data: Some(value.to_string()), ..event }.encode(),
                        );
                    }
                    EventAction::Pass
                })
            }
        },
    )
}
