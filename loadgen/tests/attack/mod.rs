//! What every run of these tests needs: its turn, and the header of its report.

use reports::model::{Environment, Header, SCHEMA_LOAD, SchemaId};

/// goose allows one attack at a time in a process.
pub(crate) static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub(crate) fn header() -> Header {
    Header {
        schema: SchemaId::new(SCHEMA_LOAD, 1),
        tool_version: "0.0.0".to_owned(),
        seed: 7,
        started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        config: serde_json::Value::Null,
        environment: Environment {
            platform: "test".to_owned(),
            cores: 1,
            memory_mib: None,
            kernel: None,
            build: "debug".to_owned(),
        },
    }
}
