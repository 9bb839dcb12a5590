//! From results to a verdict: pure functions, no clock, no files.
//!
//! Precedence, the gravest first:
//!
//! | what was found | verdict | exit code |
//! |---|---|---|
//! | the target could not be reached or went away; the instrument failed; the generator was the limit; the run was cut short; nothing was run, or nothing compared | `invalid` | 3 |
//! | a MUST violated, a check that newly fails or no longer counts (unless allowed), a threshold missed, a check that passed in some runs and failed in others, a stale baseline entry, a mutant that survived, a check that could not be run (unless allowed) | `fail` | 1 |
//! | none of these | `pass` | 0 |
//!
//! An invalid run keeps the violations it saw among its reasons: they come after the trouble that makes it
//! invalid. Warnings (a SHOULD violated), quarantined and known failing checks never change a verdict.

mod judge;
mod reasons;

pub use judge::{Evidence, invalidates, judge};
