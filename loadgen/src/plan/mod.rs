//! How much does a server hold, and how many are needed?
//!
//! A [`Trial`] runs one level of load and comes back with what was [`Observed`]; everything else is arithmetic and
//! needs no server: [`Search`] says which level comes next (a geometric ramp, bisection, repetitions at the
//! boundary, levels that the fit still needs), [`judge_level`] says whether a level was held, and [`plan`] strings
//! them together into a [`reports::model::CapacityReport`]: the boundary, the scalability law with knee and peak,
//! the bottleneck, unit costs, and servers for a number of users. [`surface`] runs a grid instead of a line.

mod bottleneck;
mod bound;
mod costs;
mod error;
mod level;
mod observe;
mod report;
mod scalability;
mod search;
mod servers;
mod surface;
mod trial;

pub use bottleneck::bottleneck;
pub use bound::{bound_limits, is_of_a_level};
pub use costs::unit_costs;
pub use error::PlanError;
pub use level::{ACHIEVED_AT_LEAST, judge_level};
pub use observe::{Circumstances, observe};
pub use report::{PlanOutcome, PlanSettings, plan};
pub use scalability::scalability;
pub use search::{Outcome, Purpose, Search, SearchSettings, Step};
pub use servers::server_plan;
pub use surface::{Grid, surface};
pub use trial::{Load, Observed, Trial};
