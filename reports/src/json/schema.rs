//! JSON Schemas of the report files, made from the model and committed under `schemas/`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::model::{
    CapacityReport, ComparisonReport, ConformanceReport, LoadReport, ProofReport, VerdictReport,
};

/// Names that [`schema`] knows.
pub const SCHEMA_NAMES: [&str; 6] = ["verdict", "conformance", "load", "prove", "compare", "capacity"];

/// The committed JSON Schema called `name`; `None` when there is none of that name.
pub fn schema(name: &str) -> Option<&'static str> {
    match name {
        "verdict" => Some(include_str!("../../schemas/verdict.schema.json")),
        "conformance" => Some(include_str!("../../schemas/conformance.schema.json")),
        "load" => Some(include_str!("../../schemas/load.schema.json")),
        "prove" => Some(include_str!("../../schemas/prove.schema.json")),
        "compare" => Some(include_str!("../../schemas/compare.schema.json")),
        "capacity" => Some(include_str!("../../schemas/capacity.schema.json")),
        _ => None,
    }
}

/// The schema of `name` as the model has it now. [`schema`] is what was committed; a test compares them.
pub fn generate(name: &str) -> Option<String> {
    let schema = match name {
        "verdict" => of::<VerdictReport>(),
        "conformance" => of::<ConformanceReport>(),
        "load" => of::<LoadReport>(),
        "prove" => of::<ProofReport>(),
        "compare" => of::<ComparisonReport>(),
        "capacity" => of::<CapacityReport>(),
        _ => return None,
    };
    let mut text = serde_json::to_string_pretty(&schema).ok()?;
    text.push('\n');
    Some(text)
}

fn of<R: JsonSchema>() -> Schema {
    // What is written, not what is tolerated on reading: fields with a default are always there.
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<R>()
}
