//! The live figures of a run that several processes play: what each told last, as one.
//!
//! Counts are the sums of what the processes count, histograms the sums of their histograms: each process tells what
//! came since it told last, so that nothing is added twice and nothing is sent twice.

use indexmap::IndexMap;
use reports::model::{Quantiles, TimelineRow};
use scenarios::Scenario;

use super::{Detail, PartSecond, SecondTimes};
use crate::drive::{Known, detail};
use crate::measure::{Tally, histogram};
use crate::shards::{Beside, Second, Takings, gathered};

/// What all processes told so far.
#[derive(Debug)]
pub struct Together {
    scenario: Scenario,
    target: String,
    parts: Vec<Part>,
    /// Histograms of what is judged, of the whole run.
    judged: IndexMap<String, Tally>,
    /// The same of what came since the last look.
    newest: IndexMap<String, Tally>,
    rows: Vec<TimelineRow>,
}

/// One process.
#[derive(Debug)]
struct Part {
    name: String,
    /// What it told last; its histograms are empty.
    takings: Option<Takings>,
    /// What it has, as its last row says.
    row: Option<TimelineRow>,
    /// What came since the last look.
    seconds: Vec<Second>,
}

impl Together {
    /// A run of `scenario` against `target`, played by processes of these names.
    pub fn new(scenario: Scenario, target: String, names: Vec<String>) -> Self {
        let part = |name| Part { name, takings: None, row: None, seconds: Vec::new() };
        let (judged, newest) = (IndexMap::new(), IndexMap::new());
        let parts = names.into_iter().map(part).collect();
        Self { scenario, target, parts, judged, newest, rows: Vec::new() }
    }

    /// Process `index` has ended a second.
    pub fn hear(&mut self, index: usize, told: PartSecond) {
        let (Some(part), Some(figures)) = (self.parts.get_mut(index), told.figures) else { return };
        let mut takings = figures.takings;
        for (name, tally) in &mut takings.judged {
            for sums in [&mut self.judged, &mut self.newest] {
                sums.entry(name.clone()).or_default().add_times(tally);
            }
            (tally.service, tally.intended) = (histogram(), histogram());
        }
        for instrument in &mut takings.instruments {
            instrument.name.clone_from(&part.name);
        }
        part.takings = Some(takings);
        part.row = Some(figures.row.clone());
        part.seconds.push(Second { row: figures.row, times: Some(told.times) });
    }

    /// Process `index` has ended: its sessions are gone, its counts stay.
    pub fn gone(&mut self, index: usize) {
        if let Some(part) = self.parts.get_mut(index) {
            part.row = None;
        }
    }

    /// Everything that is known by now, with what was seen `beside` the processes; `None` before the first of them has
    /// told anything. `over` when none of them will tell any more.
    pub fn look(&mut self, beside: &Beside, over: bool) -> Option<Detail> {
        let told: Vec<Takings> = self.parts.iter().filter_map(|part| part.takings.clone()).collect();
        // Without seconds, and with histograms that are empty, there is nothing that can't be added up.
        let mut takings = Takings::sum(told).ok()?;
        let asked = self.rows.iter().any(|row| row.queries > 0);
        let held = self.parts.iter_mut();
        let held = held.map(|part| (part.row.clone(), std::mem::take(&mut part.seconds)));
        let mut row = gathered(held, asked).ok()?;
        if let Some(last) = self.rows.last().filter(|last| row.t < last.t) {
            // Nobody told anything since.
            (row.t, row.phase) = (last.t, last.phase.clone());
        }
        beside.tell(&mut row);
        self.rows.push(row);
        let together = self.rows.iter().map(|row| row.sessions).max().unwrap_or_default();
        takings.sessions.peak = takings.sessions.peak.max(together);
        takings.server = Some(beside.server());
        let mut known = Known::default();
        for (name, told) in std::mem::take(&mut takings.judged) {
            let tally = self.judged.entry(name.clone()).or_default();
            (tally.count, tally.errors) = (told.count, told.errors);
            known.look(&name, tally);
        }
        let mut detail = detail(&self.scenario, &self.target, known, takings, &self.rows);
        detail.second = self.newest.drain(..).filter_map(|(name, tally)| second(name, &tally)).collect();
        detail.over = over;
        Some(detail)
    }
}

fn second(name: String, tally: &Tally) -> Option<SecondTimes> {
    (!tally.service.is_empty()).then(|| SecondTimes {
        name: name.into(),
        service_us: Quantiles::of(&tally.service),
        intended_us: Quantiles::of(&tally.intended),
    })
}
