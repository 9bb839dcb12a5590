//! What a histogram log (`load.hdr`) says, second by second.
//!
//! ```text
//! #[StartTime: 1795262400.250 (seconds since epoch)]
//! Tag=query.result,12.000,1.000,1895.423,HISTFAAAAC94nJNpmSzMwMDAxQABzFCaEUoz2X+AMIKZAEARAtM=
//! Tag=query.result.intended,12.000,1.000,1901.567,HISTFAAAACt4nJNpmSzMwMDAwgABzFCaEUoz2X+AMIKZABFWAx0=
//! ```
//!
//! Only what a page draws is decoded, and straight from the payload: an hour of a run has some hundred thousand
//! histograms, and unpacking one into its whole array costs more than everything else that is done with it. That
//! the figures are those of the HdrHistogram library is held by tests.

mod log;
mod sparse;

pub use log::{CELLS_PER_OCTAVE, HdrFault, LatencyLog, Second, TagSeconds, cell_from_us};
