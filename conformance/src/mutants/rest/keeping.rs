//! Faults of sessions over HTTP.

use serde_json::json;

use super::edit_body;
use crate::checks::ReasonCode::{NotClosed, WrongStatus, WrongValue};
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> Vec<Mutant> {
    [made(), followed()].concat()
}

fn made() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "rest.bare-session-of-null",
            "a session that was made of nothing has no user",
            "rest.session-bare",
            WrongValue,
            || {
                edit::edit_response(|_, response| {
                    edit_body(response, |body| {
                        if body["user_id"] == "anonymous" {
                            body["user_id"] = json!(null);
                        }
                    });
                })
            },
        ),
        Mutant::wire(
            "rest.session-not-again",
            "a session of one's own can't be made again",
            "rest.session-again",
            WrongStatus,
            || {
                edit::edit_response(|request, response| {
                    if request.target.ends_with("/api/sessions") && response.status == 200 {
                        response.status = 409;
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.session-of-another-forbidden",
            "it is told that a session is another's",
            "rest.session-of-another",
            WrongStatus,
            || {
                edit::edit_response(|request, response| {
                    if request.target.ends_with("/api/sessions") && response.status == 404 {
                        response.status = 403;
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.field-wins",
            "the session in the field wins over that in the body",
            "rest.session-body-wins",
            WrongValue,
            || {
                edit::edit_response(|request, response| {
                    if let Some(session) = request.field("X-Session-Id") {
                        edit_body(response, |body| body["session_id"] = json!(session));
                    }
                })
            },
        ),
        Mutant::wire(
            "rest.expired-as-unknown",
            "a session that is over was never known",
            "rest.session-expired",
            WrongStatus,
            || {
                edit::edit_response(|_, response| {
                    if response.status == 410 {
                        response.status = 404;
                    }
                })
            },
        ),
    ]
}

fn followed() -> Vec<Mutant> {
    vec![Mutant::wire(
        "rest.stream-stays",
        "the old stream of an agent stays",
        "rest.stream-superseded",
        NotClosed,
        edit::never_close,
    )]
}
