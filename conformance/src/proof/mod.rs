//! The proof of the checks: each passes on the clean reference and fails on its mutants, for the reason
//! they declare.

mod alone;
mod clean;
mod launcher;
mod meeting;
mod neighbours;
mod proving;
mod reference;
mod stage;

pub use launcher::{Launcher, Launching};
pub use proving::{ProofObserver, ProveOptions, prove};
pub(crate) use reference::REFERENCE_HEADER_TIMEOUT;
pub use reference::{REFERENCE_CONFIG, reference_config};
