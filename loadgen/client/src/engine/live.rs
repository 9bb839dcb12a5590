//! One open connection: greeting, handshake, messages both ways, signs of life, the end.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{Event, State, Via};
use crate::connection::{Socket, close_code};
use crate::echo::{fail, finish};
use crate::http::Call;
use crate::message::{self, named, text};
use crate::mistake::Mistake;
use crate::retry::{self, Retry};

use super::{After, Engine, refusal};

/// Intervals of a server that announces none.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PONG_TIMEOUT: Duration = Duration::from_secs(60);

/// How far the opening is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Greeting,
    Shaking,
    Ready,
}

/// An open connection.
struct Live {
    socket: Socket,
    phase: Phase,
    opened: Instant,
    heard: Instant,
    interval: Duration,
    silence: Duration,
    next_beat: Instant,
    beats: u64,
    /// The point of the history that was asked for.
    resuming: bool,
}

/// Why a connection is over.
enum End {
    Closed(u16, String),
    Left,
}

impl Engine {
    /// Lives on `socket` until it ends.
    pub(super) async fn live(&mut self, socket: Socket) -> After {
        self.state(State::Open);
        let _second = self.second();
        if self.settings.makes(Mistake::ResetAtOpen) {
            self.attempt = 0;
        }
        self.spread = Duration::ZERO;
        let at = Instant::now();
        let mut live = Live {
            socket,
            phase: Phase::Greeting,
            opened: at,
            heard: at,
            interval: PING_INTERVAL,
            silence: PONG_TIMEOUT,
            next_beat: at + PING_INTERVAL,
            beats: 0,
            resuming: false,
        };
        let end = loop {
            if let Some(end) = self.step(&mut live).await {
                break end;
            }
        };
        match end {
            End::Left => self.left(live).await,
            End::Closed(code, reason) => self.closed(code, &reason),
        }
    }

    /// The next thing that happens.
    async fn step(&mut self, live: &mut Live) -> Option<End> {
        let due = self.due(live);
        tokio::select! {
            next = live.socket.next() => self.incoming(live, next).await,
            action = self.actions.recv() => {
                if !self.keep(action.clone()) {
                    return Some(End::Left);
                }
                if live.phase == Phase::Ready { self.flush(live).await } else { None }
            }
            () = sleep_until(due) => self.timer(live).await,
        }
    }

    fn due(&self, live: &Live) -> Instant {
        let silent = live.heard + live.silence;
        match live.phase {
            Phase::Ready => live.next_beat.min(silent),
            _ => live.opened + self.settings.patience,
        }
    }

    async fn timer(&mut self, live: &mut Live) -> Option<End> {
        let at = Instant::now();
        if live.phase != Phase::Ready {
            return Some(End::Closed(1006, "no handshake in time".to_owned()));
        }
        if at >= live.heard + live.silence {
            if self.settings.makes(Mistake::WaitsForEver) {
                live.heard = at;
                return None;
            }
            return Some(End::Closed(1006, "the server is silent".to_owned()));
        }
        live.beats += 1;
        live.next_beat = at + live.interval;
        if self.settings.makes(Mistake::ResetAtBeat) {
            self.attempt = 0;
        }
        send(live, &message::heartbeat(live.beats)).await
    }

    async fn incoming(&mut self, live: &mut Live, next: Option<Result<Message, Error>>) -> Option<End> {
        live.heard = Instant::now();
        match next {
            Some(Ok(Message::Text(text))) => match serde_json::from_str::<Value>(&text) {
                Ok(value) => self.hear(live, value).await,
                Err(error) if self.settings.makes(Mistake::FrailParser) => {
                    Some(End::Closed(1000, error.to_string()))
                }
                // What can't be read is passed over: the next message may be for us.
                Err(_) => None,
            },
            Some(Ok(Message::Close(frame))) => {
                finish(&mut live.socket).await;
                Some(match frame {
                    Some(frame) => End::Closed(close_code(&live.socket, &frame), frame.reason.to_string()),
                    None => End::Closed(1005, String::new()),
                })
            }
            Some(Ok(_)) => None,
            Some(Err(error)) => {
                fail(&mut live.socket, &error).await;
                Some(End::Closed(1006, error.to_string()))
            }
            None => Some(End::Closed(1006, "the connection ended".to_owned())),
        }
    }

    /// A message in either dialect, or several in one.
    async fn hear(&mut self, live: &mut Live, message: Value) -> Option<End> {
        if text(&message, "type") == "batch" {
            let messages = message.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
            for message in messages {
                if let Some(end) = self.one(live, named(message)).await {
                    return Some(end);
                }
            }
            return None;
        }
        self.one(live, named(message)).await
    }

    /// One message, named.
    async fn one(&mut self, live: &mut Live, message: Value) -> Option<End> {
        match text(&message, "type") {
            "connection_established" => return self.greeted(live, &message).await,
            "connection_acknowledged" => return self.acknowledged(live, &message).await,
            "heartbeat_response" => {
                if !self.settings.makes(Mistake::NeverReset) {
                    self.attempt = 0;
                    self.gave_up = false;
                }
            }
            "pong" => {}
            "resumed" => {
                if message.get("recovered") == Some(&Value::Bool(false)) {
                    self.questions.history_lost();
                }
                live.resuming = false;
                self.tell(Event::Message(message));
                return self.flush(live).await;
            }
            "server_shutting_down" => {
                if !self.settings.makes(Mistake::NoSpread) {
                    let after = message.get("reconnect_after_ms").and_then(Value::as_u64).unwrap_or_default();
                    self.spread = Duration::from_millis(after.min(60_000));
                }
                if !self.settings.makes(Mistake::HidesShutdown) {
                    self.tell(Event::Message(message));
                }
            }
            _ => self.for_user(message),
        }
        None
    }

