//! Runs queries: accepts them, takes them through their stages, and ends each with exactly one message.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::FutureExt;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use super::admission::{Admission, Ticket};
use super::agent::{AgentAddresses, AgentCall, AgentClient};
use super::batch::{PartialBounds, Partials, cut};
use super::line::{AgentLine, BeliefState, DataOutput, NlpOutput, ReportOutput, VizOutput};
use super::progress::Tracker;
use super::question;
use super::stages::{Definition, Workflows};
use super::transactions::Transactions;
use crate::agents::{Role, Stage};
use crate::config::Config;
use crate::observe::{Metrics, SessionTag, traces};
use crate::sessions::{Begun, Client, Phase, RunHandle, Session};
use crate::wire::client::{Command, Query};
use crate::wire::error::Failure;
use crate::wire::identity::{Ids, TransactionId};
use crate::wire::server::{QueryResult, RunStatus};

/// Runs queries.
pub struct Workflow {
    config: Arc<Config>,
    agents: AgentClient,
    definitions: Workflows,
    admission: Admission,
    metrics: Arc<Metrics>,
    draining: AtomicBool,
    tasks: TaskTracker,
    transactions: Transactions,
}

/// A question that was accepted, now or before.
#[derive(Debug)]
pub struct Asked {
    /// Its transaction.
    pub id: TransactionId,
    /// Sees its end.
    pub phase: watch::Receiver<Phase>,
}

impl Workflow {
    /// A workflow over the agents at `addresses`.
    #[must_use]
    pub fn new(config: Arc<Config>, metrics: Arc<Metrics>, addresses: AgentAddresses) -> Self {
        Self {
            agents: AgentClient::new(&config, addresses),
            // Checked with the configuration, before anything is served.
            definitions: Workflows::new(&config.workflows).unwrap_or_else(|_| Workflows::built_in()),
            admission: Admission::new(config.limits.max_running_queries, config.limits.max_queued_queries),
            metrics,
            draining: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            transactions: Transactions::new(config.timers.transaction_memory),
            config,
        }
    }

    /// The agents it calls.
    #[must_use]
    pub fn agents(&self) -> &AgentClient {
        &self.agents
    }

    /// Agents of all workflows, each once, in the order of the stages.
    #[must_use]
    pub fn agent_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for workflow in self.definitions.names() {
            for stage in self.definitions.get(workflow).iter().flat_map(|definition| &definition.stages) {
                if !names.iter().any(|name| name == stage.agent) {
                    names.push(stage.agent.to_owned());
                }
            }
        }
        names
    }

    /// Whose session a transaction is in.
    #[must_use]
    pub fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    /// Bounds and numbers of running and waiting queries.
    #[must_use]
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Accepts a question.
    ///
    /// # Errors
    /// Whatever refuses a question before it is accepted: its text, its database, its `query_id`, a full queue,
    /// a server that is going away.
    pub fn ask(
        self: &Arc<Self>,
        session: &Arc<Session>,
        ids: &Ids,
        query: Query,
        asker: Option<&Arc<dyn Client>>,
    ) -> Result<Asked, Failure> {
        let spec = question::check(&self.config, &self.definitions, query)?;
        match session.begin(ids, spec, asker, || self.admit())? {
            Begun::New(run, ticket) => {
                let asked = Asked { id: run.id.clone(), phase: run.phase.clone() };
                self.spawn(run, ticket);
                Ok(asked)
            }
            Begun::Duplicate(id, phase) => Ok(Asked { id, phase }),
        }
    }

    /// Does what a client commands to a query of `session`.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub fn command(
        self: &Arc<Self>,
        session: &Arc<Session>,
        ids: &Ids,
        command: &Command,
        client: &Arc<dyn Client>,
    ) -> Result<(), Failure> {
        if let Some((run, ticket)) = session.command(command, ids, client, || self.admit())? {
            self.spawn(run, ticket);
        }
        Ok(())
    }

    /// Accepts nothing more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.tasks.close();
    }

    /// Waits until what was accepted has ended; only after [`Workflow::drain`].
    pub async fn idle(&self) {
        self.tasks.wait().await;
    }

    fn admit(&self) -> Result<(Option<usize>, Ticket), Failure> {
        if self.draining.load(Ordering::Acquire) {
            return Err(Failure::rejected("draining", "the server is shutting down"));
        }
        self.admission.enter()
    }

    fn spawn(self: &Arc<Self>, run: RunHandle, ticket: Ticket) {
        self.transactions.enter(&run.id, run.session());
        let workflow = Arc::clone(self);
        let span = tracing::error_span!(
            "query",
            transaction_id = run.id.as_str(),
            session = %SessionTag(run.session_id().as_str()),
            workflow = run.spec.workflow,
            otel.kind = "server",
        );
        traces::adopt(&span, run.spec.traceparent.as_deref());
        let life = async move {
            let began = Instant::now();
            let mut over = run.phase.clone();
            let work = Box::pin(AssertUnwindSafe(workflow.work(&run, ticket)).catch_unwind());
            tokio::select! {
                biased;
                _ = over.wait_for(|phase| matches!(phase, Phase::Finished(_))) => {}
                ended = work => {
                    if ended.is_err() {
                        workflow.metrics.panics.increment();
                        run.fail(Failure::internal(&"a workflow task panicked"));
                    }
                }
            }
            let ended = run.phase.borrow().terminal_name();
            workflow.metrics.queries.with(ended).record(began.elapsed());
        };
        self.tasks.spawn(life.instrument(span));
    }

    async fn work(&self, run: &RunHandle, ticket: Ticket) {
        let _ticket = ticket.turn().await;
        run.started();
        let Some(definition) = self.definitions.get(&run.spec.workflow) else {
            run.fail(Failure::internal(&format_args!("no workflow {}", run.spec.workflow)));
            return;
        };
        let interval = self.config.timers.progress_interval;
        let statistics = Arc::clone(&definition.statistics);
        let tracker = Tracker::new(run.id.clone(), &definition.stages, statistics, interval);
        let bounds =
            PartialBounds { rows: self.config.limits.partial_rows, bytes: self.config.limits.partial_bytes };
        let partials = Partials::new(run.id.clone(), bounds);
        let mut steps = Steps {
            workflow: self,
            run,
            definition,
            tracker,
            partials,
            timings: IndexMap::new(),
            belief: None,
        };
        match steps.all().await {
            Ok(result) => run.complete(&result),
            Err(failure) => run.fail_with(failure, steps.tracker.take_events()),
        };
    }
}

