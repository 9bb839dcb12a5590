//! Runs queries: accepts them, takes them through their stages, and ends each with exactly one message.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::admission::{Admission, Ticket};
use super::agent::{AgentAddresses, AgentClient};
use super::question;
use super::stages::Workflows;
use super::steps::Steps;
use super::transactions::Transactions;
use crate::config::Config;
use crate::doors::tokens::{Permissions, Right};
use crate::observe::{Metrics, SessionTag, traces};
use crate::sessions::{Begun, Client, Phase, QuerySpec, RunHandle, Session};
use crate::wire::client::{Command, Query};
use crate::wire::error::Failure;
use crate::wire::identity::{Ids, TransactionId};

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

    /// Accepts a question of somebody with these permissions.
    ///
    /// # Errors
    /// Whatever refuses a question before it is accepted: its text, its database, its `query_id`, what its asker
    /// may not do, a full queue, a server that is going away.
    pub fn ask(
        self: &Arc<Self>,
        session: &Arc<Session>,
        ids: &Ids,
        query: Query,
        asker: Option<&Arc<dyn Client>>,
        permissions: &Permissions,
    ) -> Result<Asked, Failure> {
        permissions.require(Right::Query)?;
        let chat = query.chat.then(|| session.turns());
        let mut spec = question::check(&self.config, &self.definitions, query, &session.contexts())?;
        spec.chat = chat;
        question::permit(permissions, &spec)?;
        match session.begin(ids, spec, asker, || self.admit())? {
            Begun::New(run, ticket) => {
                let asked = Asked { id: run.id.clone(), phase: run.phase.clone() };
                self.spawn(run, ticket);
                Ok(asked)
            }
            Begun::Duplicate(id, phase) => Ok(Asked { id, phase }),
        }
    }

    /// Does what a client with these permissions commands to a query of `session`.
    ///
    /// # Errors
    /// `FORBIDDEN`, and as [`Session::command`].
    pub fn command(
        self: &Arc<Self>,
        session: &Arc<Session>,
        ids: &Ids,
        command: &Command,
        client: &Arc<dyn Client>,
        permissions: &Permissions,
    ) -> Result<(), Failure> {
        permissions.require(Right::Command)?;
        let again = |spec: &QuerySpec| question::permit(permissions, spec).and_then(|()| self.admit());
        if let Some((run, ticket)) = session.command(command, ids, client, again)? {
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
        let context = &run.spec.context;
        tracing::info!(
            transaction_id = %run.id, source = context.source.as_str(),
            "Using database context: {}", context.database
        );
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
        Steps::new(&self.config, &self.agents, &self.metrics, definition, run).run().await;
    }
}
