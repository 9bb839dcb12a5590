//! Sessions: ids and owners, history and offsets, live delivery, resume, the runs of each, and the registry.
//!
//! Invariants: the order of a session's events is the order in which its lock was taken; an event is given its
//! offset, put into the history and handed to every subscriber under that one lock, so replay and live
//! delivery can't overlap or leave a gap; every run gets exactly one terminal message. Nothing under the lock
//! waits: a client that can't take a frame is dropped, never waited for.
//!
//! This module is the seam to several instances: everything else goes through [`Sessions`] and [`Session`], and
//! sees neither maps nor histories.

mod chat;
mod client;
mod context;
mod history;
mod inquiry;
mod memory;
mod registry;
mod run;
mod session;
#[cfg(test)]
mod tests;

pub use chat::Turn;
pub use client::Client;
pub use context::{Kept, KeptContexts, Selection};
pub use history::{Bounds, Held, History};
pub use inquiry::{CaughtUp, TransactionView};
pub use registry::{Created, Rules, Sessions};
pub use run::{Begun, Phase, QuerySpec, RunHandle};
pub use session::{Interest, Join, Position, Session, SessionView};
