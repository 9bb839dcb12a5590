//! The built-in agents, one file each.

mod analyst;
mod data;
mod nlp;
mod reporting;
mod research;
mod spoken;
mod viz;

pub(super) use analyst::Analyst;
pub(super) use data::Data;
pub(super) use nlp::Nlp;
pub(super) use reporting::Reporting;
pub(super) use research::Research;
pub(super) use viz::Viz;
