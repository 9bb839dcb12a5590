//! What is in the databases: made rows, the same for the same seed and scale on every machine.

pub(super) mod financial;
pub(super) mod tpch;
