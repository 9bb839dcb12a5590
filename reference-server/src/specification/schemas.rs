//! Named schemas, and references to them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// All schemas of a document.
pub(super) struct Schemas {
    /// Of what the server sends.
    sent: SchemaGenerator,
    /// Of what it reads: what may be left out differs.
    read: SchemaGenerator,
    defined: Map<String, Value>,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            sent: settings().for_serialize().into_generator(),
            read: settings().for_deserialize().into_generator(),
            defined: Map::new(),
        }
    }

    /// Schema of what the server sends.
    pub(super) fn sent<T: JsonSchema>(&mut self) -> Value {
        self.sent.subschema_for::<T>().to_value()
    }

    /// Schema of what the server reads.
    pub(super) fn read<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    /// Names a schema; gives the reference to it.
    pub(super) fn define(&mut self, name: &str, schema: Value) -> Value {
        self.defined.insert(name.to_owned(), schema);
        reference(name)
    }

    /// All of them by name.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        let mut all = self.defined;
        for found in [self.sent.take_definitions(true), self.read.take_definitions(true)] {
            for (name, schema) in found {
                all.entry(name).or_insert(schema);
            }
        }
        all.sort_keys();
        all
    }
}

/// The reference to a named schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
