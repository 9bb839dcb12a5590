//! The built-in agents, one file each.

mod data;
mod nlp;
mod viz;

pub(super) use data::Data;
pub(super) use nlp::Nlp;
pub(super) use viz::Viz;
