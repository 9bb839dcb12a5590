//! A published document: its parts by JSON pointer, references followed, and the schemas in it.
//!
//! Nothing is fetched but the document itself: a reference that leads out of it leads nowhere.

use std::time::Duration;

use jsonschema::{Draft, Registry, RegistryBuilder, Validator};
use serde_json::{Value, json};

use crate::checks::rest::operations::{body, status};
use crate::checks::{Context, ReasonCode, Step, fail};
use crate::peer::{Request, Response};

/// Where the document stands for the references in it.
const ADDRESS: &str = "tidegate:///document";
/// Longest chain of references.
const CHAIN: usize = 32;
/// Time for a long document (before scaling): how fast it comes is not what is judged.
const PATIENCE: Duration = Duration::from_secs(8);
/// Characters of a schema's complaint that are told.
const COMPLAINT: usize = 400;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// OpenAPI.
    Requests,
    /// AsyncAPI.
    Messages,
}

impl Kind {
    /// Where it is served.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Requests => "/api/openapi.json",
            Self::Messages => "/api/asyncapi.json",
        }
    }

    /// The field with its version.
    pub(super) fn version_field(self) -> &'static str {
        match self {
            Self::Requests => "openapi",
            Self::Messages => "asyncapi",
        }
    }

    /// What a schema in it is written in, unless it says otherwise.
    pub(super) fn draft(self) -> Draft {
        match self {
            Self::Requests => Draft::Draft202012,
            Self::Messages => Draft::Draft7,
        }
    }
}

/// Asks for the document; it must be there.
pub(super) async fn fetch(cx: &Context, kind: Kind) -> Step<Response> {
    let response = cx.http_within(Request::get(&cx.target().rest(kind.path())), PATIENCE).await?;
    status(&response, 200)?;
    Ok(response)
}

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    kind: Kind,
    root: Value,
}

impl Document {
    /// The document of the target.
    pub(super) async fn of(cx: &Context, kind: Kind) -> Step<Self> {
        let mut root = body(&fetch(cx, kind).await?)?;
        if let Some(fields) = root.as_object_mut() {
            // It would name the schema of documents, which nothing here is written in.
            fields.remove("$schema");
        }
        Ok(Self { kind, root })
    }

    #[cfg(test)]
    pub(super) fn made(kind: Kind, root: Value) -> Self {
        Self { kind, root }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The whole.
    pub(super) fn root(&self) -> Part<'_> {
        Part { document: self, pointer: String::new(), value: &self.root }
    }

    /// What a reference leads to.
    pub(super) fn referred(&self, reference: &str) -> Option<Part<'_>> {
        let pointer = decoded(reference.strip_prefix('#')?)?;
        let value = self.root.pointer(&pointer)?;
        Some(Part { document: self, pointer, value })
    }
}

/// A part of a document.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    document: &'a Document,
    pointer: String,
    value: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn document(&self) -> &'a Document {
        self.document
    }

    /// Where it stands, as a JSON pointer.
    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Where it stands, for people.
    pub(super) fn place(&self) -> String {
        place(&self.pointer)
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// A member of it as it is written.
    pub(super) fn raw(&self, key: &str) -> Option<Self> {
        let value = match self.value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            other => other.get(key)?,
        };
        let pointer = format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"));
        Some(Self { document: self.document, pointer, value })
    }

    /// A member of it, references followed.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.raw(key)?.followed()
    }

    /// What it is when it is a reference, else itself.
    pub(super) fn followed(self) -> Option<Self> {
        let mut part = self;
        for _ in 0..CHAIN {
            let Some(reference) = part.value.get("$ref").and_then(Value::as_str) else {
                return Some(part);
            };
            part = part.document.referred(reference)?;
        }
        None
    }

    /// All members as they are written, by key or number.
    pub(super) fn members(&self) -> Vec<(String, Self)> {
        let keys: Vec<String> = match self.value {
            Value::Object(fields) => fields.keys().cloned().collect(),
            Value::Array(items) => (0..items.len()).map(|at| at.to_string()).collect(),
            _ => Vec::new(),
        };
        keys.into_iter().filter_map(|key| self.raw(&key).map(|part| (key, part))).collect()
    }

    /// A member that is text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// What it takes, where it is a schema written in `draft`.
    pub(super) fn schema(&self, draft: Draft) -> Step<Validator> {
        match compiled(&self.document.root, &[&self.pointer], draft) {
            Ok(schema) => Ok(schema),
            Err(cause) => fail(ReasonCode::Malformed, format!("a JSON Schema at {}", self.place()), cause),
        }
    }
}

