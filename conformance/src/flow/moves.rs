//! The moves: what is sent, what must be answered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

use super::book::{Book, End, Event};
use super::play::{Asked, Player, forgotten, is};
use super::script::{Action, DoorKind, Topic};
use super::socket::{Pending, Socket};
use crate::loss::Ending;

/// The question of all queries.
const QUESTION: &str = "show revenue";
/// A transaction nobody ever had.
const UNKNOWN: &str = "tx_0000000000000000";
/// Events this young are still held by any history (before scaling).
const YOUNG: Duration = Duration::from_secs(1);
/// Topics that keep a connection from being idle.
const ALL: [&str; 5] =
    ["progress_update", "partial_result", "query_result", "database_context_changed", "chat"];

impl Player<'_> {
    pub(super) async fn connect(&mut self, number: u8, session: u8, door: DoorKind) -> Step {
        let known = self.sockets.contains_key(&number);
        let joined = self.book(session).epoch.is_some();
        let sensible = match door {
            DoorKind::Progress => joined && !self.book(session).private,
            DoorKind::Typed => !joined,
            DoorKind::Query | DoorKind::Chat => !self.book(session).private,
        };
        if known || !sensible {
            return Ok(());
        }
        let cx = &self.way(number).await?;
        let book = self.book(session);
        let mut socket = Socket::new(session, format!("client-{number}"), door);
        let (peer, told) = match door {
            DoorKind::Query | DoorKind::Chat => {
                let more = json!({"agent_id": socket.agent});
                cx.join_with(of_handshakes(cx, door), &book.id, more).await?
            }
            DoorKind::Progress => {
                let peer = at_progress(cx, book, &socket, None).await?;
                let told = peer.established().clone();
                (peer, told)
            }
            DoorKind::Typed => {
                let peer = cx.open(Door::Demo).await?;
                let told = peer.established().clone();
                field::text(&told, "session_id")?.clone_into(&mut book.id);
                book.private = true;
                (peer, told)
            }
        };
        field::equals(&told, "session_id", book.id.as_str())?;
        book.epoch_is(field::text(&told, "epoch")?)?;
        let top = field::integer(&told, "top")?;
        let newest = book.newest();
        ensure(top >= newest, ReasonCode::WrongValue, &format!("top of {newest} or more"), top)?;
        socket.connected(peer, top);
        stay(cx, &mut socket, book).await?;
        self.sockets.insert(number, socket);
        Ok(())
    }

    pub(super) async fn close(&mut self, number: u8) -> Step {
        let deadline = self.cx.soon();
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        socket.drain(book).await?;
        let Some(mut peer) = socket.gone() else { return Ok(()) };
        peer.close(1000, "", deadline).await.map(|_| ())
    }

    /// Its connection ends without a word.
    pub(super) fn cut(&mut self, number: u8) {
        if let Some(socket) = self.sockets.get_mut(&number) {
            socket.gone();
        }
    }

    /// Its line is reset, or goes dead so that nobody is told. A socket without a line of its own has never been open.
    pub(super) fn spoil(&mut self, number: u8, silently: bool) {
        let Some(line) = self.lines.remove(&number) else { return };
        let peer = self.sockets.get_mut(&number).and_then(Socket::gone);
        if silently {
            line.go_silent();
            self.dead.push((line, peer));
        } else {
            line.cut(Ending::Reset);
        }
    }

    /// Comes back from what was seen last, `beside` the old connection or after its end.
    pub(super) async fn come_back(&mut self, number: u8, beside: bool) -> Step {
        let Some(socket) = self.sockets.get(&number) else { return Ok(()) };
        if socket.peer.is_some() != beside || socket.door == DoorKind::Typed {
            return Ok(());
        }
        let before = self.lines.remove(&number);
        let cx = &self.way(number).await?;
        let Some(socket) = self.sockets.get_mut(&number) else { return Ok(()) };
        let Some(book) = self.books.get_mut(&socket.session) else { return Ok(()) };
        let (last, since) = (socket.last, socket.seen_at);
        let old = socket.peer.take();
        let epoch = book.epoch.clone().unwrap_or_default();
        let peer = match socket.door {
            DoorKind::Query | DoorKind::Chat | DoorKind::Typed => {
                let more = json!({"agent_id": socket.agent, "resume": {"epoch": epoch, "offset": last}});
                cx.join_with(of_handshakes(cx, socket.door), &book.id, more).await?.0
            }
            DoorKind::Progress => at_progress(cx, book, socket, Some((&epoch, last))).await?,
        };
        socket.connected(peer, last);
        let resumed = socket.answer(book, "resumed", cx.soon(), is("resumed")).await?;
        book.epoch_is(field::text(&resumed, "epoch")?)?;
        if field::boolean(&resumed, "recovered")? {
            let from = if resumed["from"].is_null() { last + 1 } else { field::integer(&resumed, "from")? };
            let what = format!("a replay from {}", last + 1);
            ensure(from == last + 1, ReasonCode::WrongValue, &what, &resumed)?;
        } else if since.elapsed() < cx.quiet(YOUNG) {
            return fail(ReasonCode::Refused, "what was missed within a second", resumed.to_string());
        } else {
            forgotten(&resumed)?;
            socket.answer(book, "session_snapshot", cx.soon(), is("session_snapshot")).await?;
            socket.last = field::integer(&resumed, "top")?;
            // What ended meanwhile is not told again.
            socket.asked.clear();
        }
        if let Some(mut old) = old {
            old.expect_close(1000, Some("Superseded"), cx.soon()).await?;
        }
        drop(before);
        stay(cx, socket, book).await
    }

    pub(super) async fn ask(&mut self, number: u8, query: u8, how: How) -> Step {
        let (id, cx) = (self.id(), self.cx);
        if self.tried.contains(&query) {
            return Ok(());
        }
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        if how == How::Chat && socket.door != DoorKind::Chat {
            return Ok(());
        }
        let query_id = format!("query-{query}");
        let accepted = asked(cx, socket, book, &how.message(&query_id, &id)).await?;
        field::absent(&accepted, "duplicate").or_else(|_| field::equals(&accepted, "duplicate", false))?;
        socket.observe(book, &accepted)?;
        let transaction = field::text(&accepted, "transaction_id")?.to_owned();
        book.begun(&transaction);
        socket.asked.insert(transaction.clone());
        let session = socket.session;
        self.tried.insert(query);
        let plain = how == How::Whole;
        self.queries.insert(query, Asked { session, query_id, transaction, plain });
        Ok(())
    }

    /// Asks and goes on; the acceptance is judged when it comes.
    pub(super) async fn begin_ask(&mut self, number: u8, query: u8) -> Step {
        let id = self.id();
        if self.tried.contains(&query) {
            return Ok(());
        }
        let Some((socket, _)) = self.open(number) else { return Ok(()) };
        socket.pending.insert(id.clone(), Pending::Ask(query));
        socket.send(&How::Whole.message(&format!("query-{query}"), &id)).await;
        self.tried.insert(query);
        Ok(())
    }

    /// Commands a query of its session and goes on.
    pub(super) async fn begin_command(&mut self, number: u8, query: u8, action: Action) -> Step {
        let id = self.id();
        let Some(asked) = self.queries.get(&query).cloned() else { return Ok(()) };
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        if socket.session != asked.session || action == Action::Retry {
            return Ok(());
        }
        socket.drain(book).await?;
        let transaction = asked.transaction;
        let before = book.end_of(&transaction);
        book.contested.insert(transaction.clone());
        if action == Action::Pause && before.is_none() {
            book.paused.insert(transaction.clone());
        }
        let command =
            json!({"type": "command", "action": action.as_str(), "transaction_id": transaction, "id": id});
        socket.pending.insert(id, Pending::Command(transaction, before, action));
        socket.send(&command).await;
        Ok(())
    }

    /// Pings and goes on.
    pub(super) async fn begin_ping(&mut self, number: u8) -> Step {
        let id = self.id();
        let Some((socket, _)) = self.open(number) else { return Ok(()) };
        socket.pending.insert(id.clone(), Pending::Ping);
        socket.send(&json!({"type": "ping", "id": id})).await;
        Ok(())
    }

    /// Sends a heartbeat and goes on.
    pub(super) async fn begin_heartbeat(&mut self, number: u8) -> Step {
        let id = self.id();
        let Some((socket, _)) = self.open(number) else { return Ok(()) };
        socket.pending.insert(id.clone(), Pending::Heartbeat);
        socket.send(&json!({"type": "heartbeat", "correlation_id": id})).await;
        Ok(())
    }

    pub(super) async fn repeat(&mut self, number: u8, query: u8) -> Step {
        let (id, cx) = (self.id(), self.cx);
        let Some(before) = self.queries.get(&query).cloned() else { return Ok(()) };
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        if socket.session != before.session || !before.plain {
            return Ok(());
        }
        let over = book.end_offset(&before.transaction);
        socket.repeated.insert(before.transaction.clone());
        let accepted = asked(cx, socket, book, &How::Whole.message(&before.query_id, &id)).await?;
        field::equals(&accepted, "duplicate", true)?;
        field::equals(&accepted, "transaction_id", before.transaction.as_str())?;
        field::absent(&accepted, "offset")?;
        let Some(offset) = over else { return Ok(()) };
        let what = "the old terminal message";
        // It may carry the ids of either asking.
        let again = |value: &Value| {
            let end = Event::of(value).ok().flatten().filter(|event| event.end().is_some());
            end.is_some_and(|end| end.transaction == before.transaction)
        };
        let end = socket.answer(book, what, cx.soon(), again).await?;
        field::equals(&end, "offset", offset)
    }

    pub(super) async fn command(&mut self, number: u8, query: u8, action: Action) -> Step {
        let (id, cx) = (self.id(), self.cx);
        let asked = self.queries.get(&query).cloned();
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        socket.drain(book).await?;
        let own = asked.as_ref().is_some_and(|asked| asked.session == socket.session);
        let transaction = asked.map_or_else(|| UNKNOWN.to_owned(), |asked| asked.transaction);
        let before = book.end_of(&transaction);
        let command =
            json!({"type": "command", "action": action.as_str(), "transaction_id": transaction, "id": id});
        socket.send(&command).await;
        let answers = |value: &Value| {
            value["id"] == id.as_str() && matches!(field::name(value), "command_result" | "error")
        };
        let answer = socket.answer(book, "an answer to the command", cx.soon(), answers).await?;
        if !own {
            return not_found(&answer);
        }
        if let Some(new) = judge_command(book, &transaction, before, action, &answer)? {
            let accepts = |value: &Value| {
                field::name(value) == "query_accepted" && value["transaction_id"] == new.as_str()
            };
            let accepted = socket.answer(book, "query_accepted of the retry", cx.soon(), accepts).await?;
            socket.observe(book, &accepted)?;
            book.begun(&new);
            socket.asked.insert(new);
        }
        Ok(())
    }

    pub(super) async fn subscribe(&mut self, number: u8, topic: Topic, on: bool) -> Step {
        let (id, cx) = (self.id(), self.cx);
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        let (kind, answer) = if on { ("subscribe", "subscribed") } else { ("unsubscribe", "unsubscribed") };
        socket.send(&json!({"type": kind, "events": [topic.as_str()], "id": id})).await;
        let told = socket.answer(book, answer, cx.soon(), is(answer)).await?;
        field::contains(&told, "events", topic.as_str())?;
        let active = field::array(&told, "active")?.contains(&json!(topic.as_str()));
        let what = format!("{} {} active", topic.as_str(), if on { "to be" } else { "not to be" });
        ensure(active == on, ReasonCode::WrongValue, &what, &told)?;
        let saw_all = socket.sees_all();
        match topic {
            Topic::Progress => socket.progress = on,
            Topic::Results => socket.results = on,
        }
        socket.gap |= !saw_all;
        Ok(())
    }

    pub(super) async fn ping(&mut self, number: u8) -> Step {
        let (id, cx) = (self.id(), self.cx);
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        socket.send(&json!({"type": "ping", "id": id})).await;
        let answers = socket.other_than_pending("pong", "id");
        let pong = socket.answer(book, "pong", cx.soon(), answers).await?;
        field::equals(&pong, "id", id)
    }

    pub(super) async fn heartbeat(&mut self, number: u8) -> Step {
        let top = self.top(number).await?;
        let Some((socket, _)) = self.open(number) else { return Ok(()) };
        ensure(top >= socket.last, ReasonCode::WrongValue, &format!("top of {} or more", socket.last), top)
    }

    /// The newest offset of the session, as a heartbeat tells it; 0 for a client that is not there.
    pub(super) async fn top(&mut self, number: u8) -> Step<u64> {
        let (id, cx) = (self.id(), self.cx);
        let Some((socket, book)) = self.open(number) else { return Ok(0) };
        socket.send(&json!({"type": "heartbeat", "correlation_id": id})).await;
        let answers = socket.other_than_pending("heartbeat_response", "correlation_id");
        let answer = socket.answer(book, "heartbeat_response", cx.soon(), answers).await?;
        field::equals(&answer, "correlation_id", id)?;
        field::integer(&answer, "top")
    }

    /// A second handshake is refused, and the connection stays.
    pub(super) async fn handshake(&mut self, number: u8) -> Step {
        let (id, cx) = (self.id(), self.cx);
        let Some((socket, book)) = self.open(number) else { return Ok(()) };
        if matches!(socket.door, DoorKind::Progress | DoorKind::Typed) {
            return Ok(());
        }
        let again = json!({"type": "connection_handshake", "agent_id": socket.agent, "session_id": book.id, "id": id});
        socket.send(&again).await;
        let answers = |value: &Value| match field::name(value) {
            "connection_acknowledged" => true,
            "error" => value["code"] == "ALREADY_ESTABLISHED" || value["id"] == id.as_str(),
            _ => false,
        };
        let answer = socket.answer(book, "error ALREADY_ESTABLISHED", cx.soon(), answers).await?;
        if field::name(&answer) != "error" {
            return fail(ReasonCode::Accepted, "error ALREADY_ESTABLISHED", answer.to_string());
        }
        field::equals(&answer, "code", "ALREADY_ESTABLISHED")
    }
}

