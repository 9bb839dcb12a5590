//! The agents: each takes one stage of a workflow.

pub mod nlp;
pub mod viz;
