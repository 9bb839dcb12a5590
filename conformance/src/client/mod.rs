//! Clients under test: the suite listens, starts a client as a command, plays the server, and judges what the
//! client does on the wire and tells its user.
//!
//! - [`contract`]: what suite and client say to each other on standard input and output.
//! - `program`: the client as a process: bounded output, its end noticed at once.
//! - `listener`, `link`: the server's side of the wire, which can say anything.
//! - `introduction`: the client says once what it has.
//! - `stage`: what a case is written with. `cases`: the cases themselves.

mod cases;
pub mod contract;
mod introduction;
mod link;
mod listener;
mod program;
mod stage;

pub use introduction::introduce;
pub use program::ClientProgram;

pub(crate) use cases::{app_retry, checks, wire};
pub(crate) use link::Heard;
pub(crate) use stage::Stage;
