//! Keys nobody knows, and thresholds nobody can read, found in the text with their places.
//!
//! The known keys come from the schema that the types themselves generate: there is no second list.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::did_you_mean;
use crate::threshold::Threshold;

/// A mistake and its byte offset.
pub(super) struct Mistake {
    pub(super) at: usize,
    pub(super) message: String,
}

/// The first key that the schema does not know.
pub(super) fn first_unknown(table: &DeTable<'_>) -> Option<Mistake> {
    let schema = crate::schema();
    unknown_in(table, &schema, &schema, "")
}

fn unknown_in(table: &DeTable<'_>, schema: &Value, root: &Value, path: &str) -> Option<Mistake> {
    let schema = resolve(schema, root);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        // A table whose keys are names of the user's: what stands below them is known.
        let inner = schema.get("additionalProperties").filter(|inner| inner.is_object())?;
        return table.iter().find_map(|(name, value)| {
            let below = value.get_ref().as_table()?;
            unknown_in(below, inner, root, &format!("{path}{}.", name.get_ref()))
        });
    };
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let Some(inner) = properties.get(name) else {
            let hint = did_you_mean(name, properties.keys().map(String::as_str));
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            return Some(Mistake {
                at: key.span().start,
                message: format!("unknown key `{path}{name}`{hint}; known here: {}", known.join(", ")),
            });
        };
        let inside = format!("{path}{name}.");
        let found = match value.get_ref() {
            DeValue::Table(below) => unknown_in(below, inner, root, &inside),
            DeValue::Array(items) => resolve(inner, root).get("items").and_then(|inner| {
                let tables = items.iter().filter_map(|item| item.get_ref().as_table());
                tables.into_iter().find_map(|below| unknown_in(below, inner, root, &inside))
            }),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Follows `$ref` into `$defs`, and the wrappings schemars puts around it.
fn resolve<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.unwrap_or(schema);
    }
    schema
}

/// The first threshold that can't be read, with the exact character where the text has no escapes.
/// `own` are the operations of the scenario's script.
pub(super) fn first_bad_threshold(table: &DeTable<'_>, text: &str, own: &[String]) -> Option<Mistake> {
    let (_, thresholds) = table.iter().find(|(key, _)| key.get_ref() == "thresholds")?;
    let DeValue::Array(items) = thresholds.get_ref() else { return None };
    for item in items {
        let DeValue::String(expression) = item.get_ref() else { continue };
        let Err(error) = Threshold::read(expression, own) else { continue };
        let span = item.span();
        let before: usize = expression.chars().take(error.at).map(char::len_utf8).sum();
        let plain = text.get(span.start + 1..span.end.saturating_sub(1)) == Some(expression.as_ref());
        let at = if plain { span.start + 1 + before } else { span.start };
        return Some(Mistake { at, message: format!("{} in threshold {:?}", error.message, error.text) });
    }
    None
}
