//! Actions: what the scenario does to the system in mid-run, on the same clock as everything else.
//!
//! The generator knows when; a [`Hand`] knows how: whoever started the processes and containers. Each action is
//! begun at its time and undone after its length; one that was begun is undone in any case, also when the run is
//! ended early.

mod schedule;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use scenarios::Action;

pub(crate) use schedule::Acting;

/// What a hand does, and how it came out.
pub type Done<'h> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'h>>;

/// Who does it. Errors are one sentence for the report.
pub trait Hand: fmt::Debug + Send + Sync {
    /// Does `action`.
    fn begin<'h>(&'h self, action: &'h Action) -> Done<'h>;

    /// Undoes it.
    fn end<'h>(&'h self, action: &'h Action) -> Done<'h>;
}
