//! One run on its way through the stages.

use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument as _, Span};

use super::agent::{AgentCall, AgentClient};
use super::batch::{PartialBounds, Partials};
use super::line::{AgentLine, BeliefState};
use super::made::Made;
use super::progress::Tracker;
use super::reply;
use super::stages::Definition;
use crate::agents::{Role, Stage};
use crate::config::Config;
use crate::observe::{Metrics, traces};
use crate::sessions::{Phase, RunHandle, Turn};
use crate::wire::error::Failure;
use crate::wire::server::{QueryResult, RunStatus};

/// The stages of one run.
pub(super) struct Steps<'a> {
    config: &'a Config,
    agents: &'a AgentClient,
    metrics: &'a Metrics,
    run: &'a RunHandle,
    definition: &'a Definition,
    tracker: Tracker,
    partials: Partials,
    timings: IndexMap<String, f64>,
    /// What was told last of what an agent is after.
    belief: Option<BeliefState>,
}

/// Body of a call to an agent.
#[derive(Serialize)]
struct Execute<'a> {
    transaction_id: &'a str,
    session_id: &'a str,
    task: Task<'a>,
    input: Option<&'a RawValue>,
    database_context: ContextOf<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
}

#[derive(Serialize)]
struct Task<'a> {
    query: &'a str,
    max_rows: u64,
    stream: bool,
    #[serde(skip_serializing_if = "<[Turn]>::is_empty")]
    turns: &'a [Turn],
}

#[derive(Serialize)]
struct ContextOf<'a> {
    database: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tables: Option<&'a [String]>,
}

impl<'a> Steps<'a> {
    /// The stages of `run`, none begun.
    pub(super) fn new(
        config: &'a Config,
        agents: &'a AgentClient,
        metrics: &'a Metrics,
        definition: &'a Definition,
        run: &'a RunHandle,
    ) -> Self {
        let statistics = Arc::clone(&definition.statistics);
        let interval = config.timers.progress_interval;
        let bounds = PartialBounds { rows: config.limits.partial_rows, bytes: config.limits.partial_bytes };
        Self {
            config,
            agents,
            metrics,
            run,
            definition,
            tracker: Tracker::new(run.id.clone(), &definition.stages, statistics, interval),
            partials: Partials::new(run.id.clone(), bounds),
            timings: IndexMap::new(),
            belief: None,
        }
    }

    /// Takes the run through its stages to its end.
    pub(super) async fn run(mut self) {
        match self.all().await {
            Ok((result, title)) => {
                if self.run.spec.chat.is_some() {
                    let message = reply::words(&title, &result);
                    self.run.complete_chat(message, result);
                } else {
                    self.run.complete(&result);
                }
            }
            Err(failure) => {
                self.run.fail_with(failure, self.tracker.take_events());
            }
        }
    }

    async fn all(&mut self) -> Result<(QueryResult, String), Failure> {
        let mut made = Made::default();
        let mut input: Option<Box<RawValue>> = None;
        let definition: &'a Definition = self.definition;
        for (at, stage) in definition.stages.iter().enumerate() {
            self.hold().await;
            let began = Instant::now();
            let span = tracing::error_span!(
                "stage",
                otel.name = stage.agent,
                stage = stage.agent,
                otel.kind = "client"
            );
            let output = self.stage(at, stage, input.as_deref()).instrument(span).await;
            self.metrics.calls.with(stage.agent).record(began.elapsed());
            let output = match output {
                Ok(output) => output,
                Err(failure) => {
                    self.metrics.calls_failed.with(stage.agent).increment();
                    self.tracker.fail();
                    self.tell_last();
                    return Err(failure);
                }
            };
            input = Some(made.take(stage, output, self.config.limits.result_bytes)?);
            if let (Role::Fetch, true, Some(data)) = (stage.role, self.run.spec.stream, &made.data)
                && let Some(last) = self.partials.finish(&data.columns)
            {
                self.run.partial(&last);
            }
        }
        self.tell_last();
        self.result(made)
    }

    /// Waits while the run is paused.
    async fn hold(&mut self) {
        let mut phase = self.run.phase.clone();
        if matches!(*phase.borrow(), Phase::Paused) {
            // Who looks at a paused query sees how far it came.
            if let Some(due) = self.tracker.due() {
                tokio::select! {
                    () = sleep_until(due) => self.tell(),
                    _ = phase.wait_for(|phase| !matches!(phase, Phase::Paused)) => {}
                }
            }
        }
        // A closed channel means that the run is over, which ends this task too.
        let _ = phase.wait_for(|phase| !matches!(phase, Phase::Paused)).await;
    }

