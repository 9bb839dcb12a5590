//! The client behind lines of JSON on standard input and output, as `tidegate check-client` plays with clients.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::address::{self, FALLBACK, FALLBACK_WARNING, Resolved, VARIABLES};
use crate::client::{Client, Do, Event, State};
use crate::deflate::Offer;
use crate::echo::echo;
use crate::mistake::Mistake;
use crate::settings::Settings;

/// What this client has.
const FEATURES: [&str; 15] = [
    "echo",
    "offer",
    "session",
    "reconnect",
    "resume",
    "fallback",
    "storage",
    "url",
    "token",
    "commands",
    "subscribe",
    "database",
    "typed",
    "batch",
    "time_scale",
];

/// Time to leave after standard input ended.
const LEAVING: Duration = Duration::from_secs(5);

/// Plays until standard input ends.
pub async fn play() {
    let mistake = variable("TIDEGATE_CLIENT_FAULT").and_then(|name| Mistake::named(&name));
    say(&json!({
        "event": "ready", "contract": 1, "features": FEATURES,
        "name": concat!("tidegate-client ", env!("CARGO_PKG_VERSION")),
    }));
    let mut player = Player { mistake, playing: None, leave_echo: None };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => player.line(&line),
                Ok(None) | Err(_) => break,
            },
            event = next(&mut player.playing) => match event {
                Some(event) => {
                    let ends = mistake.is_some_and(|mistake| ends_at(mistake, &event));
                    say(&told(event));
                    if ends {
                        return;
                    }
                }
                None => player.playing = None,
            },
        }
    }
    if mistake == Some(Mistake::Stays) {
        std::future::pending::<()>().await;
    }
    player.leave().await;
}

/// True when the program ends, without a close, at what it tells.
fn ends_at(mistake: Mistake, event: &Event) -> bool {
    match mistake {
        Mistake::EndsAtConnect => matches!(event, Event::State(State::Connecting)),
        Mistake::EndsWhenOpen => matches!(event, Event::Open { .. }),
        Mistake::EndsWhenLost => matches!(event, Event::Closed { .. }),
        _ => false,
    }
}

/// The next event of what is played, if anything is.
async fn next(playing: &mut Option<Playing>) -> Option<Event> {
    match playing {
        Some(playing) => playing.next().await,
        None => std::future::pending().await,
    }
}

/// What is played.
enum Playing {
    Session(Client),
    Echo(mpsc::UnboundedReceiver<Event>),
}

impl Playing {
    async fn next(&mut self) -> Option<Event> {
        match self {
            Self::Session(client) => client.next().await,
            Self::Echo(events) => events.recv().await,
        }
    }
}

struct Player {
    mistake: Option<Mistake>,
    playing: Option<Playing>,
    leave_echo: Option<mpsc::Sender<()>>,
}

impl Player {
    /// One line of the user.
    fn line(&mut self, line: &str) {
        let Ok(action) = serde_json::from_str::<Value>(line) else { return };
        let text = |key: &str| action.get(key).and_then(Value::as_str).map(str::to_owned);
        match text("do").as_deref() {
            Some("echo") => self.echo(text("offer")),
            Some("connect") => self.connect(text("session_id"), text("user_id"), text("token")),
            Some("resolve") => {
                let resolved = self.resolved();
                warn(&resolved);
                say(&json!({"event": "url", "url": resolved.url}));
            }
            Some("close") => {
                if let Some(leave) = &self.leave_echo {
                    let _ = leave.try_send(());
                }
                self.act(Do::Close);
            }
            Some("ask") => self.act(Do::Ask {
                query: text("query").unwrap_or_default(),
                query_id: text("query_id"),
                database: text("database"),
                max_rows: action.get("max_rows").and_then(Value::as_u64),
            }),
            Some("command") => self.act(Do::Command(text("action").unwrap_or_default())),
            Some("subscribe") => {
                let events = action.get("events").and_then(Value::as_array);
                let events = events.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                self.act(Do::Subscribe(events.collect()));
            }
            Some("refresh") => self.act(Do::Refresh(text("token").unwrap_or_default())),
            Some("databases") => self.act(Do::Databases),
            Some("select_database") => self.act(Do::Select(text("database").unwrap_or_default())),
            _ => say(&json!({"event": "error", "code": "UNKNOWN_ACTION", "message": line})),
        }
    }

    fn act(&self, action: Do) {
        if let Some(Playing::Session(client)) = &self.playing {
            client.act(action);
        }
    }

