//! Module sessions, to be written.
