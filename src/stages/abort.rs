//! Thresholds that end a run: fed with each second of it, they throw its switch.

use std::sync::{Mutex, PoisonError};

use loadgen::threshold::{Broken, LiveFigures, Watch, is_live};
use loadgen::{Snapshot, Stop};
use reports::model::LoadReport;
use scenarios::threshold::Threshold;

use crate::exit::Failure;

/// Watches the seconds of one run.
pub(crate) struct Abort {
    state: Mutex<State>,
    stop: Stop,
}

struct State {
    watch: Watch,
    figures: LiveFigures,
    broken: Option<Broken>,
}

impl Abort {
    /// Watches those of `thresholds` that end a run. One whose figure is only known at the end is the user's mistake.
    pub(crate) fn new(thresholds: &[Threshold], stop: Stop) -> anyhow::Result<Self> {
        let blind = |threshold: &&Threshold| threshold.abort.is_some() && !is_live(&threshold.measure);
        if let Some(threshold) = thresholds.iter().find(blind) {
            return Err(Failure::Usage(format!(
                "threshold `{threshold}` can't end a run: {} is only known when the books of the sessions are closed; \
                 whatever else is measured can",
                threshold.measure
            ))
            .into());
        }
        let state = State { watch: Watch::new(thresholds), figures: LiveFigures::default(), broken: None };
        Ok(Self { state: Mutex::new(state), stop })
    }

    /// The switch that ends the run.
    pub(crate) fn switch(&self) -> Stop {
        self.stop.clone()
    }

    /// True when a threshold may end the run.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.state.lock().unwrap_or_else(PoisonError::into_inner).watch.is_idle()
    }

    /// A second is over.
    pub(crate) fn second(&self, snapshot: &Snapshot) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { watch, figures, broken } = &mut *state;
        if broken.is_none() && !watch.is_idle() {
            figures.second(snapshot);
            *broken = watch.tick(snapshot.elapsed, figures);
            if broken.is_some() {
                self.stop.stop();
            }
        }
    }

    /// Puts what ended the run into its report; true when something did.
    pub(crate) fn tell(&self, report: &mut LoadReport) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(broken) = &state.broken else { return false };
        let name = broken.threshold.measure.to_string();
        for result in report.thresholds.iter_mut().filter(|result| result.name == name) {
            result.ok = false;
            result.actual = format!(
                "{} for {:.0} s on end, which ended the run",
                broken.actual,
                broken.missed_for.as_secs_f64()
            );
        }
        true
    }
}