    /// Echoes, with the offer of compression that `offer` has the parameters of.
    fn echo(&mut self, offer: Option<String>) {
        let offer = match offer.as_deref().map(Offer::read) {
            None => Offer::default(),
            Some(Ok(offer)) => offer,
            Some(Err(error)) => {
                say(&json!({"event": "error", "code": "UNKNOWN_OFFER", "message": error.to_string()}));
                return;
            }
        };
        let (leave, mut left) = mpsc::channel(1);
        let (events, told) = mpsc::unbounded_channel();
        let (url, mistake) = (self.url(), self.mistake);
        tokio::spawn(async move {
            echo(&url, Some(offer), scale(), mistake, &mut left, |event| {
                let _ = events.send(event);
            })
            .await;
        });
        self.leave_echo = Some(leave);
        self.playing = Some(Playing::Echo(told));
    }

    fn connect(&mut self, session_id: Option<String>, user_id: Option<String>, token: Option<String>) {
        let mut settings = Settings::new(&self.url()).scaled(scale());
        settings.session_id = session_id;
        settings.token = token;
        if let Some(user_id) = user_id {
            settings.user_id = user_id;
        }
        settings.folder = variable("TIDEGATE_STATE_DIR").map(PathBuf::from);
        settings.mistake = self.mistake;
        self.playing = Some(Playing::Session(Client::start(settings)));
    }

    /// The address: the one given, else what the variables of a web client say.
    fn url(&self) -> String {
        variable("TIDEGATE_URL").unwrap_or_else(|| {
            let resolved = self.resolved();
            warn(&resolved);
            resolved.url
        })
    }

    fn resolved(&self) -> Resolved {
        match self.mistake {
            None => address::resolve(variable),
            Some(mistake) => mistaken(mistake),
        }
    }

    /// Closes in order, as long as that is quick.
    async fn leave(mut self) {
        self.act(Do::Close);
        if let Some(leave) = &self.leave_echo {
            let _ = leave.try_send(());
        }
        let Some(playing) = &mut self.playing else { return };
        let rest = async {
            while let Some(event) = playing.next().await {
                say(&told(event));
            }
        };
        // Whoever does not answer a close is left all the same.
        let _ = timeout(LEAVING, rest).await;
    }
}

/// Address rules, mistaken.
fn mistaken(mistake: Mistake) -> Resolved {
    let [socket, backend, api] = VARIABLES;
    let raw = |name: &str| std::env::var(name).ok();
    let mut resolved = match mistake {
        Mistake::BackendFirst if variable(backend).is_some() => {
            address::resolve(|name| variable(name).filter(|_| name != socket))
        }
        Mistake::NoApiUrl => address::resolve(|name| variable(name).filter(|_| name != api)),
        Mistake::EmptyCounts => match raw(socket) {
            Some(url) if url.is_empty() => Resolved { url, warning: None },
            _ => address::resolve(variable),
        },
        _ => address::resolve(variable),
    };
    match mistake {
        Mistake::KeepsScheme => resolved.url = resolved.url.replacen("ws", "http", 1),
        Mistake::PlainFromTls => resolved.url = resolved.url.replacen("wss://", "ws://", 1),
        Mistake::NoWarning => resolved.warning = None,
        Mistake::AlwaysWarns => resolved.warning = Some(FALLBACK_WARNING),
        Mistake::OtherFallback if resolved.url == FALLBACK => {
            "ws://localhost:3000".clone_into(&mut resolved.url);
        }
        _ => {}
    }
    resolved
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Factor on the client's own times.
fn scale() -> f64 {
    let scale = variable("TIDEGATE_TIME_SCALE").and_then(|scale| scale.parse().ok());
    scale.filter(|scale: &f64| scale.is_finite() && *scale >= 0.0).unwrap_or(1.0)
}

fn warn(resolved: &Resolved) {
    if let Some(text) = resolved.warning {
        say(&json!({"event": "warning", "text": text}));
    }
}

/// An event as a line.
fn told(event: Event) -> Value {
    match event {
        Event::State(state) => json!({"event": "state", "state": state.as_str()}),
        Event::Open { session_id } => json!({"event": "open", "session_id": session_id}),
        Event::Message(message) => json!({"event": "message", "message": message}),
        Event::Result { result, via } => json!({"event": "result", "result": result, "via": via.as_str()}),
        Event::Error { code, message, .. } => json!({"event": "error", "code": code, "message": message}),
        Event::Closed { code, reason, retry } => {
            json!({"event": "closed", "code": code, "reason": reason, "retry": retry})
        }
        Event::Retrying { attempt, delay } => {
            json!({"event": "retrying", "attempt": attempt, "delay_ms": delay.as_secs_f64() * 1e3})
        }
        Event::GaveUp => json!({"event": "gave_up"}),
        Event::Databases(databases) => json!({"event": "databases", "databases": databases}),
        Event::Selected(selected) => json!({"event": "selected", "selected": selected}),
    }
}

fn say(line: &Value) {
    let mut out = std::io::stdout().lock();
    // Whoever started this program may be gone; then nobody listens.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
