//! Playing a script: sessions, clients, and what must be true in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::checks::{Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::loss::{Line, Loss};
use crate::target::Door;

use super::book::Book;
use super::moves::How;
use super::script::{Move, Script};
use super::socket::Socket;

/// Time for the queries of a script to end (before scaling).
const WORK: Duration = Duration::from_secs(5);
/// Time between two looks at what has come.
const LOOK: Duration = Duration::from_millis(10);
/// Looks between two times that paused queries are told to go on.
const AGAIN: u32 = 30;
/// How long after the end of a script nothing more may come.
const QUIET: Duration = Duration::from_millis(60);

/// A query that was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) session: u8,
    pub(super) query_id: String,
    pub(super) transaction: String,
    /// Whether it was asked as most are, so that it can be asked again in the same words.
    pub(super) plain: bool,
}

/// A script while it is played.
pub(super) struct Player<'a> {
    pub(super) cx: &'a Context,
    pub(super) books: BTreeMap<u8, Book>,
    pub(super) sockets: BTreeMap<u8, Socket>,
    pub(super) queries: BTreeMap<u8, Asked>,
    /// Numbers of queries that were sent, accepted or not.
    pub(super) tried: BTreeSet<u8>,
    /// Lines of sockets that have one of their own.
    pub(super) lines: BTreeMap<u8, Line>,
    /// Connections that are dead and nobody was told, with their lines.
    pub(super) dead: Vec<(Line, Option<Peer>)>,
    on_lines: BTreeSet<u8>,
    serial: u32,
}

/// Plays `script` in sessions of its own and judges what came.
pub(crate) async fn play(cx: &Context, script: &Script) -> Step {
    let mut player = Player {
        cx,
        books: BTreeMap::new(),
        sockets: BTreeMap::new(),
        queries: BTreeMap::new(),
        tried: BTreeSet::new(),
        lines: BTreeMap::new(),
        dead: Vec::new(),
        on_lines: script.on_lines(),
        serial: 0,
    };
    for step in &script.moves {
        player.make(*step).await?;
        player.look().await?;
    }
    player.last_look().await?;
    player.audit().await
}

