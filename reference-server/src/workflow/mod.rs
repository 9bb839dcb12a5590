//! Module workflow, to be written.
