//! One run of one agent: events, delay, work, outcome.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::delay::{self, Pace};
use super::{Agent, AgentSet, EventType, Job, Line, Progress};
use crate::config::Delay;
use crate::mcp::TierError;
use crate::observe::traces;

/// How a stage ended.
#[derive(Debug)]
pub(super) struct Outcome {
    result: Result<Value, TierError>,
    /// Time of the real work.
    work: Duration,
    /// Time of the whole stage.
    total: Duration,
}

impl Outcome {
    /// A stage that panicked.
    pub(super) fn panicked(cause: &dyn std::fmt::Display) -> Self {
        Self { result: Err(TierError::internal(cause)), work: Duration::ZERO, total: Duration::ZERO }
    }

    /// The last line of a streamed answer; all of an unstreamed one but its events.
    pub(super) fn object(self) -> Map<String, Value> {
        let mut object = Map::new();
        match self.result {
            Ok(output) => {
                object.insert("status".to_owned(), Value::from("completed"));
                object.insert("output".to_owned(), output);
            }
            Err(error) => {
                object.insert("status".to_owned(), Value::from("failed"));
                object.insert("error".to_owned(), json!(error));
            }
        }
        let timings = json!({ "work": milliseconds(self.work), "total": milliseconds(self.total) });
        object.insert("timings_ms".to_owned(), timings);
        object
    }
}

/// A duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The outcome of work; a panic is one too, is counted, and ends nothing but its own work.
pub(super) async fn ended(work: AbortOnDropHandle<Outcome>, agents: &AgentSet) -> Outcome {
    work.await.unwrap_or_else(|error| {
        if error.is_panic() {
            agents.metrics().panics.increment();
        }
        Outcome::panicked(&error)
    })
}

/// Runs `agent` on `job`; what it tells goes to `lines`.
pub(super) async fn run(agent: Arc<dyn Agent>, job: Job, delay: Delay, lines: mpsc::Sender<Line>) -> Outcome {
    let span = tracing::error_span!(
        "agent",
        otel.name = agent.name(),
        agent = agent.name(),
        transaction_id = job.transaction_id,
        otel.kind = "server",
    );
    traces::adopt(&span, job.traceparent.as_deref());
    work(agent, job, delay, lines).instrument(span).await
}

async fn work(agent: Arc<dyn Agent>, job: Job, delay: Delay, lines: mpsc::Sender<Line>) -> Outcome {
    let began = Instant::now();
    let progress = Progress::new(agent.name(), &job.transaction_id, lines);
    let tasks = agent.tasks();
    let count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    let pace = delay::pace(&delay, &job.transaction_id, agent.delay_twentieths(), count);
    let mut steps = Steps { pace, began, tasks, next: 1, task: 0, progress: &progress };
    progress.event(EventType::AgentStarted, format!("{} started", agent.name())).await;
    progress.event(EventType::TaskStarted, first(tasks)).await;
    // Most of the delay passes before the work, as with a model that thinks; the rest after it.
    steps.until(pace.steps * 3 / 4).await;
    let work_began = Instant::now();
    let result = agent.run(&job, &progress).await;
    let work = work_began.elapsed();
    match &result {
        Ok(_) => {
            steps.until(pace.steps).await;
            progress.event(EventType::TaskCompleted, steps.current()).await;
            progress.fraction(1.0).await;
            progress.event(EventType::AgentCompleted, format!("{} completed", agent.name())).await;
        }
        Err(error) => progress.event(EventType::Error, error.message.clone()).await,
    }
    Outcome { result, work, total: began.elapsed() }
}

fn first(tasks: &'static [&'static str]) -> &'static str {
    tasks.first().copied().unwrap_or_default()
}

/// The steps of a delay, told as they are taken.
struct Steps<'a> {
    pace: Pace,
    began: Instant,
    tasks: &'static [&'static str],
    /// The next step, from 1.
    next: u32,
    /// The task under way.
    task: usize,
    progress: &'a Progress,
}

