//! The database behind the system under load: what it says of itself, second by second and in the end.
//!
//! [`Probe`] says where to look. While the run goes on it asks for connections, running statements and, where
//! there is a status page, for its metrics; at the end for the statements that took most of its time. A database
//! that goes away leaves holes in the timeline and is asked again a second later: nothing here can fail a run.

mod metrics;
mod probe;
mod statements;
mod store;

pub use probe::Probe;
pub(crate) use probe::Probing;
