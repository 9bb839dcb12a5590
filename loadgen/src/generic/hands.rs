//! What a session holds while it plays: connections, variables, one timer; and how it waits.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use scenarios::script::{Look, Seen, Step};
use serde_json::Value;
use tokio::time::{Instant, Sleep};

use super::channel::{Channel, Incoming};
use super::http::Caller;
use super::playbook::Playbook;
use super::player::Inbox;
use super::scope::Values;
use super::trouble::Trouble;
use crate::measure::{OperationId, Timing};
use crate::session::Shared;

/// What a session holds.
pub(super) struct Hands {
    pub(super) shared: Arc<Shared>,
    pub(super) book: Arc<Playbook>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) values: Values,
    /// By the script's number; none before it was opened.
    pub(super) channels: Vec<Option<Channel>>,
    pub(super) caller: Caller,
    /// The last message that was expected and came.
    pub(super) last: Option<Incoming>,
    /// When the named steps began, by the number of their operation.
    pub(super) marks: Vec<Option<Instant>>,
    /// When this iteration, or the session, began.
    pub(super) started: Instant,
    /// How much later than due that was: part of every intended time in it.
    pub(super) lateness: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Hands {
    pub(super) fn new(shared: &Arc<Shared>, book: &Arc<Playbook>, inbox: &Arc<Inbox>, number: u32) -> Self {
        let now = Instant::now();
        let script = &book.script;
        Self {
            values: Values::new(book, number, shared.seed),
            channels: script.channels.iter().map(|_| None).collect(),
            caller: Caller::default(),
            last: None,
            marks: vec![None; script.operations.len()],
            started: now,
            lateness: Duration::ZERO,
            timer: Box::pin(tokio::time::sleep_until(now)),
            shared: Arc::clone(shared),
            book: Arc::clone(book),
            inbox: Arc::clone(inbox),
        }
    }

    /// Lets go of everything: the session begins anew.
    pub(super) fn let_go(&mut self) {
        self.channels.fill_with(|| None);
        self.caller = Caller::default();
        self.last = None;
        self.marks.fill(None);
        self.values.forget();
        self.lateness = Duration::ZERO;
        self.started = Instant::now();
    }

    /// True when nothing is waited for any more.
    fn is_cut(&self) -> bool {
        self.shared.is_abandoned() || (self.inbox.is_leaving() && self.shared.is_hurried())
    }

    /// Listens to every connection.
    fn listen(&mut self, context: &mut Context<'_>) {
        let mut came = 0;
        for channel in self.channels.iter_mut().flatten() {
            came += channel.listen(context);
        }
        self.shared.recorder.counters.received.fetch_add(came, Relaxed);
    }

    /// Waits until `look` finds something, `None` when that took until `deadline`. Connections are listened to
    /// meanwhile.
    pub(super) async fn until<T>(
        &mut self,
        deadline: Instant,
        mut look: impl FnMut(&mut Self) -> Option<T> + Send,
    ) -> Result<Option<T>, Trouble> {
        self.timer.as_mut().reset(deadline);
        poll_fn(|context| {
            self.listen(context);
            if let Some(found) = look(self) {
                return Poll::Ready(Ok(Some(found)));
            }
            if self.is_cut() {
                return Poll::Ready(Err(Trouble::Cut));
            }
            self.timer.as_mut().poll(context).map(|()| Ok(None))
        })
        .await
    }

    /// Waits for `work`, which has a deadline of its own. Connections are listened to meanwhile.
    pub(super) async fn beside<F: Future + Send>(&mut self, work: F) -> Result<F::Output, Trouble> {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.listen(context);
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            if self.is_cut() { Poll::Ready(Err(Trouble::Cut)) } else { Poll::Pending }
        })
        .await
    }

    /// Rests until `moment`; true when the session shall end instead.
    pub(super) async fn rest(&mut self, moment: Instant) -> Result<bool, Trouble> {
        let left = self.until(moment, |hands| hands.inbox.is_leaving().then_some(())).await?;
        Ok(left.is_some())
    }

    /// Forgets what came and was not expected: after a failure nobody knows what it answers.
    pub(super) fn forget_messages(&mut self) {
        for channel in self.channels.iter_mut().flatten() {
            channel.inbox.clear();
        }
    }

    /// The channel `on`, which a step needs open.
    pub(super) fn channel(&mut self, on: usize) -> Result<&mut Channel, Trouble> {
        match &mut self.channels[on] {
            Some(channel) => Ok(channel),
            None => {
                let name = &self.book.script.channels[on].name;
                Err(Trouble::wrong("not_open", format!("`{name}` is not open: no step has opened it")))
            }
        }
    }

    /// Why `message` is not the one of `pattern`.
    pub(super) fn fits(
        &mut self,
        pattern: &scenarios::script::Pattern,
        message: &Incoming,
    ) -> Result<(), String> {
        let json = if pattern.reads_json() { message.json() } else { None };
        let seen = Seen {
            event: message.event.as_deref(),
            text: message.text(),
            bytes: message.bytes(),
            json: json.as_ref(),
        };
        pattern.fits(seen, &mut self.values)
    }

    /// Judges the last message and takes values out of it.
    pub(super) fn look(&mut self, look: &Look) -> Result<(), Trouble> {
        if look.capture.is_empty() && look.check.is_empty() {
            return Ok(());
        }
        let Some(json) = self.last.as_ref().and_then(Incoming::json) else {
            return Err(Trouble::wrong("not_json", "the last message is no JSON"));
        };
        self.judge(look, &json)?;
        for (slot, text, path) in &look.capture {
            match path.query(&json).first() {
                Some(value) => self.values.set(*slot, value.clone()),
                None => {
                    let name = &self.book.script.variables[*slot];
                    let message = format!("{text} selects nothing for `{name}`");
                    return Err(Trouble::wrong("capture_failed", message));
                }
            }
        }
        Ok(())
    }

    fn judge(&mut self, look: &Look, json: &Value) -> Result<(), Trouble> {
        if look.check.is_empty() {
            return Ok(());
        }
        let counters = &self.shared.recorder.counters;
        counters.verified.fetch_add(1, Relaxed);
        let judged = look.check.iter().try_for_each(|condition| condition.ask(json, &mut self.values));
        judged.map_err(|text| {
            counters.wrong.fetch_add(1, Relaxed);
            Trouble::wrong("wrong_answer", text)
        })
    }

    /// Books what became of `step`, which began at `begun`.
    pub(super) fn book(
        &self,
        step: &Step,
        begun: Instant,
        result: Result<Instant, Trouble>,
    ) -> Result<(), Trouble> {
        let recorder = &self.shared.recorder;
        let due = self.due(begun);
        let operation = step.operation.map(OperationId::own);
        let trouble = match (result, operation) {
            (Ok(done), Some(operation)) => {
                recorder.success(operation, Timing { due, begun, done });
                return Ok(());
            }
            (Ok(_), None) => return Ok(()),
            (Err(Trouble::Cut), _) => return Err(Trouble::Cut),
            (Err(trouble), _) => trouble,
        };
        let (code, example) = (trouble.code(), self.example(step, &trouble));
        match (operation, &trouble) {
            (Some(operation), Trouble::Late(_)) => {
                let timing = Timing { due, begun, done: Instant::now() };
                recorder.given_up(operation, timing, &code, &example);
            }
            (Some(operation), _) => recorder.failure(operation, due, &code, &example),
            (None, _) => recorder.note(&code, &example),
        }
        Err(trouble)
    }

    /// When what began at `begun` was meant to begin.
    pub(super) fn due(&self, begun: Instant) -> Instant {
        begun.checked_sub(self.lateness).unwrap_or(begun)
    }

    /// What a failure looked like: where, what, and the last message before it.
    fn example(&self, step: &Step, trouble: &Trouble) -> String {
        let mut example = format!("{}: {}", step.place, trouble.text());
        if let Some(last) = &self.last {
            example.push_str("; last message: ");
            example.push_str(&last.excerpt());
        }
        example
    }
}
