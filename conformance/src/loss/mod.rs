//! Bad lines: a relay between suite and target that cuts, delays, stalls and trickles, as networks do.
//!
//! It is the checks' own, apart from the proxy of the mutants, which may stand behind it. What a plan
//! does not touch goes on byte for byte: a [`Loss::Nothing`] changes no verdict.

mod cutter;
mod line;
mod plan;
mod pump;
mod relay;

pub use line::Line;
pub use plan::{Cut, Ending, Loss, Place, Way};
pub use relay::Relay;
