//! An event of one session, written once, goes to another session's connection too.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::Mutant;

use super::traffic::{Rewrite, each, in_form_of, rewriter};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![Mutant::wire_shared(
        "encoding.sessions-mixed",
        "an update of one session goes to another's connection as well",
        "encoding.sessions-apart",
        ReasonCode::Leak,
        || {
            let latest: Arc<Mutex<Option<Value>>> = Arc::default();
            move || {
                let latest = Arc::clone(&latest);
                rewriter(move |client, message, value| {
                    if !client.is(true, &["msgpack", "batch"]) {
                        return Rewrite::Pass;
                    }
                    let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
                    let mut seen = None;
                    each(value.clone(), &mut |event| {
                        if field::name(event) == "progress_update" {
                            seen = Some(event.clone());
                        }
                        true
                    });
                    let Some(own) = seen else { return Rewrite::Pass };
                    let foreign = latest.replace(own.clone()).filter(|foreign| {
                        foreign["session_id"] != own["session_id"] && foreign["session_id"].is_string()
                    });
                    let mut frames = vec![in_form_of(message, &value)];
                    frames.extend(foreign.map(|foreign| in_form_of(message, &foreign)));
                    Rewrite::Frames(frames)
                })
            }
        },
    )]
}
