//! Scenario files: what a load run does, and against which limits it is judged.
//!
//! A scenario is one TOML file. [`load()`] reads it (or a built-in one of that name), applies
//! `KEY=VALUE` overrides and refuses what it does not understand, with file, line, column and a
//! suggestion for misspelt names. Thresholds are a small language of their own, see [`threshold`].
//! Questions with their expected answers are [`QuestionSet`]s, from JSON or CSV; a recorded [`Trace`] says who
//! asked what and when. A scenario for a service that does not speak Tidegate's protocol has a [`script`].
//!
//! Knows nothing of sockets, servers or reports.

mod builtin;
mod choice;
mod csv;
mod error;
mod load;
mod model;
mod questions;
mod schema;
pub mod script;
pub mod threshold;
mod trace;

pub use builtin::{Builtin, builtin, builtins};
pub use choice::Choice;
pub use error::ScenarioError;
pub use load::{load, parse};
pub use model::{
    Action, Application, Arrivals, Beat, Condition, Connection, Data, Database, DatabaseKind, Deed,
    GeneratorLimits, Load, Model, Others, Pace, Patience, Pick, Questions, ReadingPace, Reconnect, Scenario,
    ScriptStep, Sessions, SlowReaders, Span, Status, Step, StepKind, ThinkTime,
};
pub use questions::{Expected, Question, QuestionSet};
pub use schema::schema;
pub use trace::{Trace, TraceEntry};
