//! Sessions: ids and owners, history and offsets, live delivery, resume, the runs of each, and the registry.
//!
//! Invariants: the order of a session's events is the order in which its lock was taken; an event is given its
//! offset, put into the history and handed to every subscriber under that one lock, so replay and live
//! delivery can't overlap or leave a gap; every run gets exactly one terminal message. Nothing under the lock
//! waits: a client that can't take a frame is dropped, never waited for.
//!
//! # The seam to several instances
//!
//! Everything else goes through [`Sessions`] and [`Session`] and sees neither maps nor histories: the registry,
//! the order of events, history, delivery and selected databases are behind these two. The one implementation
//! keeps them in this process, and what must survive a restart in a [`Journal`](crate::state::Journal): no call
//! waits for anything, and none is asynchronous.
//!
//! An implementation over Redis would keep both types as what is local to the process, and would have to
//!
//! - give an event its offset, append it to the history, trim that, renew its expiry and `PUBLISH` it to
//!   `progress:{session_id}` in **one script**, in place of what `State::emit` does under the session's lock;
//! - hand live events to members from **one pattern subscription** (`progress:*`) per process, in place of
//!   handing them over at once: publisher and subscriber then take the same way on every instance, and an
//!   event that arrives with an offset that is not the next one is read from the history, never skipped;
//! - decide a resume from a history that is read in one step with its epoch, top and what evicted its newest
//!   missing event; live events that arrive meanwhile wait behind the replay;
//! - keep a registry of which instance holds which connections, so that a resume elsewhere supersedes, limits
//!   count everywhere, and the end of a session reaches all;
//! - make the epoch a key of its own: where it is missing (a wiped or rolled back Redis) a new one begins;
//! - close its connections with 1001 and turn readiness red when the subscription breaks: nothing may be
//!   skipped in silence.
//!
//! The methods that would then wait are `Session::{join, begin, command, select}`, `RunHandle`'s, and
//! `Sessions::{find, open, delete}`; their callers are all in tasks of their own.

mod chat;
mod client;
mod context;
mod delivery;
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