/// What takes whatever is taken by all the schemas at `pointers`.
pub(super) fn compiled(root: &Value, pointers: &[&str], draft: Draft) -> Result<Validator, String> {
    let registry = Registry::new()
        .draft(draft)
        .add(ADDRESS, draft.create_resource_ref(root))
        .and_then(RegistryBuilder::prepare)
        .map_err(|error| complaint(&error))?;
    let all: Vec<Value> =
        pointers.iter().map(|pointer| json!({"$ref": format!("{ADDRESS}#{}", encoded(pointer))})).collect();
    let options = jsonschema::options().with_draft(draft).with_registry(&registry).offline();
    options.build(&json!({"allOf": all})).map_err(|error| complaint(&error))
}

/// What is wrong with `value`: the place and the first fault, and how many there are.
pub(super) fn faults(schema: &Validator, value: &Value) -> (usize, String) {
    let mut found = schema.iter_errors(value);
    let Some(first) = found.next() else { return (0, String::new()) };
    let text = format!("{}: {}", place(first.instance_path().as_str()), complaint(&first));
    (1 + found.count(), text)
}

/// Its first words: schemas and values may be long.
pub(super) fn complaint(error: &impl std::fmt::Display) -> String {
    error.to_string().chars().take(COMPLAINT).collect()
}

/// A JSON pointer for people, its keys as the document writes them: `paths › /rest/ping › get`.
pub(super) fn place(pointer: &str) -> String {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    if keys.is_empty() { "the whole".to_owned() } else { keys.join(" › ") }
}

/// `pointer` as a fragment of a URL.
fn encoded(pointer: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    pointer.bytes().fold(String::new(), |text, byte| match plain(byte) {
        true => text + char::from(byte).encode_utf8(&mut [0; 4]),
        false => format!("{text}%{byte:02X}"),
    })
}

/// The pointer that a fragment of a URL stands for.
fn decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(others.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &others[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document() -> Document {
        let root = json!({
            "paths": {"/a/{id}": {"$ref": "#/components/x~1y"}},
            "components": {
                "x/y": {"$ref": "#/components/z%20z"},
                "z z": {"type": "object", "required": ["id"]},
                "round": {"$ref": "#/components/round"},
                "gone": {"$ref": "#/components/nowhere"},
                "out": {"$ref": "other.json#/a"},
            },
        });
        Document::made(Kind::Requests, root)
    }

    #[test]
    fn references_are_followed_within_the_document() {
        let document = document();
        let found = document.root().get("paths").unwrap().get("/a/{id}").unwrap();
        assert_eq!(found.pointer(), "/components/z z");
        for lost in ["round", "gone", "out"] {
            assert!(document.root().get("components").unwrap().get(lost).is_none(), "{lost}");
        }
    }

    #[test]
    fn places_are_told_as_the_document_writes_them() {
        let document = document();
        let part = document.root().get("paths").unwrap().raw("/a/{id}").unwrap();
        assert_eq!((part.pointer(), part.place().as_str()), ("/paths/~1a~1{id}", "paths › /a/{id}"));
        assert_eq!(place("/a~01/0"), "a~1 › 0");
        assert_eq!(document.root().place(), "the whole");
    }

    #[test]
    fn schemas_are_found_through_odd_names() {
        let document = document();
        let part = document.root().get("paths").unwrap().raw("/a/{id}").unwrap();
        let schema = part.schema(Draft::Draft202012).unwrap();
        assert!(schema.is_valid(&json!({"id": 1})));
        let (count, text) = faults(&schema, &json!({}));
        assert_eq!(count, 1);
        assert!(text.starts_with("the whole: \"id\""), "{text}");
    }

    proptest! {
        #[test]
        fn no_reference_panics(text in "\\PC{0,40}") {
            let document = document();
            let _ = document.referred(&text);
            let _ = document.referred(&format!("#{text}"));
        }

        #[test]
        fn what_is_encoded_is_decoded(text in "\\PC{0,40}") {
            prop_assert_eq!(decoded(&encoded(&text)), Some(text));
        }
    }
}
