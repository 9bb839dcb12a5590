//! Live events of a run, for the console.

use reports::model::CheckResult;

use crate::checks::Check;

/// Told what happens while it happens, from several tasks at a time.
pub trait Observer: Send + Sync {
    /// So many checks will be run; the target is `target`.
    fn planned(&self, _target: &str, _total: usize) {}

    /// A check begins.
    fn started(&self, _check: &Check) {}

    /// A check has come to its end.
    fn finished(&self, _result: &CheckResult) {}
}

impl Observer for () {}
