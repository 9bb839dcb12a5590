//! What survives a restart: whose each session is, when it was last used, and which databases were selected.
//!
//! Memory is what counts while the server runs: nothing is ever read back from the file. Changes are handed over
//! under a short lock, never waited for, and written by one thread in one transaction for all that came
//! meanwhile. When the disk refuses, they stay in memory, are told in the log, and are tried again.
//!
//! One server at a time: the file is locked as long as it is open.

mod error;
mod file;
mod journal;
mod record;

pub use error::StateError;
pub use journal::Journal;
pub use record::{Saved, SavedContext, SavedSession, SavedUser};
