//! The life of a client: connections one after the other, and what is between them.

mod live;

use std::time::Duration;

use rand::Rng as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::client::{Do, Event, State, Via};
use crate::connection::open;
use crate::error::ClientError;
use crate::http::{self, Call};
use crate::identity;
use crate::message::{now, text};
use crate::mistake::Mistake;
use crate::questions::Questions;
use crate::resume::Seen;
use crate::retry::{self, Retry};
use crate::settings::Settings;
use crate::upgrade::UpgradeError;

/// Time for an answer over HTTP: a question may take this long.
const HTTP_PATIENCE: Duration = Duration::from_secs(120);

/// Time for the answer when a session is deleted.
const FAREWELL: Duration = Duration::from_secs(2);

/// What follows a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Come back, not before this time is over.
    Again(Duration),
    /// Stay away until the user wants something.
    Rest,
    /// The user has left.
    Leave,
}

/// A client, inside.
pub(crate) struct Engine {
    settings: Settings,
    session_id: String,
    agent_id: String,
    token: Option<String>,
    actions: mpsc::UnboundedReceiver<Do>,
    events: mpsc::UnboundedSender<Event>,
    questions: Questions,
    /// Messages that wait for a connection.
    outbox: Vec<Value>,
    seen: Seen,
    /// Attempts since the counter began anew.
    attempt: u32,
    /// What a leaving server asked for.
    spread: Duration,
    gave_up: bool,
}

impl Engine {
    pub(crate) fn new(
        settings: Settings,
        actions: mpsc::UnboundedReceiver<Do>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let forgets = settings.makes(Mistake::ForgetsSession);
        let folder = settings.folder.as_deref().filter(|_| !forgets);
        let session_id = settings.session_id.clone().unwrap_or_else(|| identity::kept_session(folder));
        let agent_id = identity::agent_id(&settings.user_id, &session_id);
        Self {
            token: settings.token.clone(),
            settings,
            session_id,
            agent_id,
            actions,
            events,
            questions: Questions::default(),
            outbox: Vec::new(),
            seen: Seen::default(),
            attempt: 0,
            spread: Duration::ZERO,
            gave_up: false,
        }
    }

    /// Lives until the user leaves.
    pub(crate) async fn run(mut self) {
        self.live_on().await;
        if self.settings.fleeting {
            let call = Call::delete(&format!("/api/sessions/{}", self.session_id));
            // A session that can't be deleted ends by itself.
            let _ = http::request(&self.settings.url, self.token.as_deref(), &call, FAREWELL).await;
        }
    }

    /// Connections, waits and the fallback, until the user leaves.
    async fn live_on(&mut self) {
        loop {
            match self.connection().await {
                After::Leave => return,
                After::Rest => {
                    if !self.rest().await {
                        return;
                    }
                }
                After::Again(no_earlier) => {
                    self.attempt += 1;
                    let mut backoff = self.settings.backoff;
                    if self.settings.makes(Mistake::SixAttempts) {
                        backoff.attempts += 1;
                    }
                    let chance = rand::rng().random_range(0.0..1.0);
                    let stays = match backoff.before(self.attempt, self.jitter(chance)) {
                        Some(delay) => self.wait(self.misjudged(delay.max(no_earlier), chance)).await,
                        None => self.fall_back().await,
                    };
                    if !stays {
                        return;
                    }
                }
            }
        }
    }

    fn jitter(&self, chance: f64) -> f64 {
        match self.settings.mistake {
            Some(Mistake::NoJitter | Mistake::ToldJitter) => 0.0,
            _ => chance,
        }
    }

    /// The wait as it is kept.
    fn misjudged(&self, delay: Duration, chance: f64) -> Duration {
        let jitter = self.settings.backoff.jitter;
        match self.settings.mistake {
            Some(Mistake::ShortWait(attempt)) if attempt == self.attempt => delay / 20,
            Some(Mistake::LongWait(attempt)) if attempt == self.attempt => delay + jitter * 2,
            Some(Mistake::WideJitter) => delay + jitter.mul_f64(7.0 * chance),
            _ => delay,
        }
    }

    /// The wait as it is told.
    fn told(&self, delay: Duration) -> Duration {
        let jitter = self.settings.backoff.jitter;
        match self.settings.mistake {
            Some(Mistake::ToldJitter) => delay + jitter.mul_f64(rand::rng().random_range(0.0..1.0)),
            Some(Mistake::TellsDouble) => delay * 2,
            Some(Mistake::TellsHalf) => delay / 2,
            _ => delay,
        }
    }

