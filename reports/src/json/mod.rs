//! The JSON files of a run and their schemas.
//!
//! ```json
//! {
//!   "schema": { "name": "tidegate.verdict", "version": 1 },
//!   "tool_version": "0.1.0",
//!   "seed": 42,
//!   "started_at": "2026-11-21T12:00:00Z",
//!   "config": {},
//!   "environment": { "platform": "linux x86_64", "cores": 2, "memory_mib": 24111, … },
//!   "command": "gate",
//!   "verdict": "pass",
//!   "exit_code": 0,
//!   "reasons": [],
//!   "checks": { "passed": 98, "failed": 0, … }
//! }
//! ```
//!
//! A file is read back only when its `schema` is the one this tool writes: another name or version is a typed
//! error, never a guess.

mod file;
mod schema;

pub use file::{ReportFile, VERSION, file_name, read, to_text};
pub use schema::{SCHEMA_NAMES, generate, schema};
