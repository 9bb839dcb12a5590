//! OpenAPI 3.1: the table of requests with their answers.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::behaviour;
use super::messages::describe;
use super::operations::{Answer, Content, Operation, operation};
use super::schemas::{Schemas, reference};
use crate::rest::{Access, ROUTES, Route};
use crate::wire::error::Code;

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut schemas = Schemas::new();
    describe(&mut schemas);
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.pattern).or_insert_with(|| json!({}));
        let described = described(route, operation(route, &mut schemas));
        path[route.method.as_str().to_ascii_lowercase()] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tidegate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": behaviour::REQUESTS,
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "schemas": schemas.finish(),
        },
    })
}

fn described(route: &Route, operation: Operation) -> Value {
    let mut parameters = Vec::new();
    if let Some(name) = route.parameter() {
        let schema = json!({ "type": "string" });
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    for (place, name, description, schema) in operation.parameters {
        let parameter = json!({ "name": name, "in": place, "description": description, "schema": schema });
        parameters.push(parameter);
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses(route, operation.answers, operation.errors),
        // Tokens are needed where the server is configured so.
        "security": if route.access == Access::Open { json!([]) } else { json!([{ "token": [] }, {}]) },
    });
    if let Some(description) = behaviour::of_operation(&operation.id) {
        described["description"] = json!(description);
    }
    if let Some(body) = operation.body {
        let required = route.method == Method::POST && operation.body_required;
        described["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": body } } });
    }
    described
}

fn responses(route: &Route, answers: Vec<Answer>, errors: &[Code]) -> Value {
    let mut responses = Map::new();
    for Answer { status, description, content } in answers {
        let mut answer = json!({ "description": description });
        for content in content {
            let (media, schema) = match content {
                Content::Json(schema) => ("application/json", schema),
                Content::Events => ("text/event-stream", json!({ "type": "string" })),
                Content::Text => ("text/plain", json!({ "type": "string" })),
            };
            answer["content"][media] = json!({ "schema": schema });
        }
        responses.insert(status.to_string(), answer);
    }
    for (status, codes) in by_status(route, errors) {
        let names: Vec<_> = codes
            .iter()
            .filter_map(|code| serde_json::to_value(code).ok())
            .map(|code| format!("`{}`", code.as_str().unwrap_or_default()))
            .collect();
        let schema = json!({ "anyOf": [reference("named.error"), reference("named.query_error")] });
        let answer = json!({
            "description": names.join(", "),
            "content": { "application/json": { "schema": schema } },
        });
        responses.entry(status.to_string()).or_insert(answer);
    }
    Value::Object(responses)
}

fn by_status(route: &Route, errors: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut all = errors.to_vec();
    if route.pattern.starts_with("/api/") {
        all.extend([Code::Forbidden, Code::MessageTooLarge, Code::Internal]);
    }
    if route.access != Access::Open {
        all.extend([Code::AuthRequired, Code::AuthFailed, Code::TokenExpired]);
    }
    let mut found: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in all {
        let codes = found.entry(code.status().as_u16()).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    found
}
