//! Module doors, to be written.
