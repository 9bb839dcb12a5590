//! The committed schemas are those of the model, and what is written is valid by them.
//!
//! After a change of the model: `UPDATE_SCHEMAS=1 cargo test -p reports --test schemas`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, unreachable_pub, reason = "not every made result is needed here")]
mod sample;

use std::path::PathBuf;

use reports::json::{self, ReportFile};

fn committed(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"))
}

#[test]
fn committed_schemas_are_those_of_the_model() {
    for name in json::SCHEMA_NAMES {
        let made = json::generate(name).unwrap();
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(committed(name), &made).unwrap();
        }
        let stands = std::fs::read_to_string(committed(name)).unwrap();
        assert!(
            stands == made,
            "schemas/{name}.schema.json is not that of the model; see the head of this file"
        );
    }
    assert!(json::schema("no-such-format").is_none());
}

fn check<R: ReportFile>(name: &str, report: &R) {
    let text = std::fs::read_to_string(committed(name)).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let instance: serde_json::Value = serde_json::from_str(&json::to_text(report).unwrap()).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    let mut spoilt = instance;
    spoilt.as_object_mut().unwrap().remove("seed");
    assert!(!validator.is_valid(&spoilt), "{name}: a file without its seed must not be valid");
}

#[test]
fn written_files_are_valid() {
    for run in [
        sample::gate_pass(),
        sample::gate_fail(),
        sample::check_pass(),
        sample::prove_fail(),
        sample::target_gone(),
        sample::compared(),
        sample::compared_load(),
        sample::planned(),
    ] {
        check("verdict", &run.verdict);
        if let Some(report) = &run.conformance {
            check("conformance", report);
        }
        if let Some(report) = &run.load {
            check("load", report);
        }
        if let Some(report) = &run.comparison {
            check("compare", report);
        }
        if let Some(report) = &run.capacity {
            check("capacity", report);
        }
        if let Some(report) = &run.proof {
            check("prove", report);
        }
    }
    check("conformance", &sample::one_of_each());
}
