//! Documents that are changed on their way, so that they say something else than is true.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, edit};

/// The document of requests.
pub(super) const REQUESTS: &str = "openapi.json";
/// The document of messages.
pub(super) const MESSAGES: &str = "asyncapi.json";
/// A field that nobody sends.
const UNSENT: &str = "never_sent";

/// What a document is made to say.
type Change = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// A falsehood, and the check that must notice it.
#[derive(Clone, Copy)]
pub(super) struct Falsehood {
    pub(super) id: &'static str,
    pub(super) check: &'static str,
    pub(super) description: &'static str,
    pub(super) reason: ReasonCode,
}

/// A falsehood that `check` must notice for `reason`.
pub(super) const fn about(
    id: &'static str,
    check: &'static str,
    reason: ReasonCode,
    description: &'static str,
) -> Falsehood {
    Falsehood { id, check, description, reason }
}

impl Falsehood {
    /// `document` is changed so.
    pub(super) fn told(
        self,
        document: &'static str,
        change: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Mutant {
        let change: Change = Arc::new(change);
        Mutant::wire(self.id, self.description, self.check, self.reason, move || {
            let change = Arc::clone(&change);
            on_document(document, move |value| change(value))
        })
    }
}

fn on_document(document: &'static str, change: impl Fn(&mut Value) + Send + 'static) -> impl Fault {
    edit::edit_response(move |request, response| {
        if !request.target.ends_with(document) {
            return;
        }
        if let Some(mut value) = response.json() {
            change(&mut value);
            response.set_body(value.to_string());
        }
    })
}

/// The schema at `pointer` demands a field that nobody sends.
pub(super) fn demand(document: &mut Value, pointer: &str) {
    if let Some(schema) = document.pointer_mut(pointer) {
        *schema = json!({"allOf": [schema.take(), {"required": [UNSENT]}]});
    }
}

/// The same, of values whose `code` is this one.
pub(super) fn demand_with(document: &mut Value, pointer: &str, code: &str) {
    let condition = json!({"properties": {"code": {"const": code}}, "required": ["code"]});
    if let Some(schema) = document.pointer_mut(pointer) {
        *schema = json!({"allOf": [schema.take(), {"if": condition, "then": {"required": [UNSENT]}}]});
    }
}

/// What stands at `pointer` is something else.
pub(super) fn put(document: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
    }
}

/// The member `key` of what stands at `pointer` is gone.
pub(super) fn forget(document: &mut Value, pointer: &str, key: &str) {
    if let Some(fields) = document.pointer_mut(pointer).and_then(Value::as_object_mut) {
        fields.remove(key);
    }
}

/// What stands at `pointer` has one more member.
pub(super) fn add(document: &mut Value, pointer: &str, key: &str, value: Value) {
    match document.pointer_mut(pointer) {
        Some(Value::Object(fields)) => {
            fields.insert(key.to_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        _ => {}
    }
}