impl Player<'_> {
    async fn make(&mut self, step: Move) -> Step {
        match step {
            Move::Connect { socket, session, door } => self.connect(socket, session, door).await,
            Move::Cut { socket } => {
                self.cut(socket);
                Ok(())
            }
            Move::Reset { socket } => {
                self.spoil(socket, false);
                Ok(())
            }
            Move::Silence { socket } => {
                self.spoil(socket, true);
                Ok(())
            }
            Move::Close { socket } => self.close(socket).await,
            Move::Resume { socket } => self.come_back(socket, false).await,
            Move::Supersede { socket } => self.come_back(socket, true).await,
            Move::Ask { socket, query } => self.ask(socket, query, How::Whole).await,
            Move::Stream { socket, query } => self.ask(socket, query, How::Parts).await,
            Move::Say { socket, query } => self.ask(socket, query, How::Chat).await,
            Move::BeginAsk { socket, query } => self.begin_ask(socket, query).await,
            Move::BeginCommand { socket, query, action } => self.begin_command(socket, query, action).await,
            Move::BeginPing { socket } => self.begin_ping(socket).await,
            Move::BeginHeartbeat { socket } => self.begin_heartbeat(socket).await,
            Move::Repeat { socket, query } => self.repeat(socket, query).await,
            Move::Command { socket, query, action } => self.command(socket, query, action).await,
            Move::Subscribe { socket, topic } => self.subscribe(socket, topic, true).await,
            Move::Unsubscribe { socket, topic } => self.subscribe(socket, topic, false).await,
            Move::Ping { socket } => self.ping(socket).await,
            Move::Heartbeat { socket } => self.heartbeat(socket).await,
            Move::Handshake { socket } => self.handshake(socket).await,
            Move::Wait { ms } => {
                sleep(self.cx.quiet(Duration::from_millis(u64::from(ms)))).await;
                Ok(())
            }
            Move::Settle => self.settle().await,
        }
    }

    /// An id nobody used in this script.
    pub(super) fn id(&mut self) -> String {
        self.serial += 1;
        format!("move-{}", self.serial)
    }

    /// The way a connection of this socket goes: over a line of its own, where that is to be spoilt.
    pub(super) async fn way(&mut self, socket: u8) -> Step<Context> {
        if !self.on_lines.contains(&socket) {
            return Ok(self.cx.clone());
        }
        let line = self.cx.through(Loss::Nothing).await?;
        let cx = Context::clone(&line);
        self.lines.insert(socket, line);
        Ok(cx)
    }

    /// The book of a session, begun when it is first named.
    pub(super) fn book(&mut self, session: u8) -> &mut Book {
        let cx = self.cx;
        self.books.entry(session).or_insert_with(|| Book::new(cx.fresh_session()))
    }

    /// A client that has a connection, and its session's book.
    pub(super) fn open(&mut self, socket: u8) -> Option<(&mut Socket, &mut Book)> {
        let socket = self.sockets.get_mut(&socket).filter(|socket| socket.peer.is_some())?;
        let book = self.books.get_mut(&socket.session)?;
        Some((socket, book))
    }

    /// Takes what has come to all of them.
    async fn look(&mut self) -> Step {
        for socket in self.sockets.values_mut() {
            if let Some(book) = self.books.get_mut(&socket.session) {
                socket.drain(book).await?;
            }
            for (query, transaction) in std::mem::take(&mut socket.accepted) {
                let query_id = format!("query-{query}");
                let asked = Asked { session: socket.session, query_id, transaction, plain: true };
                self.queries.insert(query, asked);
            }
        }
        Ok(())
    }

    /// Tells paused queries to go on; a client of their session must be there to do it.
    async fn unpause(&mut self) -> Step {
        let numbers: Vec<u8> = self.sockets.keys().copied().collect();
        for number in numbers {
            let id = self.id();
            let cx = self.cx;
            let Some((socket, book)) = self.open(number) else { continue };
            let paused: Vec<String> = book.paused.iter().cloned().collect();
            for transaction in paused {
                if !book.contested.contains(&transaction) {
                    book.paused.remove(&transaction);
                }
                let command =
                    json!({"type": "command", "action": "resume", "transaction_id": transaction, "id": id});
                socket.send(&command).await;
                let answers =
                    |value: &Value| value["id"] == id.as_str() && field::name(value) == "command_result";
                socket.answer(book, "command_result of resume", cx.soon(), answers).await?;
            }
        }
        Ok(())
    }

    /// Waits until every client that is there has seen the end of what it asked.
    async fn settle(&mut self) -> Step {
        let deadline = self.cx.within(WORK);
        let mut round = 0_u32;
        loop {
            self.look().await?;
            let unanswered = self.unanswered();
            // What nobody waited for, such as a pause of one that is gone by now, may be done late.
            if unanswered.is_none() && round.is_multiple_of(AGAIN) {
                self.unpause().await?;
            }
            let Some(expected) = unanswered.or_else(|| self.unended()) else { return Ok(()) };
            if deadline.is_late(Instant::now()) {
                return fail(ReasonCode::Missing, expected, "silence");
            }
            round += 1;
            sleep(LOOK).await;
        }
    }

    /// What a client that is there sent without waiting, and has no answer to.
    fn unanswered(&self) -> Option<String> {
        let open = self.sockets.values().filter(|socket| socket.peer.is_some());
        let pending = open.flat_map(|socket| socket.pending.values()).next()?;
        Some(format!("an answer to {pending:?}"))
    }

    /// What a client that is there asked, and has not seen the end of.
    fn unended(&self) -> Option<String> {
        let mut open = self.sockets.values().filter(|socket| socket.peer.is_some());
        let unended =
            open.find_map(|socket| socket.asked.iter().find(|asked| !socket.ends.contains(*asked)))?;
        Some(format!("the end of {unended} for its asker"))
    }

    /// What each client that is there must have: an open connection, and everything up to the newest event.
    async fn last_look(&mut self) -> Step {
        self.settle().await?;
        let numbers: Vec<u8> = self.sockets.keys().copied().collect();
        for number in numbers {
            let top = self.top(number).await?;
            let (deadline, quiet) = (self.cx.soon(), self.cx.quiet(QUIET));
            let Some((socket, book)) = self.open(number) else { continue };
            let all = socket.sees_all() && !socket.gap;
            if all {
                socket.read_until(book, deadline.end(), |socket| socket.last >= top).await?;
                let actual = format!("nothing behind {}", socket.last);
                ensure(socket.last >= top, ReasonCode::Lost, &format!("events up to offset {top}"), actual)?;
            }
            socket.read_until(book, Instant::now() + quiet, |_| false).await?;
        }
        Ok(())
    }

    /// Goes through every session from its first event, as one who was never there, and sees its queries end.
    async fn audit(&mut self) -> Step {
        self.sockets.clear();
        for book in self.books.values_mut() {
            let Some(epoch) = book.epoch.clone().filter(|_| !book.private) else { continue };
            let mut auditor = joined(self.cx, &book.id, &epoch).await?;
            let resumed = auditor.answer(book, "resumed", self.cx.soon(), is("resumed")).await?;
            if field::boolean(&resumed, "recovered")? {
                let to = book.newest();
                let what = format!("a replay of all {to} events");
                let end = self.cx.soon().end();
                auditor.read_until(book, end, |auditor| auditor.last >= to).await?;
                ensure(auditor.last >= to, ReasonCode::Lost, &what, format!("{}", auditor.last))?;
            } else {
                forgotten(&resumed)?;
                auditor.last = field::integer(&resumed, "top")?;
                let state =
                    auditor.answer(book, "session_snapshot", self.cx.soon(), is("session_snapshot")).await?;
                for over in field::array(&state, "finished")? {
                    auditor.ends.insert(field::text(over, "transaction_id")?.to_owned());
                }
            }
            see_the_end(self.cx, &mut auditor, book).await?;
        }
        Ok(())
    }
}

