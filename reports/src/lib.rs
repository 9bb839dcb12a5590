//! The result model and its renderings: JSON with schemas, JUnit, one self-contained page, and the terminal.
//!
//! Knows nothing of servers, sockets or scenarios: results go in, files and text come out.

pub mod model;
