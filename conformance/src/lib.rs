//! The conformance suite: requirements, checks, mutants, a raw peer that shares no protocol code with
//! any server, and the proof of the checks.
//!
//! - [`peer`]: TCP, HTTP/1.1 and WebSocket frames that can say anything, with transcripts.
//! - [`target`]: the system under test, from a URL or a `target.toml`.
//! - [`requirements`]: what is required, as data.
//! - [`checks`]: one small async function for each thing that is checked.
//! - [`runner`]: selection, parallel run, baseline, results.
//! - [`mutants`]: deliberate violations. [`proof`]: every check is shown to notice its own.

pub mod checks;
mod error;
pub mod mutants;
pub mod peer;
pub mod requirements;
pub mod target;

pub use error::Error;