/// Messages of this name.
pub(super) fn is(name: &'static str) -> impl Fn(&Value) -> bool {
    move |value| field::name(value) == name
}

/// Nothing was replayed, for one of the reasons for which a history may be short.
pub(super) fn forgotten(resumed: &Value) -> Step {
    let reason = field::text(resumed, "reason")?;
    let known = ["TOO_MANY", "EXPIRED", "TRIMMED"].contains(&reason);
    ensure(known, ReasonCode::WrongValue, "a replay, or TOO_MANY, EXPIRED or TRIMMED", resumed)
}

/// An agent that was never there, in the session from its first event on. A place that is still taken by a
/// connection that was cut is waited for.
async fn joined(cx: &Context, session: &str, epoch: &str) -> Step<Socket> {
    let deadline = cx.soon();
    loop {
        let more = json!({"agent_id": "auditor", "resume": {"epoch": epoch, "offset": 0}});
        match cx.join_with(Door::Query, session, more).await {
            Ok((peer, _)) => {
                let mut auditor = Socket::new(0, "auditor".to_owned(), super::script::DoorKind::Query);
                auditor.connected(peer, 0);
                return Ok(auditor);
            }
            Err(Stop::Violation(violation)) if !deadline.is_late(Instant::now()) => {
                cx.note(&format!("once more: {}", violation.actual));
                sleep(LOOK * 5).await;
            }
            Err(stop) => return Err(stop),
        }
    }
}

/// Every query that was accepted ends; those that are paused are cancelled.
async fn see_the_end(cx: &Context, auditor: &mut Socket, book: &mut Book) -> Step {
    for transaction in std::mem::take(&mut book.paused) {
        let command = json!({"type": "command", "action": "cancel", "transaction_id": transaction});
        auditor.send(&command).await;
    }
    let deadline = cx.within(WORK);
    for transaction in book.running() {
        while book.end_of(&transaction).is_none() && !auditor.ends.contains(&transaction) {
            if deadline.is_late(Instant::now()) {
                return fail(ReasonCode::Missing, format!("the end of {transaction}"), "silence");
            }
            auditor.read_until(book, Instant::now() + LOOK, |_| false).await?;
        }
    }
    Ok(())
}
