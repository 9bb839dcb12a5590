//! The backend end to end over real sockets, with agents that do what the question says.

mod connections;
mod queries;
mod rig;
