//! Requests and their answers, as the OpenAPI document describes them.

use jsonschema::Validator;

use crate::checks::{ReasonCode, Step, ensure, fail};
use crate::peer::Response;

use super::address::fit;
use super::document::{Document, Part, faults};

/// Methods that may stand in a path.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The operations of a document: method, address, operation.
pub(super) fn operations(document: &Document) -> Vec<(String, String, Part<'_>)> {
    let paths = document.root().get("paths").map(|paths| paths.members()).unwrap_or_default();
    let mut all = Vec::new();
    for (address, path) in paths {
        let Some(path) = path.followed() else { continue };
        for method in METHODS {
            if let Some(operation) = path.get(method) {
                all.push((method.to_owned(), address.clone(), operation));
            }
        }
    }
    all
}

/// What stands before the addresses: the paths of the servers.
fn bases(document: &Document) -> Vec<String> {
    let servers = document.root().get("servers").map(|servers| servers.members()).unwrap_or_default();
    let urls = servers.iter().filter_map(|(_, server)| server.text("url"));
    let base = |url: &str| {
        let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        path.trim_end_matches('/').to_owned()
    };
    let mut bases: Vec<String> = urls.map(base).collect();
    bases.push(String::new());
    bases
}

/// The operation of a request. Of several addresses that fit, the one with the fewest parameters.
pub(super) fn described<'a>(document: &'a Document, method: &str, path: &str) -> Step<Part<'a>> {
    let bases = bases(document);
    let fitting = operations(document).into_iter().filter_map(|(known, address, operation)| {
        let fit = bases.iter().filter_map(|base| fit(&format!("{base}{address}"), path)).max()?;
        known.eq_ignore_ascii_case(method).then_some((fit, operation))
    });
    match fitting.max_by_key(|(fit, _)| *fit) {
        Some((_, operation)) => Ok(operation),
        None => fail(ReasonCode::Missing, format!("{method} {path} among the requests"), "nothing of it"),
    }
}

/// An answer must be one of those that are described: its status, its media type, its body.
pub(super) fn judge(document: &Document, method: &str, path: &str, response: &Response) -> Step {
    let operation = described(document, method, path)?;
    let status = response.status.to_string();
    let range = format!("{}XX", &status[..1]);
    let Some(responses) = operation.get("responses") else {
        return fail(ReasonCode::Missing, format!("responses at {}", operation.place()), "none");
    };
    let answer = [status.as_str(), range.as_str(), "default"].into_iter().find_map(|key| responses.get(key));
    let Some(answer) = answer else {
        let actual = format!("{method} {path} answered {status}: {}", response.text());
        return fail(ReasonCode::Missing, format!("{status} among {}", responses.place()), actual);
    };
    if response.body.is_empty() {
        return Ok(());
    }
    let kind = media_type(response.field("Content-Type").unwrap_or_default());
    let Some(content) = content(&answer, &kind) else {
        let expected = format!("{kind} among the content of {}", answer.place());
        return fail(ReasonCode::Missing, expected, format!("{method} {path} answered with it"));
    };
    let Some(schema) = content.raw("schema").filter(|_| is_json(&kind)) else { return Ok(()) };
    let Some(body) = response.json() else {
        return fail(ReasonCode::Malformed, "a body that is JSON", response.text());
    };
    let (count, text) = faults(&schema.schema(document.kind().draft())?, &body);
    ensure(count == 0, ReasonCode::WrongValue, &format!("what is described at {}", schema.place()), text)
}

/// What a body of a request must be.
pub(super) fn body_schema(document: &Document, method: &str, path: &str) -> Step<Validator> {
    let operation = described(document, method, path)?;
    let content = operation.get("requestBody").and_then(|body| content(&body, "application/json"));
    match content.and_then(|content| content.raw("schema")) {
        Some(schema) => schema.schema(document.kind().draft()),
        None => {
            fail(ReasonCode::Missing, format!("a requestBody of JSON at {}", operation.place()), "nothing")
        }
    }
}

/// What is said of bodies of this media type: it is named, or a range it is in.
fn content<'a>(part: &Part<'a>, kind: &str) -> Option<Part<'a>> {
    let content = part.get("content")?;
    let range = format!("{}/*", kind.split('/').next().unwrap_or_default());
    let named = |wanted: &str| {
        let mut known = content.members().into_iter();
        known.find_map(|(key, part)| (media_type(&key) == wanted).then(|| part.followed()).flatten())
    };
    [kind, range.as_str(), "*/*"].into_iter().find_map(named)
}

/// A media type without its parameters.
pub(super) fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// True for JSON, whatever it is the JSON of.
pub(super) fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::document::Kind;
    use super::*;
    use crate::checks::{Stop, Violation};

    fn document() -> Document {
        let text = json!({"text/plain": {}});
        let body = json!({"application/*": {"schema": {"$ref": "#/components/schemas/Thing"}}});
        Document::made(
            Kind::Requests,
            json!({
                "servers": [{"url": "https://host.example/base/"}],
                "paths": {
                    "/things/{id}": {"get": {"responses": {
                        "200": {"description": "It.", "content": body}, "4XX": {"$ref": "#/components/responses/No"},
                    }}},
                    "/things/all": {"get": {"responses": {"default": {"description": "All.", "content": text}}}},
                },
                "components": {
                    "responses": {"No": {"description": "None."}},
                    "schemas": {"Thing": {"type": "object", "required": ["name"]}},
                },
            }),
        )
    }

    fn answer(status: u16, kind: &str, body: &str) -> Response {
        let mut response = Response::new(status, "", body.as_bytes());
        response.set_field("Content-Type", Some(kind));
        response
    }

    fn code(step: Step) -> Option<ReasonCode> {
        match step {
            Err(Stop::Violation(Violation { code, .. })) => Some(code),
            _ => None,
        }
    }

    #[test]
    fn answers_are_judged_by_status_media_type_and_schema() {
        let document = document();
        let judged = |path, response: Response| code(judge(&document, "GET", path, &response));
        let json = "application/json; charset=utf-8";
        assert_eq!(judged("/things/1", answer(200, json, r#"{"name":1}"#)), None);
        assert_eq!(judged("/base/things/1", answer(200, json, r#"{"name":1}"#)), None);
        assert_eq!(judged("/things/1", answer(200, json, "{}")), Some(ReasonCode::WrongValue));
        assert_eq!(judged("/things/1", answer(200, json, "{")), Some(ReasonCode::Malformed));
        assert_eq!(judged("/things/1", answer(200, "text/html", "x")), Some(ReasonCode::Missing));
        assert_eq!(judged("/things/1", answer(404, json, "")), None);
        assert_eq!(judged("/things/1", answer(404, json, "{}")), Some(ReasonCode::Missing));
        assert_eq!(judged("/things/1", answer(500, json, "")), Some(ReasonCode::Missing));
        assert_eq!(judged("/things/all", answer(500, "text/plain", "x")), None);
        assert_eq!(judged("/nothing", answer(200, json, "")), Some(ReasonCode::Missing));
    }
}
