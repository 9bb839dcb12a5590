//! Module observe, to be written.
