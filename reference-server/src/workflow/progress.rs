//! How far a run is: what has happened, percent and remaining time, and when it may be told.
//!
//! At most one update in `interval`, the first of each stage excepted; the events of updates that were held back
//! come with the next one. An update waits a moment for what comes with it: so a short stage tells all of itself in
//! its one update, and the end of a stage is told whole. Only the very first waits for nothing: it is what people
//! look for after they have asked. Nothing here ever delays the end of a run: what may not be told before it goes
//! along with it.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use super::statistics::Statistics;
use crate::agents::Stage;
use crate::wire::identity::TransactionId;
use crate::wire::server::{ProgressEvent, ProgressUpdate, StageState, StageStatus};
use crate::wire::time::WireTime;

/// Most of a stage that passing time alone can account for.
const MOST_BY_TIME: f64 = 0.95;

/// How long the first update of a stage after the first waits for more; half of what makes a stage long enough to be watched.
const FIRST_LINGERS: Duration = Duration::from_millis(15);
/// How long any other update waits for what comes with it.
const NEXT_LINGERS: Duration = Duration::from_millis(2);

/// Most task texts shown of one agent.
const MAX_TASKS: usize = 8;

/// Progress of one run.
#[derive(Debug)]
pub struct Tracker {
    transaction_id: TransactionId,
    statistics: Arc<Statistics>,
    interval: Duration,
    stages: Vec<Progress>,
    current: usize,
    tasks: Vec<String>,
    events: Vec<ProgressEvent>,
    percent: u8,
    eta_ms: Option<u64>,
    /// Since when there is something to tell.
    changed: Option<Instant>,
    /// Whether the stage has told nothing yet.
    first: bool,
    told_at: Option<Instant>,
}

#[derive(Debug)]
struct Progress {
    agent: &'static str,
    task: &'static str,
    status: StageStatus,
    fraction: f64,
    began: Option<Instant>,
    started_at: Option<WireTime>,
    completed_at: Option<WireTime>,
}

impl Tracker {
    /// Nothing has begun.
    #[must_use]
    pub fn new(
        transaction_id: TransactionId,
        stages: &[Stage],
        statistics: Arc<Statistics>,
        interval: Duration,
    ) -> Self {
        let stages = stages.iter().map(|stage| Progress {
            agent: stage.agent,
            task: stage.task,
            status: StageStatus::Pending,
            fraction: 0.0,
            began: None,
            started_at: None,
            completed_at: None,
        });
        Self {
            transaction_id,
            statistics,
            interval,
            stages: stages.collect(),
            current: 0,
            tasks: Vec::new(),
            events: Vec::new(),
            percent: 0,
            eta_ms: None,
            changed: None,
            first: false,
            told_at: None,
        }
    }

    /// Stage number `at` begins.
    pub fn begin(&mut self, at: usize) {
        self.current = at;
        let stage = &mut self.stages[at];
        stage.status = StageStatus::Running;
        stage.began = Some(Instant::now());
        stage.started_at = Some(WireTime::now());
        self.tasks = vec![stage.task.to_owned()];
        self.changed = Some(Instant::now());
        self.first = true;
    }

    /// The agent did something.
    pub fn event(&mut self, event: ProgressEvent) {
        let known = self.tasks.contains(&event.message);
        if event.event_type == "task_started" && !known && self.tasks.len() < MAX_TASKS {
            self.tasks.push(event.message.clone());
        }
        self.events.push(event);
        self.change();
    }

    /// This share of the stage is done.
    pub fn fraction(&mut self, fraction: f64) {
        let stage = &mut self.stages[self.current];
        stage.fraction = stage.fraction.max(fraction);
        self.change();
    }

    /// The stage went well. Gives the time it took.
    pub fn complete(&mut self) -> Duration {
        let took = self.end(StageStatus::Completed);
        let stage = &mut self.stages[self.current];
        stage.fraction = 1.0;
        self.statistics.record(stage.agent, took);
        took
    }

    /// The stage failed, and those after it will not be.
    pub fn fail(&mut self) {
        self.end(StageStatus::Failed);
        for stage in &mut self.stages[self.current + 1..] {
            stage.status = StageStatus::Skipped;
        }
    }

    fn end(&mut self, status: StageStatus) -> Duration {
        let stage = &mut self.stages[self.current];
        stage.status = status;
        stage.completed_at = Some(WireTime::now());
        let took = stage.began.map_or(Duration::ZERO, |began| began.elapsed());
        self.change();
        took
    }

    fn change(&mut self) {
        self.changed.get_or_insert_with(Instant::now);
    }

