//! What the tests inside this crate and those beside it make runs of.

use reports::model::{Environment, Header, SchemaId};

/// The header of a run that nobody started.
pub(crate) fn header() -> Header {
    Header {
        schema: SchemaId::new("made", 1),
        tool_version: "0.0.0".to_owned(),
        seed: 7,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        config: serde_json::Value::Null,
        environment: Environment {
            platform: "made".to_owned(),
            cores: 1,
            memory_mib: None,
            kernel: None,
            build: "debug".to_owned(),
        },
    }
}
