//! Runs: one execution of a question. All changes of state happen under the lock of the session, so that of a
//! cancel and a completion one comes first and the other finds it finished.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::chat::Turn;
use super::client::Client;
use super::registry::Rules;
use super::session::{Session, State, send};
use crate::wire::client::{Action, Command};
use crate::wire::encode::{Audience, Message};
use crate::wire::error::{Code, Failure};
use crate::wire::events::EventName;
use crate::wire::identity::{ClientId, Id, Ids, TransactionId};
use crate::wire::notices::BeliefChanged;
use crate::wire::server::{
    ChatReply, CommandResult, PartialResult, ProgressEvent, ProgressUpdate, QueryAccepted, QueryCancelled,
    QueryResult, RunStatus, ServerMessage, TerminalError, TransactionBrief, UsedContext,
};

/// What is asked, checked and complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySpec {
    /// The question.
    pub text: String,
    /// Whether rows come as `partial_result`.
    pub stream: bool,
    /// Most rows.
    pub max_rows: u64,
    /// Name of the workflow that answers it.
    pub workflow: String,
    /// The turns before it, of a chat.
    pub chat: Option<Vec<Turn>>,
    /// Database to ask.
    pub context: UsedContext,
    /// Place in the client's trace.
    pub traceparent: Option<String>,
}

/// What those who wait for a run see of it.
#[derive(Debug, Clone)]
pub enum Phase {
    /// Waiting for its turn, or at work.
    Running,
    /// Held before its next stage.
    Paused,
    /// Over, with this terminal message.
    Finished(Message),
}

impl Phase {
    /// Name of the terminal message; `running` before the end.
    #[must_use]
    pub const fn terminal_name(&self) -> &'static str {
        match self {
            Self::Finished(message) => message.name(),
            Self::Running | Self::Paused => "running",
        }
    }
}

pub(super) struct Run {
    pub(super) id: TransactionId,
    pub(super) ids: Ids,
    spec: Arc<QuerySpec>,
    pub(super) status: RunStatus,
    pub(super) percent: u8,
    askers: Vec<Asker>,
    accepted_at: Instant,
    finished_at: Option<Instant>,
    /// Kept for those who ask the same again, and for those who ask for it by request.
    pub(super) terminal: Option<Message>,
    /// Its newest progress update; kept after the end only where `kept`.
    pub(super) told: Option<Message>,
    /// Whether somebody is going to ask for it by request.
    pub(super) kept: bool,
    /// `None` once it is over: those who wait read the last value of a channel that is closed too.
    phase: Option<watch::Sender<Phase>>,
}

struct Asker {
    client: ClientId,
    agent: Option<Box<str>>,
}

/// A run from the side of the workflow that does the work.
pub struct RunHandle {
    session: Arc<Session>,
    /// Its id.
    pub id: TransactionId,
    /// What is asked.
    pub spec: Arc<QuerySpec>,
    /// Pauses, and the end.
    pub phase: watch::Receiver<Phase>,
}

/// What became of a question.
pub enum Begun<T> {
    /// A new run, with what admitted it.
    New(RunHandle, T),
    /// The same was asked before: its terminal message will be, or is, in here.
    Duplicate(TransactionId, watch::Receiver<Phase>),
}

impl Session {
    /// Accepts a question, or recognizes one that was asked before. `admit` is called only for a new one and
    /// says its place in the queue, if it has to wait.
    ///
    /// # Errors
    /// `INVALID_MESSAGE` when the `query_id` stood for another text; whatever `admit` refuses.
    pub fn begin<T>(
        self: &Arc<Self>,
        ids: &Ids,
        spec: QuerySpec,
        asker: Option<&Arc<dyn Client>>,
        admit: impl FnOnce() -> Result<(Option<usize>, T), Failure>,
    ) -> Result<Begun<T>, Failure> {
        let mut state = self.lock();
        if state.closed {
            return Err(super::session::expired());
        }
        let now = Instant::now();
        state.touched = now;
        state.forget(now, &self.rules);
        if let Some(at) = ids.query_id.as_ref().and_then(|id| state.same(id, now, &self.rules)) {
            let phase = state.duplicate(at, ids, &spec, asker)?;
            return Ok(Begun::Duplicate(state.runs[at].id.clone(), phase));
        }
        let (queue_position, admitted) = admit()?;
        let handle =
            self.start(&mut state, ids, Arc::new(spec), asker, queue_position, TransactionId::random());
        Ok(Begun::New(handle, admitted))
    }

