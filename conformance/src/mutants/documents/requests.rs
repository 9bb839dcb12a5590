//! Falsehoods about requests.

use serde_json::json;

use super::falsehood::{MESSAGES, REQUESTS, about, add, demand, forget, put};
use crate::checks::ReasonCode::{Accepted, Duplicate, Malformed, Missing, WrongValue};
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> Vec<Mutant> {
    [served(), form(), said()].concat()
}

/// Documents that are served as something else.
fn served() -> Vec<Mutant> {
    let as_text = |id, check, description, document: &'static str| {
        Mutant::wire(id, description, check, WrongValue, move || {
            edit::edit_response(move |request, response| {
                if request.target.ends_with(document) {
                    response.set_field("Content-Type", Some("text/html; charset=utf-8"));
                }
            })
        })
    };
    vec![
        as_text(
            "documents.requests-as-page",
            "documents.requests-served",
            "the OpenAPI document is served as a page",
            REQUESTS,
        ),
        as_text(
            "documents.messages-as-page",
            "documents.messages-served",
            "the AsyncAPI document is served as a page",
            MESSAGES,
        ),
        about(
            "documents.requests-of-three",
            "documents.requests-served",
            WrongValue,
            "the OpenAPI document is of version 3.0",
        )
        .told(REQUESTS, |document| put(document, "/openapi", json!("3.0.3"))),
        about(
            "documents.messages-untitled",
            "documents.messages-served",
            Missing,
            "the AsyncAPI document has no title",
        )
        .told(MESSAGES, |document| forget(document, "/info", "title")),
    ]
}

fn form() -> Vec<Mutant> {
    vec![
        about(
            "documents.request-left-out",
            "documents.requests-whole",
            Missing,
            "DELETE of a session is not described",
        )
        .told(REQUESTS, |document| forget(document, "/paths/~1api~1sessions~1{session_id}", "delete")),
        about(
            "documents.parameter-nowhere",
            "documents.requests-references",
            Missing,
            "a parameter leads nowhere",
        )
        .told(REQUESTS, |document| {
            let nowhere = json!({"$ref": "#/components/parameters/nowhere"});
            add(document, "/paths/~1api~1query/post/parameters", "", nowhere);
        }),
        about(
            "documents.parameter-elsewhere",
            "documents.requests-references",
            Missing,
            "a parameter stands in another document",
        )
        .told(REQUESTS, |document| {
            let elsewhere = json!({"$ref": "https://example.com/parameters.json#/session"});
            add(document, "/paths/~1api~1query/post/parameters", "", elsewhere);
        }),
        about(
            "documents.body-schema-broken",
            "documents.requests-schemas",
            Malformed,
            "a schema names a type that there is not",
        )
        .told(REQUESTS, |document| {
            add(document, "/components/schemas", "unused", json!({"type": "money"}));
        }),
        about(
            "documents.response-wordless",
            "documents.requests-responses",
            Missing,
            "a response has no description",
        )
        .told(REQUESTS, |document| {
            forget(document, "/paths/~1api~1admin~1dead-letters/get/responses/200", "description");
        }),
        about(
            "documents.response-of-words",
            "documents.requests-responses",
            WrongValue,
            "a status is no number",
        )
        .told(REQUESTS, |document| {
            add(document, "/paths/~1ready/get/responses", "ok", json!({"description": "It is."}));
        }),
        about(
            "documents.parameter-unneeded",
            "documents.requests-parameters",
            WrongValue,
            "a parameter of an address may be left out",
        )
        .told(REQUESTS, |document| {
            put(document, "/paths/~1api~1sessions~1{session_id}/get/parameters/0/required", json!(false));
        }),
        about(
            "documents.parameter-misnamed",
            "documents.requests-parameters",
            WrongValue,
            "a parameter is called otherwise in the address",
        )
        .told(REQUESTS, |document| {
            put(document, "/paths/~1api~1sessions~1{session_id}/get/parameters/0/name", json!("session"));
        }),
        about("documents.id-twice", "documents.requests-ids", Duplicate, "two operations have one id")
            .told(REQUESTS, |document| put(document, "/paths/~1ready/get/operationId", json!("health"))),
    ]
}

fn said() -> Vec<Mutant> {
    vec![
        about(
            "documents.body-demands",
            "documents.said-bodies",
            WrongValue,
            "a selection is said to need more than it does",
        )
        .told(REQUESTS, |document| {
            demand(
                document,
                "/paths/~1api~1database~1select/post/requestBody/content/application~1json/schema",
            );
        }),
        about(
            "documents.body-of-anything",
            "documents.said-bodies-exact",
            Accepted,
            "any body is said to be a question",
        )
        .told(REQUESTS, |document| {
            put(document, "/paths/~1api~1query/post/requestBody/content/application~1json/schema", json!({}));
        }),
    ]
}
