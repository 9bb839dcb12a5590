//! A run in parts: generator processes of one machine, or of many.
//!
//! A part is a [`Share`] of the scenario, exact to the session and the arrival. Each process brings home its
//! [`Takings`]; [`Takings::sum`] adds them up, histograms as histograms, seconds on the clock they share, and the
//! report is made from the sum by the same code that makes it from one. A [`ShardRecord`] is a part as a file, a
//! [`Family`] all of them, checked to be of one run. [`Start`] is the moment all begin at, and how well each kept it;
//! [`ClockOffset`] what its clock says beside the target's.

mod align;
mod clock;
#[cfg(test)]
mod equality;
mod error;
mod family;
mod log;
mod record;
mod share;
mod start;
mod sum;
mod takings;
mod whole;

pub(crate) use align::gathered;
pub use clock::{ClockOffset, clock_offset};
pub use error::ShardError;
pub use family::{Family, Lost, Member, Merged};
pub use record::{RECORD_FILE, SCHEMA_SHARD, ShardRecord};
pub use share::Share;
pub use start::Start;
pub(crate) use sum::sort_errors;
pub use takings::{Counted, Instrument, Reading, Second, SecondTexts, ServerTakings, Standstill, Takings};
pub use whole::{Beside, Oversight, machine_name};
