//! From a question to SQL, by a dictionary and a typed query tree. Deterministic: no model, no guess.

mod translator;
mod tree;

pub use translator::{Rejection, Translation, Translator};
pub use tree::{Dialect, QueryTree};