    fn start(
        self: &Arc<Self>,
        state: &mut State,
        ids: &Ids,
        spec: Arc<QuerySpec>,
        asker: Option<&Arc<dyn Client>>,
        queue_position: Option<usize>,
        id: TransactionId,
    ) -> RunHandle {
        let (phase, watched) = watch::channel(Phase::Running);
        let askers = asker.map(|client| state.asker(client)).into_iter().collect();
        let status = if queue_position.is_some() { RunStatus::Queued } else { RunStatus::Running };
        state.runs.push(Run {
            id: id.clone(),
            ids: ids.clone(),
            spec: Arc::clone(&spec),
            status,
            percent: 0,
            askers,
            accepted_at: Instant::now(),
            finished_at: None,
            terminal: None,
            told: None,
            kept: false,
            phase: Some(phase),
        });
        let accepted = QueryAccepted { transaction_id: id.clone(), queue_position, duplicate: false };
        let at = state.runs.len() - 1;
        state.publish(self, at, EventName::QueryResult, true, &accepted);
        RunHandle { session: Arc::clone(self), id, spec, phase: watched }
    }

    /// Does what a client commands, and answers it. A retry gives the new run.
    ///
    /// # Errors
    /// `NOT_FOUND` for a transaction that is not of this session; `QUERY_REJECTED` for the retry of one that
    /// is not finished; whatever `admit` refuses.
    pub fn command<T>(
        self: &Arc<Self>,
        command: &Command,
        ids: &Ids,
        client: &Arc<dyn Client>,
        admit: impl FnOnce(&QuerySpec) -> Result<(Option<usize>, T), Failure>,
    ) -> Result<Option<(RunHandle, T)>, Failure> {
        let mut state = self.lock();
        let at = state.find(&command.transaction_id).ok_or_else(not_found)?;
        let answer = |status, new_transaction_id| CommandResult {
            action: command.action,
            transaction_id: TransactionId::clone(&state.runs[at].id),
            status,
            new_transaction_id,
        };
        let reply = |body: &CommandResult| send(client, &Message::new(ids, body), Audience::Other);
        let finished = state.runs[at].is_final();
        match command.action {
            Action::Retry if finished => {
                let (queue_position, admitted) = admit(&state.runs[at].spec)?;
                let id = TransactionId::random();
                reply(&answer(RunStatus::Retrying, Some(id.clone())));
                let spec = Arc::clone(&state.runs[at].spec);
                let handle = self.start(&mut state, ids, spec, Some(client), queue_position, id);
                return Ok(Some((handle, admitted)));
            }
            Action::Retry => return Err(Failure::rejected("not_finished", "this query has not finished")),
            _ if finished => reply(&answer(state.runs[at].status, None)),
            Action::Cancel => {
                reply(&answer(RunStatus::Cancelled, None));
                self.cancel(&mut state, at);
            }
            Action::Pause => {
                reply(&answer(RunStatus::Paused, None));
                state.runs[at].hold(true);
            }
            Action::Resume => {
                reply(&answer(RunStatus::Running, None));
                state.runs[at].hold(false);
            }
        }
        Ok(None)
    }

    /// Whether a transaction is one of this session's that `client` asked.
    #[must_use]
    pub fn is_asker(&self, transaction_id: &str, client: &ClientId) -> bool {
        let state = self.lock();
        state.find(transaction_id).is_some_and(|at| state.runs[at].is_asker(client))
    }

