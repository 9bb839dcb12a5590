//! The run in Markdown: `summary.md`, for a pull request, an issue, or the summary of a CI step.
//!
//! ```text
//! ## ❌ tidegate load: FAIL
//!
//! One threshold was missed.
//!
//! - **612 ms** p99(progress.first) (limit < 100ms)
//!
//! | | what | expected | actual |
//! |---|---|---|---|
//! | MISSED | `p99(progress.first)` | < 100ms | 612 ms |
//! ```
//!
//! Tables that not everybody wants are folded. Text of others can't begin markup of its own.

mod load;
mod summary;
mod text;

pub use summary::summary;
