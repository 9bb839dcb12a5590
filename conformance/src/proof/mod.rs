//! The proof of the checks: each passes on the clean reference and fails on its mutants, for the reason
//! they declare.

mod launcher;
mod proving;
mod reference;

pub use launcher::{Launcher, Launching};
pub use proving::{ProofObserver, ProveOptions, prove};
pub use reference::{REFERENCE_CONFIG, reference_config};
