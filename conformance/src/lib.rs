//! The conformance suite: requirements, checks, mutants, a raw peer that shares no protocol code with
//! any server, and the proof of the checks.
//!
//! - [`peer`]: TCP, HTTP/1.1 and WebSocket frames that can say anything, with transcripts.
//! - [`target`]: the system under test, from a URL or a `target.toml`.
//! - [`requirements`]: what is required, as data; [`Profile`] is what was required in a version.
//! - [`checks`]: one small async function for each thing that is checked.
//! - `between`: the suite between the tiers of a target.
//! - [`loss`]: bad lines between suite and target. [`flow`]: scripts of what clients do, made at random.
//! - [`client`]: the same for clients: the suite plays the server.
//! - [`runner`]: selection, parallel run, baseline, results.
//! - [`mutants`]: deliberate violations. [`proof`]: every check is shown to notice its own.

mod between;
mod catalogue;
pub mod checks;
pub mod client;
mod error;
pub mod flow;
pub mod loss;
#[cfg(test)]
#[path = "../tests/made/mod.rs"]
mod made;
pub mod mutants;
pub mod peer;
mod profile;
pub mod proof;
pub mod requirements;
pub mod runner;
pub mod target;
mod witness;

pub use catalogue::{Catalogue, CheckEntry, MutantEntry, RequirementEntry, explain, list, selection};
pub use checks::Side;
pub use client::ClientProgram;
pub use error::Error;
pub use profile::Profile;
pub use proof::{
    Launcher, Launching, ProofObserver, ProveOptions, REFERENCE_CONFIG, prove, reference_config,
};
pub use runner::{
    Baseline, KnownFailure, Observer, Repetitions, Replay, RunOptions, Select, Selection, Shard, TimeScale,
    Transcripts, run, variants_needed,
};
pub use target::{Running, Target, TargetFile, Targets, Variant};
