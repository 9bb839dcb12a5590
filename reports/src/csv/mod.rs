//! CSV of a load run, for spreadsheets and notebooks: RFC 4180, a header, times in microseconds.
//!
//! ```text
//! t,phase,sessions,sent,received,errors,queries,in_flight,…
//! 1.002,ramp,250,310,1240,0,0,0,…
//! ```
//!
//! `timeline.csv` has one row a second, `operations.csv` one an operation and whether it is judged. What is not
//! known is empty, never 0.

mod field;
mod operations;
mod timeline;

pub use operations::operations;
pub use timeline::timeline;