    fn tell(&self, event: Event) {
        // A user who no longer listens misses nothing.
        let _ = self.events.send(event);
    }

    fn state(&self, state: State) {
        let hides = state == State::Closed && self.settings.makes(Mistake::HidesClosed);
        if !hides && !self.settings.makes(Mistake::NoStates) {
            self.tell(Event::State(state));
        }
    }

    /// One connection from its opening to its end.
    async fn connection(&mut self) -> After {
        self.state(State::Connecting);
        if self.settings.makes(Mistake::EndsAtConnect) {
            // The program ends at what it was told, and nothing may be sent meanwhile.
            std::future::pending::<()>().await;
        }
        if self.settings.makes(Mistake::NewSession) {
            self.session_id = identity::fresh_session();
            self.agent_id = identity::agent_id(&self.settings.user_id, &self.session_id);
        }
        let (settings, token) = (self.settings.clone(), self.token.clone());
        let opening =
            open(&settings.url, token.as_deref(), settings.compression, settings.patience, settings.mistake);
        tokio::pin!(opening);
        let opened = loop {
            tokio::select! {
                opened = &mut opening => break opened,
                action = self.actions.recv() => if !self.keep(action) {
                    self.ended(1000, "", false);
                    return After::Leave;
                },
            }
        };
        match opened {
            Ok(socket) => self.live(socket).await,
            Err(error) => self.not_opened(&error),
        }
    }

    /// Another connection beside the first, which nobody needs.
    fn second(&self) -> Option<JoinHandle<()>> {
        if !self.settings.makes(Mistake::TwoConnections) {
            return None;
        }
        let (url, patience) = (self.settings.url.clone(), self.settings.patience);
        Some(tokio::spawn(async move {
            let socket = open(&url, None, None, patience, None).await;
            tokio::time::sleep(patience).await;
            drop(socket);
        }))
    }

    fn not_opened(&mut self, error: &ClientError) -> After {
        let after = match error {
            ClientError::Upgrade(UpgradeError::Refused { status, retry_after, .. }) => {
                let wait = retry_after.filter(|_| !self.settings.makes(Mistake::NoRetryAfter));
                match retry::after_status(*status) {
                    Retry::Never if self.settings.makes(Mistake::AnyStatus) => After::Again(Duration::ZERO),
                    Retry::Never => After::Rest,
                    Retry::Later => After::Again(retry::no_earlier(wait)),
                }
            }
            ClientError::Url { .. } => After::Rest,
            _ => After::Again(Duration::ZERO),
        };
        self.ended(1006, &error.to_line(), matches!(after, After::Again(_)));
        after
    }

    /// Tells that a connection is over.
    fn ended(&mut self, code: u16, reason: &str, retry: bool) {
        let code = if code == 1006 && self.settings.makes(Mistake::NoAbnormal) { 1000 } else { code };
        self.questions.connection_lost();
        self.tell(Event::Closed { code, reason: reason.to_owned(), retry });
        self.state(State::Closed);
    }

    /// Keeps what the user does until there is a connection; false when the user leaves.
    fn keep(&mut self, action: Option<Do>) -> bool {
        match action {
            None | Some(Do::Close) => return false,
            Some(Do::Ask { .. }) if self.settings.makes(Mistake::NoQueue) => {}
            Some(Do::Ask { query, query_id, database, max_rows }) => {
                self.questions.add(query, query_id, database, max_rows);
            }
            Some(Do::Command(action)) => self.command(&action),
            Some(Do::Subscribe(events)) => {
                self.outbox.push(json!({"type": "subscribe", "timestamp": now(), "events": events}));
            }
            Some(Do::Refresh(token)) => {
                self.outbox.push(json!({"type": "token_refresh", "timestamp": now(), "token": token}));
                if !self.settings.makes(Mistake::OldToken) {
                    self.token = Some(token);
                }
            }
            Some(Do::Databases) => self.request(Call::get("/api/database/list"), Event::Databases),
            Some(Do::Select(database)) => {
                let body = json!({"session_id": self.session_id, "database": database});
                self.request(Call::post("/api/database/select", body), Event::Selected);
            }
        }
        true
    }

