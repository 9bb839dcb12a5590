//! The JSON Schema of scenario files, generated from the types that read them.

use crate::model::Scenario;

/// The JSON Schema of a scenario file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Scenario).to_value()
}
