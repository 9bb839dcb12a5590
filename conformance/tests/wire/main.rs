//! The suite over real sockets: against foreign servers, and through its own proxy.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod departing;
mod foreign;
mod lying;
#[path = "../made/mod.rs"]
mod made;
mod proxying;
mod running;
