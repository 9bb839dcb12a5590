//! Text for the terminal: a line per check, a line about a running load, and the last screen.
//!
//! ```text
//! ────────────────────────────────────────────────────────────────────────────────
//!  FAIL  1 check failed and 1 threshold was missed.
//!
//!      97 of 98  checks passed                          1 failed
//!        612 ms  p99(progress.first)                    limit < 100ms
//!         1,000  live sessions at the peak              no event lost, …
//!
//!  FAIL      heartbeat.pong-late  the pong came 400 ms after its time
//!              expected  a pong within 200 ms
//!              actual    a pong after 600 ms
//!  MISSED    p99(progress.first)  612 ms, limit < 100ms
//!
//!  Next  Read the clause with `tidegate explain heartbeat.pong-late`, …
//!  Page  tidegate-out/latest/index.html
//! ```

mod comparison;
mod line;
mod paint;
mod screen;

pub use comparison::comparison_lines;
pub use line::{LoadStatus, check_line, load_status, mutant_line, runs_line};
pub use screen::verdict_screen;