/// The door of progress of the session, from a place on when there is one.
async fn at_progress(cx: &Context, book: &Book, socket: &Socket, from: Option<(&str, u64)>) -> Step<Peer> {
    let place = from.map_or_else(String::new, |(epoch, offset)| format!("epoch={epoch}&offset={offset}&"));
    let parameters = format!("{place}agent_id={}", socket.agent);
    let mut request = cx.upgrade_request(&Door::Progress(book.id.clone()));
    request.target = format!("{}?{parameters}", request.target);
    let mut peer = cx.upgrade(&request).await?;
    let first = peer.next_json("connection_established", cx.soon()).await?.value;
    field::equals(&first, "type", "connection_established")?;
    peer.greet(first);
    Ok(peer)
}

/// Subscribes to everything, so that the connection is not idle.
async fn stay(cx: &Context, socket: &mut Socket, book: &mut Book) -> Step {
    socket.send(&json!({"type": "subscribe", "events": ALL})).await;
    socket.answer(book, "subscribed", cx.soon(), is("subscribed")).await.map(|_| ())
}

/// The door that sockets of this kind shake hands at; a target without chat has them at its queries.
fn of_handshakes(cx: &Context, kind: DoorKind) -> Door {
    if kind == DoorKind::Chat && cx.target().has("chat") { Door::Chat } else { Door::Query }
}