    /// A command about the last question.
    fn command(&mut self, action: &str) {
        let Some(transaction) = &self.questions.last_transaction else {
            let message = "there is nothing to command".to_owned();
            self.tell(Event::Error { code: "NOT_FOUND".to_owned(), message, body: Value::Null });
            return;
        };
        self.outbox.push(
            json!({"type": "command", "timestamp": now(), "action": action, "transaction_id": transaction}),
        );
    }

    /// A request beside the socket.
    fn request(&self, call: Call, event: fn(Value) -> Event) {
        let (url, token) = (self.settings.url.clone(), self.token.clone());
        let (events, patience) = (self.events.clone(), self.settings.patience);
        tokio::spawn(async move {
            let told = match http::request(&url, token.as_deref(), &call, patience).await {
                Ok((200..=299, body)) => event(body),
                Ok((_, body)) => refusal(body),
                Err(error) => trouble(&error),
            };
            let _ = events.send(told);
        });
    }

    /// Waits before the next attempt; false when the user leaves.
    async fn wait(&mut self, delay: Duration) -> bool {
        self.tell(Event::Retrying { attempt: self.attempt, delay: self.told(delay) });
        let until = Instant::now() + delay;
        if self.settings.makes(Mistake::DeafWhileWaiting) {
            sleep_until(until).await;
            while self.actions.try_recv().is_ok() {}
            return true;
        }
        self.idle(until).await
    }

    /// Keeps what the user does until `until`; false when the user leaves.
    async fn idle(&mut self, until: Instant) -> bool {
        loop {
            tokio::select! {
                () = sleep_until(until) => return true,
                action = self.actions.recv() => if !self.keep(action) {
                    return false;
                },
            }
        }
    }

    /// Waits until the user wants something; false when it is to leave. The count of attempts goes on: only a
    /// heartbeat that was answered begins it anew.
    async fn rest(&mut self) -> bool {
        if self.settings.makes(Mistake::ResetAtRest) {
            self.attempt = 0;
        }
        loop {
            let action = self.actions.recv().await;
            let wants = matches!(action, Some(Do::Ask { .. } | Do::Subscribe(_)));
            if !self.keep(action) {
                return false;
            }
            if wants {
                return true;
            }
        }
    }

    /// A question as it goes by HTTP.
    fn fallback(&self, mut body: Value) -> Value {
        if !self.settings.makes(Mistake::FallbackStranger) {
            body["session_id"] = json!(self.session_id);
        }
        if self.settings.makes(Mistake::FallbackNewId) {
            body["query_id"] = json!(format!("{:08x}", rand::random::<u32>()));
        }
        body
    }

    /// No more attempts: what was asked goes by HTTP, and the socket is tried again now and then.
    async fn fall_back(&mut self) -> bool {
        if !self.gave_up && !self.settings.makes(Mistake::SilentGiveUp) {
            self.tell(Event::GaveUp);
        }
        self.gave_up = true;
        if self.settings.makes(Mistake::DropsWaiting) {
            self.questions.take_all();
        }
        let until = Instant::now() + self.settings.recovery;
        loop {
            for question in self.questions.take_all() {
                if self.settings.makes(Mistake::NoFallback) {
                    continue;
                }
                let body = self.fallback(question.message());
                let (url, token) = (&self.settings.url, self.token.as_deref());
                match http::request(url, token, &Call::post("/api/query", body), HTTP_PATIENCE).await {
                    Ok((200..=299, result)) if !self.settings.makes(Mistake::HidesFallback) => {
                        self.tell(Event::Result { result, via: Via::Http });
                    }
                    Ok((200..=299, _)) => {}
                    Ok((_, body)) if !self.settings.makes(Mistake::HidesErrors) => self.tell(refusal(body)),
                    Ok(_) => {}
                    Err(error) => {
                        // The socket may be back before HTTP is.
                        self.questions.put_back(question);
                        self.tell(trouble(&error));
                    }
                }
            }
            tokio::select! {
                () = sleep_until(until) => return true,
                action = self.actions.recv() => if !self.keep(action) {
                    return false;
                },
            }
        }
    }
}

/// The server's error as an event.
fn refusal(body: Value) -> Event {
    Event::Error { code: text(&body, "code").to_owned(), message: text(&body, "message").to_owned(), body }
}

fn trouble(error: &ClientError) -> Event {
    Event::Error { code: "UNREACHABLE".to_owned(), message: error.to_line(), body: Value::Null }
}