impl Steps<'_> {
    fn current(&self) -> &'static str {
        self.tasks.get(self.task).copied().unwrap_or_default()
    }

    /// Takes the steps up to `last`.
    async fn until(&mut self, last: u32) {
        while self.next <= last {
            let share = f64::from(self.next) / f64::from(self.pace.steps);
            tokio::time::sleep_until(self.began + self.pace.total.mul_f64(share)).await;
            if self.pace.long_messages {
                let text = format!("{} step {} of {}", self.current(), self.next, self.pace.steps);
                self.progress.event(EventType::TaskCompleted, delay::long_message(&text)).await;
            }
            self.progress.fraction(share).await;
            self.enter(share).await;
            self.next += 1;
        }
    }

    /// Goes on to the task that `share` of the stage falls into.
    async fn enter(&mut self, share: f64) {
        // Not rounded: the last task begins before the end.
        while self.task + 1 < self.tasks.len() && share < 1.0 {
            let due = (self.task + 1) as f64 / self.tasks.len() as f64;
            if share + 1e-9 < due {
                return;
            }
            self.progress.event(EventType::TaskCompleted, self.current()).await;
            self.task += 1;
            self.progress.event(EventType::TaskStarted, self.current()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::agents::Event;
    use crate::config::DelayProfile;

    #[derive(Debug)]
    struct Quick;

    impl Agent for Quick {
        fn name(&self) -> &'static str {
            "quick"
        }

        fn tasks(&self) -> &'static [&'static str] {
            &["First...", "Second...", "Third..."]
        }

        fn delay_twentieths(&self) -> u32 {
            8
        }

        fn run<'a>(&'a self, job: &'a Job, _: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
            async move {
                if job.input.is_null() { Ok(json!(1)) } else { Err(TierError::new("QUERY_FAILED", "no")) }
            }
            .boxed()
        }
    }

    async fn told(profile: DelayProfile, input: Value) -> (Vec<Line>, Map<String, Value>, Duration) {
        let job = serde_json::from_value(json!({
            "transaction_id": "txn_1", "task": { "query": "q" }, "input": input,
            "database_context": { "database": "financial_db" },
        }))
        .unwrap();
        let (sender, mut received) = mpsc::channel(1_000);
        let began = Instant::now();
        let outcome = run(Arc::new(Quick), job, Delay { profile, ..Delay::default() }, sender).await;
        let took = began.elapsed();
        let mut lines = Vec::new();
        while let Some(line) = received.recv().await {
            lines.push(line);
        }
        (lines, outcome.object(), took)
    }

    fn events(lines: &[Line]) -> Vec<&Event> {
        lines
            .iter()
            .filter_map(|line| if let Line::Event(event) = line { Some(event) } else { None })
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn capacity_tells_8_long_messages_in_12_seconds() {
        let (lines, outcome, took) = told(DelayProfile::Capacity, Value::Null).await;
        assert_eq!(events(&lines).iter().filter(|event| event.message.len() == 1_024).count(), 8);
        assert_eq!(took.as_secs(), 12);
        assert_eq!(outcome["status"], "completed");
    }

    #[tokio::test(start_paused = true)]
    async fn every_task_begins_and_ends_in_order_and_the_share_never_falls() {
        for profile in [DelayProfile::Typical, DelayProfile::Measured, DelayProfile::Scaled] {
            let (lines, _, _) = told(profile, Value::Null).await;
            let tasks: Vec<(EventType, &str)> =
                events(&lines).iter().map(|event| (event.event_type, event.message.as_str())).collect();
            let expected = [
                (EventType::AgentStarted, "quick started"),
                (EventType::TaskStarted, "First..."),
                (EventType::TaskCompleted, "First..."),
                (EventType::TaskStarted, "Second..."),
                (EventType::TaskCompleted, "Second..."),
                (EventType::TaskStarted, "Third..."),
                (EventType::TaskCompleted, "Third..."),
                (EventType::AgentCompleted, "quick completed"),
            ];
            assert_eq!(tasks, expected, "{profile:?}");
            let shares: Vec<f64> = lines
                .iter()
                .filter_map(|line| if let Line::Fraction(share) = line { Some(*share) } else { None })
                .collect();
            assert!(shares.is_sorted() && shares.len() >= 3 && shares.last() == Some(&1.0), "{shares:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_delay_nothing_waits_and_a_failure_is_told() {
        let (lines, outcome, took) = told(DelayProfile::None, json!("fail")).await;
        assert_eq!(took, Duration::ZERO);
        assert_eq!(events(&lines).last().map(|event| event.event_type), Some(EventType::Error));
        assert_eq!(outcome["status"], "failed");
        assert_eq!(outcome["error"]["code"], "QUERY_FAILED");
    }
}