    fn tell(&mut self) {
        self.run.progress(&self.tracker.tell());
    }

    /// Sends what was held back, if it may be sent now: the end waits for nothing.
    fn tell_last(&mut self) {
        if let Some(update) = self.tracker.tell_last() {
            self.run.progress(&update);
        }
    }

    async fn stage(
        &mut self,
        at: usize,
        stage: &Stage,
        input: Option<&RawValue>,
    ) -> Result<Box<RawValue>, Failure> {
        self.tracker.begin(at);
        let deadline = Instant::now() + self.config.timers.request_timeout;
        let mut call = self.begin(stage, input, deadline).await?;
        loop {
            let due = self.tracker.due();
            let line = tokio::select! {
                line = call.next() => line?,
                () = sleep_until(due.unwrap_or(deadline)), if due.is_some() => {
                    self.tell();
                    continue;
                }
                () = sleep_until(deadline) => return Err(call.timed_out()),
            };
            match line {
                AgentLine::Event(event) => self.tracker.event(event),
                AgentLine::Fraction(fraction) => self.tracker.fraction(fraction),
                AgentLine::Partial { columns, rows } => {
                    if self.tracker.is_first() {
                        self.tell();
                    }
                    for partial in self.partials.add(columns, rows) {
                        self.run.partial(&partial);
                    }
                }
                AgentLine::Belief(belief) => self.believe(belief),
                AgentLine::Completed(output) => {
                    let took = self.tracker.complete();
                    if self.tracker.is_first() {
                        self.tell();
                    }
                    self.metrics.stages.with(stage.agent).record(took);
                    let millis = (took.as_secs_f64() * 1e6).round() / 1e3;
                    self.timings.insert(stage.agent.to_owned(), millis);
                    return Ok(output);
                }
                AgentLine::Failed(failure) => return Err(failure),
            }
        }
    }

    /// Tells what an agent is after, when that changed.
    fn believe(&mut self, belief: BeliefState) {
        if self.belief.as_ref() != Some(&belief) {
            self.run.belief(&belief);
            self.belief = Some(belief);
        }
    }

    /// Calls the agent of a stage; what is due meanwhile is told.
    async fn begin(
        &mut self,
        stage: &Stage,
        input: Option<&RawValue>,
        deadline: Instant,
    ) -> Result<AgentCall, Failure> {
        let agents = self.agents;
        let mut call = std::pin::pin!(agents.call(stage.agent, self.body(input)?, deadline));
        loop {
            let due = self.tracker.due();
            tokio::select! {
                biased;
                begun = &mut call => return begun,
                () = sleep_until(due.unwrap_or(deadline)), if due.is_some() => self.tell(),
            }
        }
    }

    fn body(&self, input: Option<&RawValue>) -> Result<Bytes, Failure> {
        let spec = &self.run.spec;
        let body = Execute {
            transaction_id: self.run.id.as_str(),
            session_id: self.run.session_id().as_str(),
            task: Task {
                query: &spec.text,
                max_rows: spec.max_rows,
                stream: spec.stream,
                turns: spec.chat.as_deref().unwrap_or_default(),
            },
            input,
            database_context: ContextOf {
                database: &spec.context.database,
                tables: spec.context.tables.as_deref(),
            },
            traceparent: traces::carried(&Span::current()),
        };
        serde_json::to_vec(&body).map(Bytes::from).map_err(|error| Failure::internal(&error))
    }

    fn result(&mut self, made: Made) -> Result<(QueryResult, String), Failure> {
        let missing = || Failure::internal(&"a stage left out its part of the result");
        let data = made.data.ok_or_else(missing)?;
        let visualization = made.visualization.ok_or_else(missing)?;
        if let Some(millis) = data.sql_ms {
            self.timings.insert("sql".to_owned(), millis);
        }
        let returned = if self.run.spec.stream { self.partials.total() } else { data.rows.len() as u64 };
        let result = QueryResult {
            transaction_id: self.run.id.clone(),
            status: RunStatus::Completed,
            sql: data.sql.unwrap_or(made.sql),
            columns: data.columns,
            rows: if self.run.spec.stream { Vec::new() } else { data.rows },
            row_count: returned,
            truncated: data.truncated,
            visualization,
            timings_ms: self.timings.clone(),
            database_context: self.run.spec.context.clone(),
            translator: made.translator,
            report: made.report,
            progress_events: self.tracker.take_events(),
        };
        Ok((result, data.title))
    }
}