    /// `connection_established`: timers, then the handshake.
    async fn greeted(&mut self, live: &mut Live, message: &Value) -> Option<End> {
        let timer = |name: &str, default| {
            let value = message.pointer(&format!("/timers/{name}")).and_then(Value::as_u64);
            value.filter(|millis| *millis > 0).map_or(default, Duration::from_millis)
        };
        live.interval = timer("ping_interval_ms", PING_INTERVAL);
        if self.settings.makes(Mistake::Restless) {
            live.interval /= 10;
        }
        live.silence = timer("pong_timeout_ms", PONG_TIMEOUT);
        live.phase = Phase::Shaking;
        let point = self.seen.point();
        live.resuming = point.is_some();
        let handshake = message::handshake(&self.agent_id, &self.settings.user_id, &self.session_id, point);
        send(live, &handshake).await
    }

    /// `connection_acknowledged`: now everything that waited goes out.
    async fn acknowledged(&mut self, live: &mut Live, message: &Value) -> Option<End> {
        live.phase = Phase::Ready;
        live.next_beat = Instant::now() + live.interval;
        if self.settings.makes(Mistake::ResetAtHandshake) {
            self.attempt = 0;
        }
        if let (false, Some(top)) = (live.resuming, message.get("top").and_then(Value::as_u64)) {
            self.seen.begin(text(message, "epoch"), top);
        }
        self.tell(Event::Open { session_id: text(message, "session_id").to_owned() });
        self.flush(live).await
    }

    /// A message that the user should see, unless it was seen before.
    fn for_user(&mut self, message: Value) {
        if let (Some(epoch), Some(offset)) =
            (message.get("epoch").and_then(Value::as_str), message.get("offset").and_then(Value::as_u64))
        {
            let old = self.settings.makes(Mistake::OneEpoch);
            let fresh = self.seen.take(if old { "one" } else { epoch }, offset);
            if !fresh && !self.settings.makes(Mistake::NoMemory) {
                return;
            }
        }
        let kind = text(&message, "type").to_owned();
        let mine = self.questions.note(&message);
        match kind.as_str() {
            "progress_update" if self.settings.makes(Mistake::HidesProgress) => return,
            "partial_result" if self.settings.makes(Mistake::HidesParts) => return,
            "error" if self.settings.makes(Mistake::HidesErrors) => return,
            "error" => {
                self.tell(refusal(message));
                return;
            }
            _ => self.tell(Event::Message(message.clone())),
        }
        if let ("query_result" | "chat_reply", Some(rows)) = (kind.as_str(), mine) {
            let mut result = message;
            if let (false, Some(empty)) = (rows.is_empty(), result.get_mut("rows")) {
                *empty = Value::Array(rows);
            }
            self.tell(Event::Result { result, via: Via::WebSocket });
        }
    }

    /// Sends what waits.
    async fn flush(&mut self, live: &mut Live) -> Option<End> {
        let waiting = std::mem::take(&mut self.outbox);
        // While a replay is on its way nobody knows yet what has to be asked again.
        let questions = if live.resuming { Vec::new() } else { self.questions.due() };
        for message in waiting.into_iter().chain(questions) {
            if let Some(end) = send(live, &message).await {
                return Some(end);
            }
        }
        None
    }

    /// The user leaves: an orderly close.
    async fn left(&mut self, mut live: Live) -> After {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        // A connection that is gone needs none.
        let _ = live.socket.close(Some(frame)).await;
        finish(&mut live.socket).await;
        let back = self.settings.makes(Mistake::BackAfterClose);
        self.ended(1000, "", back);
        if back { After::Again(Duration::ZERO) } else { After::Leave }
    }

    /// The connection ended: come back, or not.
    fn closed(&mut self, code: u16, reason: &str) -> After {
        if !retry::may_send_again(code) && !self.settings.makes(Mistake::ResendsTooLarge) {
            for question in self.questions.take_unaccepted() {
                if self.settings.makes(Mistake::ResendsByHttp) {
                    self.request(Call::post("/api/query", question.message()), Event::Databases);
                }
                let message = format!("question {} was too large and is not sent again", question.query_id);
                self.tell(Event::Error { code: "MESSAGE_TOO_LARGE".to_owned(), message, body: Value::Null });
            }
        }
        let away = code == 1006 && self.settings.makes(Mistake::StaysAway);
        let again = retry::after_close(code, reason) == Retry::Later && !away;
        self.ended(code, reason, again);
        if again { After::Again(self.spread) } else { After::Rest }
    }
}

/// Sends one message.
async fn send(live: &mut Live, message: &Value) -> Option<End> {
    let sent = live.socket.send(Message::text(message.to_string())).await;
    sent.err().map(|error| End::Closed(1006, error.to_string()))
}
