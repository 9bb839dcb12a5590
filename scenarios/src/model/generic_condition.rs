//! A condition as it is written: a value, or a table of tests.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// What the values that a JSONPath selects have to be. A bare value is `is`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "toml::Value", into = "toml::Value")]
pub struct Condition {
    /// One of them is this.
    pub is: Option<toml::Value>,
    /// There are some, and none of them is this.
    pub not: Option<toml::Value>,
    /// One of them is text that contains this, or an array with it.
    pub contains: Option<String>,
    /// One of them is text that this regular expression fits.
    pub matches: Option<String>,
    /// One of them is a number from this on.
    pub at_least: Option<f64>,
    /// One of them is a number up to this.
    pub at_most: Option<f64>,
    /// There are some, or none.
    pub exists: Option<bool>,
    /// There are so many.
    pub count: Option<u64>,
}

/// The same as a table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tests {
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<toml::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not: Option<toml::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl Condition {
    /// The condition that a value is `value`.
    pub fn is(value: toml::Value) -> Self {
        Self { is: Some(value), ..Self::default() }
    }
}

impl TryFrom<toml::Value> for Condition {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let toml::Value::Table(table) = value else { return Ok(Self::is(value)) };
        if table.is_empty() {
            return Err("a condition without a test; say `{ exists = true }`".to_owned());
        }
        let tests: Tests = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let Tests { is, not, contains, matches, at_least, at_most, exists, count } = tests;
        Ok(Self { is, not, contains, matches, at_least, at_most, exists, count })
    }
}

impl From<Condition> for toml::Value {
    fn from(condition: Condition) -> Self {
        let Condition { is, not, contains, matches, at_least, at_most, exists, count } = condition;
        let tests = Tests { is, not, contains, matches, at_least, at_most, exists, count };
        let table = toml::Table::try_from(tests).unwrap_or_default();
        match table.get("is") {
            Some(value) if table.len() == 1 && !value.is_table() => value.clone(),
            _ => Self::Table(table),
        }
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value that the selected one must be, or a table of tests: `is`, `not`, `contains`, \
                            `matches`, `at_least`, `at_most`, `exists`, `count`.",
            "anyOf": [
                { "type": ["string", "number", "integer", "boolean", "array"] },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "is": { "description": "One of the selected values is this." },
                        "not": { "description": "There are some, and none of them is this." },
                        "contains": { "type": "string", "description": "Part of a text, or element of an array." },
                        "matches": { "type": "string", "description": "A regular expression that fits a text." },
                        "at_least": { "type": "number" },
                        "at_most": { "type": "number" },
                        "exists": { "type": "boolean", "description": "There are some, or none." },
                        "count": { "type": "integer", "minimum": 0, "description": "There are so many." }
                    }
                }
            ],
            "examples": ["answer", { "at_least": 1, "at_most": 10 }, { "exists": true }]
        })
    }
}