    /// Whether `client` waits for anything here.
    #[must_use]
    pub fn is_waiting(&self, client: &ClientId) -> bool {
        self.lock().runs.iter().any(|run| !run.is_final() && run.is_asker(client))
    }

    fn cancel(&self, state: &mut State, at: usize) {
        let body = QueryCancelled { transaction_id: state.runs[at].id.clone(), status: RunStatus::Cancelled };
        self.finish(state, at, RunStatus::Cancelled, &body);
    }

    pub(super) fn cancel_all(&self, state: &mut State) {
        for at in 0..state.runs.len() {
            if !state.runs[at].is_final() {
                self.cancel(state, at);
            }
        }
    }

    fn finish<M: ServerMessage>(&self, state: &mut State, at: usize, status: RunStatus, body: &M) {
        let event = if M::NAME == ChatReply::NAME { EventName::Chat } else { EventName::QueryResult };
        let message = state.publish(self, at, event, true, body);
        let run = &mut state.runs[at];
        run.status = status;
        run.finished_at = Some(Instant::now());
        run.terminal = (run.kept || run.ids.query_id.is_some()).then(|| message.clone());
        if !run.kept {
            run.told = None;
        }
        if status == RunStatus::Completed {
            run.percent = 100;
        }
        if let Some(phase) = run.phase.take() {
            phase.send_replace(Phase::Finished(message));
        }
        state.touched = Instant::now();
    }
}

fn not_found() -> Failure {
    Failure::new(Code::NotFound, "no such transaction")
}

impl RunHandle {
    /// Its turn has come.
    pub fn started(&self) {
        self.change(|_, state, at| {
            if state.runs[at].status == RunStatus::Queued {
                state.runs[at].status = RunStatus::Running;
            }
        });
    }

    /// Publishes progress; false if the run is over.
    pub fn progress(&self, update: &ProgressUpdate) -> bool {
        self.change(|session, state, at| {
            state.runs[at].percent = update.percent;
            let told = state.publish(session, at, EventName::ProgressUpdate, false, update);
            state.runs[at].told = Some(told);
        })
    }

    /// Publishes rows; false if the run is over.
    pub fn partial(&self, rows: &PartialResult) -> bool {
        self.change(|session, state, at| {
            state.publish(session, at, EventName::PartialResult, false, rows);
        })
    }

    /// Tells those of the session who subscribed what an agent is after; that is no event of the session.
    pub fn belief(&self, belief: &impl Serialize) -> bool {
        self.change(|_, state, at| {
            let transaction_id = state.runs[at].id.clone();
            let body = BeliefChanged { transaction_id: &transaction_id, belief };
            state.tell(at, EventName::BeliefState, &body);
        })
    }

    /// Ends it with a result; false if it was over before.
    pub fn complete(&self, result: &QueryResult) -> bool {
        self.change(|session, state, at| session.finish(state, at, RunStatus::Completed, result))
    }

    /// Ends a turn of a chat with its reply, which the next turn is read with; false if it was over before.
    pub fn complete_chat(&self, message: String, result: QueryResult) -> bool {
        let turn = Turn { question: self.spec.text.clone(), sql: result.sql.clone(), reply: message.clone() };
        let body = ChatReply { message, result };
        self.change(|session, state, at| {
            session.finish(state, at, RunStatus::Completed, &body);
            state.turns.add(turn, session.rules.chat_turns);
        })
    }

    /// Ends it with an error; false if it was over before.
    pub fn fail(&self, failure: Failure) -> bool {
        self.fail_with(failure, Vec::new())
    }

    /// The same with the progress events that no update has told.
    pub fn fail_with(&self, failure: Failure, progress_events: Vec<ProgressEvent>) -> bool {
        let body = TerminalError { transaction_id: self.id.clone(), failure, progress_events };
        self.change(|session, state, at| session.finish(state, at, RunStatus::Failed, &body))
    }

