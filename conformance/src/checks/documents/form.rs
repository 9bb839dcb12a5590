//! What both documents must be: served as what they are, of a known version, whole, and readable.

use serde_json::Value;

use crate::checks::rest::operations::body;
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};

use super::document::{Document, Kind, Part, compiled, complaint, fetch, place};
use super::operation::media_type;
use super::speech::payload;

/// Fields whose content is not read: examples and values may look like anything.
const UNREAD: [&str; 6] = ["example", "examples", "default", "const", "enum", "x-example"];

/// Media type, version, and who it is about.
pub(super) async fn served(cx: &Context, kind: Kind, media_types: &[&str], version: &str) -> Step {
    let response = fetch(cx, kind).await?;
    let given = media_type(response.field("Content-Type").unwrap_or_default());
    let known = media_types.contains(&given.as_str());
    ensure(known, ReasonCode::WrongValue, &format!("a Content-Type of {}", media_types[0]), &given)?;
    let document = body(&response)?;
    let given = field::text(&document, kind.version_field())?;
    let known = given.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    ensure(known, ReasonCode::WrongValue, &format!("{} {version}", kind.version_field()), given)?;
    field::text(&document, "/info/title")?;
    field::text(&document, "/info/version").map(|_| ())
}

/// Every reference leads to something in the document.
pub(super) async fn references(cx: &Context, kind: Kind) -> Step {
    let document = Document::of(cx, kind).await?;
    let mut found = Vec::new();
    collect(document.root().value(), &mut found);
    for reference in found {
        let expected = "something in the document behind each $ref";
        ensure(document.referred(reference).is_some(), ReasonCode::Missing, expected, reference)?;
    }
    Ok(())
}

/// All references in a value.
fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !UNREAD.contains(&key.as_str())) {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(reference) => found.push(reference),
                    None => collect(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Every schema that has a name is one.
pub(super) async fn schemas(cx: &Context, kind: Kind) -> Step {
    let document = Document::of(cx, kind).await?;
    let components = document.root().get("components");
    let named = components.as_ref().and_then(|all| all.get("schemas"));
    let mut schemas = named.map(|schemas| schemas.members()).unwrap_or_default();
    let messages = components.and_then(|all| all.get("messages"));
    schemas.extend(messages.map(|messages| messages.members()).unwrap_or_default());
    let mut own = Vec::new();
    for (_, part) in schemas {
        let part = if part.pointer().starts_with("/components/messages/") {
            let Some((payload, draft)) = part.followed().map(|part| payload(&part)).transpose()?.flatten()
            else {
                continue;
            };
            if draft != kind.draft() {
                payload.schema(draft)?;
                continue;
            }
            payload
        } else if part.raw("schemaFormat").is_some() {
            continue;
        } else {
            part
        };
        is_schema(kind, &part)?;
        own.push(part);
    }
    if own.is_empty() {
        return Ok(());
    }
    let pointers: Vec<&str> = own.iter().map(Part::pointer).collect();
    match compiled(document.root().value(), &pointers, kind.draft()) {
        Ok(_) => Ok(()),
        Err(cause) => fail(ReasonCode::Malformed, "schemas that can be read", cause),
    }
}

/// It is what a schema may be.
fn is_schema(kind: Kind, part: &Part<'_>) -> Step {
    let judged = match kind {
        Kind::Requests => jsonschema::draft202012::meta::validate(part.value()),
        Kind::Messages => jsonschema::draft7::meta::validate(part.value()),
    };
    match judged {
        Ok(()) => Ok(()),
        Err(error) => {
            let place = format!("{}: {}", place(error.instance_path().as_str()), complaint(&error));
            fail(ReasonCode::Malformed, format!("a JSON Schema at {}", part.place()), place)
        }
    }
}
