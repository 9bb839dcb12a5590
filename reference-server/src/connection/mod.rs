//! Module connection, to be written.
