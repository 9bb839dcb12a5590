//! What the backend tells beside the sessions' own events, and what becomes of events that nobody could be told.
//!
//! Invariants: what is told here has no offset and costs nothing while nobody subscribed; an event of a session that
//! could not be delivered is retried, then kept as a dead letter, never dropped without a trace.

mod agent_status;
mod bulletin;
mod dead_letters;
mod schema;
mod sends;
mod system;

use std::sync::Arc;

pub use bulletin::Bulletin;
pub use dead_letters::{DeadLetter, DeadLetters};
pub use sends::{Lost, LostReason, Sends};

use crate::backend::Backend;

/// Tells what is to be told beside the sessions' events; never ends.
pub async fn run(backend: Arc<Backend>) {
    let backend = &*backend;
    tokio::join!(
        agent_status::run(backend),
        system::metrics(backend),
        system::status(backend),
        schema::run(backend)
    );
}
