//! The only entry.