/// How a query is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Its result in one message.
    Whole,
    /// Its result in parts.
    Parts,
    /// As a message of a chat.
    Chat,
}

impl How {
    fn message(self, query_id: &str, id: &str) -> Value {
        match self {
            Self::Whole => json!({"type": "query", "query": QUESTION, "query_id": query_id, "id": id}),
            Self::Parts => json!({
                "type": "query", "query": QUESTION, "query_id": query_id, "id": id, "preferences": {"stream": true},
            }),
            Self::Chat => json!({"type": "chat_message", "message": QUESTION, "id": id}),
        }
    }
}

async fn asked(cx: &Context, socket: &mut Socket, book: &mut Book, question: &Value) -> Step<Value> {
    socket.send(question).await;
    let id = &question["id"];
    let answers =
        |value: &Value| value["id"] == *id && matches!(field::name(value), "query_accepted" | "error");
    let answer = socket.answer(book, "query_accepted", cx.soon(), answers).await?;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "query_accepted", answer.to_string());
    }
    Ok(answer)
}

fn not_found(answer: &Value) -> Step {
    if field::name(answer) != "error" {
        return fail(ReasonCode::Accepted, "error NOT_FOUND", answer.to_string());
    }
    field::equals(answer, "code", "NOT_FOUND")
}

