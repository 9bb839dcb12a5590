//! The result model and its renderings: JSON with schemas, JUnit, CSV, Markdown, one self-contained page, and the
//! terminal.
//!
//! Knows nothing of servers, sockets or scenarios: results go in, files and text come out. The way through:
//! [`verdict::judge`] turns results into a verdict, [`RunReport`] holds all of one run, [`RunReport::write`]
//! puts every file into a [`RunDir`], and [`RunDir::publish`] makes it the `latest`.

pub mod badge;
pub mod comparison;
pub mod csv;
mod environment;
mod error;
mod files;
pub mod github;
pub mod hdr;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod model;
mod run_dir;
mod run_report;
pub mod terminal;
pub mod verdict;
pub mod wording;

pub use error::ReportError;
pub use files::{HISTOGRAMS_FILE, PAGE_FILE};
pub use run_dir::{LATEST, RunDir};
pub use run_report::{RunReport, latency, transcripts};

// The made results of the tests are shared with the example, which sees this crate from outside.
#[cfg(test)]
extern crate self as reports;
#[cfg(test)]
#[path = "../tests/sample/mod.rs"]
#[expect(unreachable_pub, reason = "shared with the example and the other tests")]
mod sample;