    /// When the next update is to be sent; `None` if there is nothing to tell.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let changed = self.changed?;
        if self.first {
            let lingers = if self.told_at.is_none() { Duration::ZERO } else { FIRST_LINGERS };
            return Some(changed + lingers.min(self.interval));
        }
        let lingered = changed + NEXT_LINGERS.min(self.interval);
        Some(self.told_at.map_or(lingered, |at| lingered.max(at + self.interval)))
    }

    /// Whether the stage has told nothing yet.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.first
    }

    /// The update that the end of the run, or a pause in it, lets go out now; `None` if there is nothing to tell or
    /// the last one was too short ago.
    pub fn tell_last(&mut self) -> Option<ProgressUpdate> {
        self.changed?;
        let long_ago = self.told_at.is_none_or(|at| at.elapsed() >= self.interval);
        (self.first || long_ago).then(|| self.tell())
    }

    /// The events that no update has told.
    pub fn take_events(&mut self) -> Vec<ProgressEvent> {
        std::mem::take(&mut self.events)
    }

    /// The update to send now.
    pub fn tell(&mut self) -> ProgressUpdate {
        self.changed = None;
        self.first = false;
        self.told_at = Some(Instant::now());
        let (percent, eta_ms) = self.estimate();
        self.percent = self.percent.max(percent);
        // What was promised is not taken back: it stands until the work has caught up with it.
        self.eta_ms = match (self.eta_ms, eta_ms) {
            (Some(before), Some(now)) => Some(before.min(now)),
            (before, now) => now.or(before),
        };
        let agent = self.stages[self.current].agent.to_owned();
        ProgressUpdate {
            transaction_id: self.transaction_id.clone(),
            current_agent: agent.clone(),
            current_tasks: IndexMap::from([(agent, self.tasks.clone())]),
            progress_events: std::mem::take(&mut self.events),
            execution_order: self.stages.iter().map(Progress::state).collect(),
            percent: self.percent,
            eta_ms: self.eta_ms,
        }
    }

    /// Percent done and milliseconds left. Stages weigh what they usually take; before that is known, the same.
    fn estimate(&self) -> (u8, Option<u64>) {
        let means: Vec<Option<f64>> =
            self.stages.iter().map(|stage| self.statistics.mean_ms(stage.agent)).collect();
        let all_known = means.iter().all(Option::is_some);
        let (mut total, mut done, mut left) = (0.0, 0.0, Some(0.0));
        for (stage, mean) in self.stages.iter().zip(means) {
            let weight = if all_known { mean.unwrap_or(1.0).max(0.01) } else { 1.0 };
            total += weight;
            done += weight * stage.share(mean);
            left = left.zip(stage.left_ms(mean)).map(|(sum, more)| sum + more);
        }
        let finished = self.stages.iter().all(|stage| stage.status == StageStatus::Completed);
        let percent = if finished { 100.0 } else { (100.0 * done / total).floor().min(99.0) };
        (percent as u8, left.map(|left| left.round() as u64))
    }
}

impl Progress {
    fn state(&self) -> StageState {
        StageState {
            agent: self.agent.to_owned(),
            status: self.status,
            started_at: self.started_at,
            completed_at: self.completed_at,
        }
    }

    fn elapsed_ms(&self) -> f64 {
        self.began.map_or(0.0, |began| began.elapsed().as_secs_f64() * 1_000.0)
    }

    /// Share of the stage that is done, by what the agent says or by the time it usually takes.
    fn share(&self, mean: Option<f64>) -> f64 {
        match self.status {
            StageStatus::Completed => 1.0,
            StageStatus::Running => {
                let by_time = mean.map_or(0.0, |mean| (self.elapsed_ms() / mean.max(0.01)).min(MOST_BY_TIME));
                self.fraction.max(by_time)
            }
            _ => 0.0,
        }
    }

