//! From a question to SQL, by a dictionary and a typed query tree. Deterministic: no model, no guess.
//!
//! A question goes through five steps: `words` (tokens), `dictionary` (phrases to what they mean), `reading`
//! (what is measured, grouped, filtered, compared), `planner` (tables and joins along foreign keys, so that
//! nothing is counted twice), `render` (SQL of one dialect). A word that no step could place ends in a
//! [`Rejection`] with what was understood.
//!
//! "show revenue" is answered with one row, the revenue of all orders: nothing else was asked for.

mod dictionary;
mod follow_up;
mod items;
mod model;
mod planner;
mod reading;
mod render;
mod study;
mod suggestion;
#[cfg(test)]
mod tests;
mod time;
mod title;
mod translator;
mod tree;
mod words;

pub use crate::database::Dialect;
pub use study::Study;
pub use translator::{Rejection, Translation, Translator};
pub use tree::{
    Aggregation, ColumnRef, Condition, Dimension, Expression, Filter, Grain, Join, Measure, Operator,
    OrderBy, QueryTree, Span,
};
