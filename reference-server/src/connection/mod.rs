//! Module connection, to be written.
pub mod engine;