/// Judges the answer to a command; gives the new transaction of a retry. `before` is how the query had ended,
/// as far as anybody was told, when the command was sent.
pub(super) fn judge_command(
    book: &mut Book,
    transaction: &str,
    before: Option<End>,
    action: Action,
    answer: &Value,
) -> Step<Option<String>> {
    if field::name(answer) == "error" {
        let early = action == Action::Retry && before.is_none();
        ensure(early, ReasonCode::Refused, "command_result", answer)?;
        field::equals(answer, "code", "QUERY_REJECTED")?;
        return field::equals(answer, "/details/reason", "not_finished").map(|()| None);
    }
    field::equals(answer, "action", action.as_str())?;
    field::equals(answer, "transaction_id", transaction)?;
    let status = field::text(answer, "status")?;
    if action == Action::Retry {
        field::equals(answer, "status", "retrying")?;
        return Ok(Some(field::text(answer, "new_transaction_id")?.to_owned()));
    }
    if let Some(end) = before {
        return field::equals(answer, "status", end.as_str()).map(|()| None);
    }
    match (action, status) {
        (Action::Cancel, "cancelled") => {
            let told = book.end_of(transaction).is_some();
            let contested = book.contested.contains(transaction);
            ensure(
                !told || contested,
                ReasonCode::WrongOrder,
                "command_result before the end of the query",
                answer,
            )?;
            book.must_be_cancelled(transaction);
        }
        (Action::Pause, "paused") => {
            book.paused.insert(transaction.to_owned());
        }
        (Action::Resume, "running") => {
            if !book.contested.contains(transaction) {
                book.paused.remove(transaction);
            }
        }
        (_, "completed" | "failed" | "cancelled") => {}
        _ => {
            return fail(
                ReasonCode::WrongValue,
                format!("a status of {}", action.as_str()),
                answer.to_string(),
            );
        }
    }
    Ok(None)
}