    /// Milliseconds left of the stage; `None` while nothing is known.
    fn left_ms(&self, mean: Option<f64>) -> Option<f64> {
        match self.status {
            StageStatus::Completed | StageStatus::Failed | StageStatus::Skipped => Some(0.0),
            StageStatus::Pending => mean,
            StageStatus::Running if self.fraction >= 0.1 => {
                Some(self.elapsed_ms() * (1.0 - self.fraction) / self.fraction)
            }
            StageStatus::Running => mean.map(|mean| (mean - self.elapsed_ms()).max(0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::Definition;

    const INTERVAL: Duration = Duration::from_millis(50);

    fn tracker(statistics: &Arc<Statistics>) -> Tracker {
        Tracker::new(
            TransactionId::random(),
            &Definition::new("bi", &["nlp", "data", "viz"]).unwrap().stages,
            Arc::clone(statistics),
            INTERVAL,
        )
    }

    fn event(message: &str) -> ProgressEvent {
        ProgressEvent {
            event_id: message.to_owned(),
            agent: "nlp".to_owned(),
            event_type: "task_completed".to_owned(),
            message: message.to_owned(),
            timestamp: "2025-01-01T00:00:00.000Z".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn updates_are_thinned_but_the_first_of_a_stage_is_not() {
        let mut tracker = tracker(&Arc::default());
        assert_eq!(tracker.due(), None);
        tracker.begin(0);
        assert_eq!(tracker.due(), Some(Instant::now()), "the first of all waits for nothing");
        let first = tracker.tell();
        assert_eq!(first.current_tasks["nlp"], ["Processing NLP..."]);
        assert_eq!(tracker.due(), None);
        tracker.event(event("a"));
        tracker.event(event("b"));
        assert_eq!(tracker.due(), Some(Instant::now() + INTERVAL));
        tracker.complete();
        tracker.begin(1);
        assert_eq!(tracker.due(), Some(Instant::now() + FIRST_LINGERS), "first of the next stage");
        let merged: Vec<String> =
            tracker.tell().progress_events.into_iter().map(|event| event.event_id).collect();
        assert_eq!(merged, ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_not_be_told_at_the_end_is_left_over_and_nothing_waits_for_it() {
        let mut tracker = tracker(&Arc::default());
        tracker.begin(2);
        tracker.event(event("a"));
        assert_eq!(tracker.tell_last().unwrap().progress_events.len(), 1, "the first of a stage may always");
        tracker.event(event("b"));
        tokio::time::advance(Duration::from_millis(49)).await;
        assert!(tracker.tell_last().is_none());
        assert_eq!(tracker.take_events().len(), 1);
        tracker.event(event("c"));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(tracker.tell_last().unwrap().progress_events.len(), 1);
        assert!(tracker.tell_last().is_none(), "nothing is left to tell");
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_waits_for_what_comes_with_it() {
        let mut tracker = tracker(&Arc::default());
        tracker.begin(0);
        tracker.tell();
        tokio::time::advance(INTERVAL * 2).await;
        tracker.event(event("a"));
        assert_eq!(tracker.due(), Some(Instant::now() + NEXT_LINGERS));
        tokio::time::advance(Duration::from_millis(1)).await;
        tracker.event(event("b"));
        assert_eq!(tracker.due(), Some(Instant::now() + Duration::from_millis(1)), "not put off for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn percent_and_remaining_time_come_from_what_stages_took() {
        let statistics = Arc::new(Statistics::default());
        let mut unknown = tracker(&statistics);
        unknown.begin(0);
        assert_eq!((unknown.tell().percent, unknown.tell().eta_ms), (0, None));
        for (agent, ms) in [("nlp", 600), ("data", 300), ("viz", 100)] {
            statistics.record(agent, Duration::from_millis(ms));
        }
        let mut tracker = tracker(&statistics);
        tracker.begin(0);
        let update = tracker.tell();
        assert_eq!((update.percent, update.eta_ms), (0, Some(1_000)));
        tokio::time::advance(Duration::from_millis(300)).await;
        let update = tracker.tell();
        assert_eq!((update.percent, update.eta_ms), (30, Some(700)));
        tokio::time::advance(Duration::from_millis(300)).await;
        tracker.complete();
        tracker.begin(1);
        let update = tracker.tell();
        assert_eq!((update.percent, update.eta_ms), (60, Some(400)));
    }

    #[tokio::test(start_paused = true)]
    async fn percent_never_falls_and_ends_at_100() {
        let statistics = Arc::new(Statistics::default());
        let mut tracker = tracker(&statistics);
        let mut seen = Vec::new();
        for (at, agent) in ["nlp", "data", "viz"].into_iter().enumerate() {
            tracker.begin(at);
            seen.push(tracker.tell().percent);
            tracker.fraction(0.9);
            seen.push(tracker.tell().percent);
            tracker.fraction(0.2);
            // What other runs measure meanwhile must not take anything back.
            statistics.record(agent, Duration::from_secs(1 + at as u64 * 100));
            seen.push(tracker.tell().percent);
            tracker.complete();
        }
        seen.push(tracker.tell().percent);
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.last(), Some(&100));
    }

    #[tokio::test(start_paused = true)]
    async fn remaining_time_falls_even_when_the_work_slows_down() {
        let statistics = Arc::new(Statistics::default());
        for agent in ["nlp", "data", "viz"] {
            statistics.record(agent, Duration::from_millis(100));
        }
        let mut tracker = tracker(&statistics);
        tracker.begin(0);
        let mut seen = vec![tracker.tell().eta_ms.unwrap()];
        for _ in 0..5 {
            tokio::time::advance(Duration::from_millis(80)).await;
            tracker.fraction(0.2);
            seen.push(tracker.tell().eta_ms.unwrap());
        }
        assert!(seen.is_sorted_by(|a, b| a >= b) && seen[0] == 300, "{seen:?}");
    }

    #[tokio::test]
    async fn a_failed_stage_skips_the_rest() {
        let mut tracker = tracker(&Arc::default());
        tracker.begin(0);
        tracker.fail();
        let states: Vec<StageStatus> =
            tracker.tell().execution_order.iter().map(|stage| stage.status).collect();
        assert_eq!(states, [StageStatus::Failed, StageStatus::Skipped, StageStatus::Skipped]);
    }
}
