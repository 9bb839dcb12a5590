//! What an operator sees: metrics, and logs without secrets.

mod instruments;
pub mod memory;
mod metrics;
mod redact;
pub mod traces;

pub use instruments::{Counter, Exposition, Family, Gauge, Held, Histogram};
pub use metrics::Metrics;
pub use redact::{SessionTag, redact_target};
