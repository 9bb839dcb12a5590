//! Module rest, to be written.