/// The stages of one run.
struct Steps<'a> {
    workflow: &'a Workflow,
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
}

#[derive(Serialize)]
struct ContextOf<'a> {
    database: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tables: Option<&'a [String]>,
}

/// What the stages have made so far.
#[derive(Default)]
struct Made {
    sql: String,
    data: Option<DataOutput>,
    visualization: Option<Box<RawValue>>,
    translator: Option<String>,
    report: Option<Box<RawValue>>,
}

impl<'a> Steps<'a> {
    async fn all(&mut self) -> Result<QueryResult, Failure> {
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
            self.workflow.metrics.calls.with(stage.agent).record(began.elapsed());
            let output = match output {
                Ok(output) => output,
                Err(failure) => {
                    self.workflow.metrics.calls_failed.with(stage.agent).increment();
                    self.tracker.fail();
                    self.tell_last();
                    return Err(failure);
                }
            };
            input = Some(made.take(stage, output, self.workflow.config.limits.result_bytes)?);
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
        let deadline = Instant::now() + self.workflow.config.timers.request_timeout;
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
                    self.workflow.metrics.stages.with(stage.agent).record(took);
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
        let workflow = self.workflow;
        let mut call = std::pin::pin!(workflow.agents.call(stage.agent, self.body(input)?, deadline));
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
            task: Task { query: &spec.text, max_rows: spec.max_rows, stream: spec.stream },
            input,
            database_context: ContextOf {
                database: &spec.context.database,
                tables: spec.context.tables.as_deref(),
            },
            traceparent: traces::carried(&Span::current()),
        };
        serde_json::to_vec(&body).map(Bytes::from).map_err(|error| Failure::internal(&error))
    }

    fn result(&mut self, made: Made) -> Result<QueryResult, Failure> {
        let missing = || Failure::internal(&"a stage left out its part of the result");
        let data = made.data.ok_or_else(missing)?;
        let visualization = made.visualization.ok_or_else(missing)?;
        let returned = if self.run.spec.stream { self.partials.total() } else { data.rows.len() as u64 };
        Ok(QueryResult {
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
        })
    }
}

impl Made {
    /// Keeps what the answer needs of a stage's output; gives what the next stage needs of it.
    fn take(&mut self, stage: &Stage, output: Box<RawValue>, most: usize) -> Result<Box<RawValue>, Failure> {
        let unreadable = |error: serde_json::Error| {
            Failure::internal(&format_args!("output of the {} agent: {error}", stage.agent))
        };
        match stage.role {
            Role::Translate => {
                let translated: NlpOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.sql = translated.sql;
                self.translator = translated.translator;
            }
            Role::Think => {}
            Role::Fetch => {
                let mut data: DataOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                // What is not answered need not be drawn.
                let cut = cut(&mut data.rows, most);
                data.truncated |= cut;
                let next = if cut { shortened(&output, &data).map_err(unreadable)? } else { output };
                self.data = Some(data);
                return Ok(next);
            }
            Role::Draw => {
                let drawn: VizOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.visualization = Some(drawn.visualization);
            }
            Role::Report => {
                let reported: ReportOutput = serde_json::from_str(output.get()).map_err(unreadable)?;
                self.visualization = Some(reported.visualization);
                self.report = Some(reported.report);
            }
        }
        Ok(output)
    }
}

/// The output with the rows that are left; whatever else the agent put out stays.
fn shortened(output: &RawValue, data: &DataOutput) -> Result<Box<RawValue>, serde_json::Error> {
    let mut fields: IndexMap<String, Box<RawValue>> = serde_json::from_str(output.get())?;
    fields.insert("rows".to_owned(), to_raw_value(&data.rows)?);
    fields.insert("truncated".to_owned(), to_raw_value(&data.truncated)?);
    to_raw_value(&fields)
}
