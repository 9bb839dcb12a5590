//! Events on their way: offset, history and delivery in one step, and replay for those who missed some.

use std::sync::Arc;

use tokio::time::Instant;

use super::registry::Rules;
use super::run::Run;
use super::session::{Join, Member, Resume, Session, State, send};
use crate::wire::client::ResumePoint;
use crate::wire::encode::{Audience, Message, Stamp};
use crate::wire::error::CloseCause;
use crate::wire::events::{EventMark, EventName};
use crate::wire::forms::Forms;
use crate::wire::identity::{ClientId, Ids, TransactionId};
use crate::wire::server::{ServerMessage, SessionSnapshot};

/// Resumes that a session remembers, to know which events reached their client after all.
const MAX_RESUMES: usize = 16;

/// One event on its way: who asked decides who gets it, and in which form.
struct Outgoing<'a> {
    message: &'a Message,
    mark: Arc<EventMark>,
    event: EventName,
    /// Accepted and terminal messages reach their asker whatever it subscribed to.
    always: bool,
}

impl State {
    /// Ends the connections that bear the same name, and makes the new one the asker of their queries.
    pub(super) fn supersede(&mut self, agent: &str, successor: &ClientId) {
        for run in &mut self.runs {
            run.hand_over(agent, successor);
        }
        self.members.retain(|member| {
            let same = member.agent_id.as_deref() == Some(agent) && member.client.client_id() != successor;
            if same {
                member.client.close(CloseCause::Superseded);
            }
            !same
        });
    }

    pub(super) fn replay(&mut self, join: &Join<'_>, point: &ResumePoint, ids: &Ids, rules: &Rules) {
        let client = join.client;
        let resumed = self.history.resume(point, Instant::now(), rules.bounds);
        send(client, &Message::new(ids, &resumed), Audience::Other);
        if resumed.recovered {
            self.note_resume(join.agent_id, point.offset);
        } else {
            send(client, &Message::new(ids, &self.snapshot()), Audience::Other);
        }
        let Some(from) = resumed.from else { return };
        for held in self.history.from(from) {
            let asked = held.transaction.as_ref().is_some_and(|id| self.asked(id, client.client_id()));
            let audience = held.message.audience(client.dialect(), asked);
            client.replay(&Forms::of(&held.message), audience);
        }
    }

    fn note_resume(&mut self, agent_id: Option<&str>, offset: u64) {
        if self.resumes.len() == MAX_RESUMES {
            self.resumes.pop_front();
        }
        self.resumes.push_back(Resume { agent_id: agent_id.map(Box::from), offset, at: Instant::now() });
    }

    fn asked(&self, transaction: &TransactionId, client: &ClientId) -> bool {
        self.runs.iter().any(|run| run.id == *transaction && run.is_asker(client))
    }

    pub(super) fn snapshot(&self) -> SessionSnapshot {
        let (finished, running) = self.runs.iter().partition::<Vec<_>, _>(|run| run.is_final());
        let briefs = |runs: Vec<&Run>| runs.into_iter().map(Run::brief).collect();
        SessionSnapshot { running: briefs(running), finished: briefs(finished) }
    }

    /// Gives an event its offset, keeps it, and hands it to everybody who should have it.
    pub(super) fn publish<M: ServerMessage>(
        &mut self,
        session: &Session,
        run: usize,
        event: EventName,
        always: bool,
        body: &M,
    ) -> Message {
        self.emit(session, Some(run), event, always, body)
    }

    /// An event of the session itself, which no question caused.
    pub(super) fn announce<M: ServerMessage>(&mut self, session: &Session, event: EventName, body: &M) {
        self.emit(session, None, event, false, body);
    }

    fn emit<M: ServerMessage>(
        &mut self,
        session: &Session,
        run: Option<usize>,
        event: EventName,
        always: bool,
        body: &M,
    ) -> Message {
        let stamp = Stamp {
            session_id: session.id.clone(),
            epoch: self.history.epoch().clone(),
            offset: self.history.top() + 1,
        };
        let run = run.map(|at| &self.runs[at]);
        let message = Message::event(run.map_or(&Ids::default(), |run| &run.ids), &stamp, body);
        let id = run.map(|run| run.id.clone());
        let made = Instant::now();
        self.history.push(message.clone(), id.clone(), made, session.rules.bounds);
        if self.saved.is_none() {
            session.save(self);
        }
        let mark = EventMark { session_id: stamp.session_id, offset: stamp.offset, name: message.name() };
        self.deliver(id.as_ref(), &Outgoing { message: &message, mark: Arc::new(mark), event, always });
        session.metrics.delivery.record(made.elapsed());
        message
    }

    /// Tells those who subscribed what is about a run and yet no event of the session.
    pub(super) fn tell<M: ServerMessage>(&self, run: usize, event: EventName, body: &M) {
        let wants = |member: &&Member| member.interest.subscribed.contains(event);
        if !self.members.iter().any(|member| wants(&member)) {
            return;
        }
        let message = Message::new(&self.runs[run].ids, body);
        let forms = Forms::of(&message);
        for member in self.members.iter().filter(wants) {
            member.client.deliver(&forms, Audience::Other);
        }
    }

    /// Hands a message to everybody who should have it.
    fn deliver(&self, transaction: Option<&TransactionId>, outgoing: &Outgoing<'_>) {
        let run = transaction.and_then(|id| self.runs.iter().rfind(|run| run.id == *id));
        let forms = Forms::of(outgoing.message);
        for member in &self.members {
            let asker = run.is_some_and(|run| run.is_asker(member.client.client_id()));
            let own = asker && (outgoing.always || !member.interest.refused.contains(outgoing.event));
            if !own && !member.wants(outgoing.event) {
                continue;
            }
            let audience = outgoing.message.audience(member.client.dialect(), asker);
            member.client.deliver_event(&forms, audience, &outgoing.mark);
        }
    }

    /// Forgets runs that nobody can ask for any more, and members that only waited for them.
    pub(super) fn forget(&mut self, now: Instant, rules: &Rules) {
        self.runs.retain(|run| !run.is_forgotten(now, rules));
    }
}