    /// Its session.
    #[must_use]
    pub const fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Name of its session.
    #[must_use]
    pub fn session_id(&self) -> &crate::wire::identity::SessionId {
        self.session.id()
    }

    fn change(&self, change: impl FnOnce(&Session, &mut State, usize)) -> bool {
        let mut state = self.session.lock();
        match state.find(self.id.as_str()) {
            Some(at) if !state.runs[at].is_final() => {
                change(&self.session, &mut state, at);
                true
            }
            _ => false,
        }
    }
}

impl State {
    pub(super) fn find(&self, transaction_id: &str) -> Option<usize> {
        self.runs.iter().rposition(|run| run.id.as_str() == transaction_id)
    }

    fn same(&self, query_id: &Id, now: Instant, rules: &Rules) -> Option<usize> {
        self.runs.iter().rposition(|run| {
            run.ids.query_id.as_ref() == Some(query_id)
                && now.duration_since(run.accepted_at) < rules.dedup_window
        })
    }

    fn asker(&self, client: &Arc<dyn Client>) -> Asker {
        let member = self.members.iter().find(|member| member.client.client_id() == client.client_id());
        Asker {
            client: client.client_id().clone(),
            agent: member.and_then(|member| member.agent().map(Box::from)),
        }
    }

    fn duplicate(
        &mut self,
        at: usize,
        ids: &Ids,
        spec: &QuerySpec,
        asker: Option<&Arc<dyn Client>>,
    ) -> Result<watch::Receiver<Phase>, Failure> {
        let known = &self.runs[at].spec;
        if known.text != spec.text || known.chat.is_some() != spec.chat.is_some() {
            return Err(Failure::invalid("this query_id stands for another query"));
        }
        let new_asker = asker.map(|client| self.asker(client));
        let run = &mut self.runs[at];
        if let (Some(client), Some(new_asker)) = (asker, new_asker) {
            let accepted =
                QueryAccepted { transaction_id: run.id.clone(), queue_position: None, duplicate: true };
            send(client, &Message::new(ids, &accepted), Audience::Other);
            if !run.is_asker(client.client_id()) {
                run.askers.push(new_asker);
            }
            if let Some(terminal) = &run.terminal {
                send(client, terminal, Audience::Asker);
            }
        }
        Ok(match (&run.phase, &run.terminal) {
            (Some(phase), _) => phase.subscribe(),
            (None, Some(terminal)) => watch::channel(Phase::Finished(terminal.clone())).1,
            // Can't be: a finished run with a query_id keeps its terminal message. The waiter sees a closed channel.
            (None, None) => watch::channel(Phase::Running).1,
        })
    }
}

impl Run {
    pub(super) const fn is_final(&self) -> bool {
        self.status.is_final()
    }

    pub(super) fn is_asker(&self, client: &ClientId) -> bool {
        self.askers.iter().any(|asker| asker.client == *client)
    }

    pub(super) fn hand_over(&mut self, agent: &str, successor: &ClientId) {
        for asker in &mut self.askers {
            if asker.agent.as_deref() == Some(agent) {
                asker.client = successor.clone();
            }
        }
    }

    pub(super) fn brief(&self) -> TransactionBrief {
        TransactionBrief {
            transaction_id: self.id.clone(),
            query_id: self.ids.query_id.clone(),
            status: self.status,
            percent: self.percent,
        }
    }

    pub(super) fn is_forgotten(&self, now: Instant, rules: &Rules) -> bool {
        let deduplicates =
            self.ids.query_id.is_some() && now.duration_since(self.accepted_at) < rules.dedup_window;
        !deduplicates && self.finished_at.is_some_and(|at| now.duration_since(at) >= rules.transaction_memory)
    }

    fn hold(&mut self, paused: bool) {
        self.status = if paused { RunStatus::Paused } else { RunStatus::Running };
        if let Some(phase) = &self.phase {
            phase.send_replace(if paused { Phase::Paused } else { Phase::Running });
        }
    }
}
