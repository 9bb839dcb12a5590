//! Module wire, to be written.
