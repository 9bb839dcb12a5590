//! The real sessions, over a state file, on a clock that only the steps move; and clients that write down what
//! they get.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reference_server::config::Config;
use reference_server::sessions::{
    Begun, Client, Interest, Join, Kept, QuerySpec, Rules, RunHandle, Session, Sessions,
};
use reference_server::state::Journal;
use reference_server::wire::Dialect;
use reference_server::wire::client::{DatabaseContext, ResumePoint};
use reference_server::wire::encode::Audience;
use reference_server::wire::error::CloseCause;
use reference_server::wire::events::EventSet;
use reference_server::wire::forms::Forms;
use reference_server::wire::identity::{ClientId, Ids, UserId};
use reference_server::wire::server::{ContextSource, UsedContext};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::model::{self, AGE_MS, BYTES, CLIENTS, Due, EVENTS, Kind, Model, SESSIONS, Step};

/// What was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) steps: u64,
    pub(super) resumes: u64,
    pub(super) recovered: u64,
    pub(super) restarts: u64,
    pub(super) superseded: u64,
    pub(super) delivered: u64,
    pub(super) replayed: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    /// Steps after which a client had not exactly what it should have.
    pub(super) wrong: u64,
}

impl Tally {
    pub(super) fn failed(&self) -> u64 {
        self.lost + self.doubled + self.wrong
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.resumes += other.resumes;
        self.recovered += other.recovered;
        self.restarts += other.restarts;
        self.superseded += other.superseded;
        self.delivered += other.delivered;
        self.replayed += other.replayed;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.wrong += other.wrong;
    }
}

/// A connection that writes down what it gets.
struct Recorder {
    id: ClientId,
    heard: Mutex<Vec<Value>>,
    replayed: Mutex<u64>,
    closed: Mutex<Option<CloseCause>>,
}

impl Recorder {
    fn new() -> Arc<Self> {
        let heard = Mutex::default();
        Arc::new(Self { id: ClientId::random(), heard, replayed: Mutex::default(), closed: Mutex::default() })
    }
}

impl Client for Recorder {
    fn client_id(&self) -> &ClientId {
        &self.id
    }

    fn dialect(&self) -> Dialect {
        Dialect::Named
    }

    fn deliver(&self, forms: &Forms<'_>, audience: Audience) {
        let text = forms.text(Dialect::Named, audience);
        self.heard.lock().unwrap().push(serde_json::from_slice(&text).unwrap());
    }

    fn replay(&self, forms: &Forms<'_>, audience: Audience) {
        *self.replayed.lock().unwrap() += 1;
        self.deliver(forms, audience);
    }

    fn close(&self, cause: CloseCause) {
        self.closed.lock().unwrap().get_or_insert(cause);
    }
}

pub(super) struct System {
    runtime: Runtime,
    folder: tempfile::TempDir,
    sessions: Option<Sessions>,
    open: Vec<Arc<Session>>,
    runs: Vec<RunHandle>,
    /// Epochs of each session's lives.
    epochs: Vec<Vec<String>>,
    clients: Vec<Option<Arc<Recorder>>>,
    pub(super) tally: Tally,
}

impl System {
    pub(super) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let mut system = Self {
            runtime,
            folder: tempfile::tempdir().unwrap(),
            sessions: None,
            open: Vec::new(),
            runs: Vec::new(),
            epochs: vec![Vec::new(); SESSIONS],
            clients: (0..CLIENTS).map(|_| None).collect(),
            tally: Tally::default(),
        };
        system.start();
        system
    }

    /// Opens the sessions as a server does that has just started.
    fn start(&mut self) {
        let _clock = self.runtime.enter();
        let mut config = Config::default();
        config.limits.history_events = EVENTS;
        config.limits.history_bytes = BYTES;
        config.limits.max_connections_per_session = 100;
        config.timers.history_age = Duration::from_millis(AGE_MS);
        config.timers.session_ttl = Duration::from_secs(1_000_000);
        config.context.session_ttl = Duration::from_secs(1_000_000);
        let (journal, saved) = Journal::open(&self.folder.path().join("state.sqlite")).unwrap();
        let sessions = Sessions::restored(Rules::of(&config), Arc::default(), journal, saved);
        let again = !self.epochs[0].is_empty();
        (self.open, self.runs) = (Vec::new(), Vec::new());
        for number in 0..SESSIONS {
            let id = model::session_id(number);
            // A session that was known before must be known now, without being made again.
            let session = if again {
                sessions.find(id.as_str()).unwrap()
            } else {
                sessions.open(Some(id.as_str()), &UserId::new(&format!("user_{number}"))).unwrap().session
            };
            assert!(sessions.open(Some(id.as_str()), &UserId::new("somebody_else")).is_err());
            let epoch = session.position().epoch.to_string();
            assert!(!self.epochs[number].contains(&epoch), "a life has its own epoch");
            self.epochs[number].push(epoch);
            self.runs.push(begin(&session));
            self.open.push(session);
        }
        self.sessions = Some(sessions);
    }

    fn restart(&mut self) {
        self.clients.iter_mut().for_each(|client| *client = None);
        if let Some(sessions) = self.sessions.take() {
            let _clock = self.runtime.enter();
            sessions.close();
        }
        self.start();
        self.tally.restarts += 1;
    }

    pub(super) fn apply(&mut self, model: &Model, step: &Step) {
        self.tally.steps += 1;
        let old = match step {
            Step::Restart => {
                self.restart();
                None
            }
            Step::Age { millis } => {
                self.runtime.block_on(tokio::time::advance(Duration::from_millis(*millis)));
                None
            }
            _ => {
                let clock = self.runtime.handle().clone();
                let _clock = clock.enter();
                self.step(model, step)
            }
        };
        if model.superseded.is_some() {
            let closed = old.and_then(|old| *old.closed.lock().unwrap());
            self.tally.superseded += 1;
            self.tally.wrong += u64::from(closed != Some(CloseCause::Superseded));
        }
        for client in 0..CLIENTS {
            self.compare(model, client);
        }
    }

    /// Does a step; gives the connection that it replaced.
    fn step(&mut self, model: &Model, step: &Step) -> Option<Arc<Recorder>> {
        match *step {
            Step::Publish { session, kind, pad, count } => {
                let run = &self.runs[session];
                for _ in 0..count {
                    let went = match kind {
                        Kind::Progress => run.progress(&model::progress(&run.id, pad)),
                        _ => run.partial(&model::partial(&run.id, pad)),
                    };
                    assert!(went, "the run is not over");
                }
            }
            Step::Turn { session } => self.turn(session),
            Step::Select { session } => {
                let context = DatabaseContext { database: "tpch".to_owned(), tables: None };
                self.open[session].select(&context).unwrap();
            }
            Step::Cut { client } => {
                let gone = self.clients[client].take().unwrap();
                self.open[model.clients[client].session].leave(&gone.id);
            }
            Step::Join { client, .. } => return self.join(model, client),
            Step::Filter { client, event, add } => {
                let recorder = self.clients[client].as_ref().unwrap();
                self.open[model.clients[client].session].subscribe(&recorder.id, &[event], add);
            }
            Step::Sweep => self.sessions.as_ref().unwrap().sweep(),
            Step::Age { .. } | Step::Restart => {}
        }
        None
    }

    fn turn(&mut self, session: usize) {
        assert!(self.runs[session].fail(model::failure()));
        self.runs[session] = begin(&self.open[session]);
    }

    fn join(&mut self, model: &Model, client: usize) -> Option<Arc<Recorder>> {
        let recorder = Recorder::new();
        let session = model.clients[client].session;
        let point = model.asked.map(|(life, offset)| ResumePoint {
            epoch: life.map_or_else(|| "foreign".to_owned(), |life| self.epochs[session][life].clone()),
            offset,
        });
        self.tally.resumes += u64::from(point.is_some());
        let shared: Arc<dyn Client> = Arc::clone(&recorder) as Arc<dyn Client>;
        let agent = format!("agent_{client}");
        let join = Join {
            client: &shared,
            agent_id: Some(&agent),
            interest: Interest { subscribed: EventSet::SESSION, refused: EventSet::NONE },
            resume: point.as_ref(),
        };
        self.open[session].join(&join, &Ids::default(), |_| None).unwrap();
        self.clients[client].replace(recorder)
    }

    /// Compares what a client got with what it should have got.
    fn compare(&mut self, model: &Model, client: usize) {
        let due = &model.due[client];
        let Some(recorder) = &self.clients[client] else { return };
        let session = model.clients[client].session;
        let heard = std::mem::take(&mut *recorder.heard.lock().unwrap());
        let got: Vec<Due> = heard.iter().map(|message| self.read(session, message)).collect();
        self.tally.replayed += std::mem::take(&mut *recorder.replayed.lock().unwrap());
        let events = |list: &[Due]| {
            list.iter().filter(|due| matches!(due, Due::Event { .. })).cloned().collect::<Vec<_>>()
        };
        let (mut due_events, got_events) = (events(due), events(&got));
        self.tally.delivered += got_events.len() as u64;
        self.tally.recovered += got.iter().filter(|due| is_recovered(due)).count() as u64;
        for event in got_events {
            match due_events.iter().position(|due| *due == event) {
                Some(at) => drop(due_events.remove(at)),
                None => self.tally.doubled += 1,
            }
        }
        self.tally.lost += due_events.len() as u64;
        if got != *due {
            self.tally.wrong += 1;
            eprintln!("client {client} got {got:?}, due was {due:?}");
        }
    }

    fn read(&self, session: usize, message: &Value) -> Due {
        let number = |name: &str| message[name].as_u64();
        let kind = message["type"].as_str().unwrap();
        let reasons = ["OK", "EPOCH_MISMATCH", "FUTURE_OFFSET", "TOO_MANY", "EXPIRED", "TRIMMED"];
        match kind {
            "resumed" => {
                let reason = reasons.into_iter().find(|reason| message["reason"] == *reason).unwrap();
                assert_eq!(message["recovered"], reason == "OK");
                assert_eq!(message["epoch"], **self.epochs[session].last().unwrap());
                Due::Resumed { reason, from: number("from"), to: number("to"), top: number("top").unwrap() }
            }
            "session_snapshot" => {
                assert_eq!(message["running"].as_array().unwrap().len(), 1);
                Due::Snapshot
            }
            _ => {
                assert_eq!(message["session_id"], model::session_id(session).as_str());
                let kinds = [Kind::Accepted, Kind::Progress, Kind::Partial, Kind::Failed, Kind::Selected];
                let name = kinds.into_iter().map(Kind::name).find(|name| *name == kind).unwrap();
                let epoch = message["epoch"].as_str().unwrap();
                let life = self.epochs[session].iter().position(|known| known == epoch).unwrap();
                Due::Event { life, offset: number("offset").unwrap(), name }
            }
        }
    }

    /// What must hold between any two steps.
    pub(super) fn check(&self, model: &Model) {
        let _clock = self.runtime.enter();
        for (session, life) in self.open.iter().zip(&model.lives) {
            assert_eq!(session.position().top, life.top());
            let kept = session.contexts();
            assert_eq!(matches!(kept.session, Kept::Valid(_)), life.selected);
            assert_eq!(matches!(kept.user, Kept::Valid(_)), life.selected);
        }
    }
}

const fn is_recovered(due: &Due) -> bool {
    matches!(due, Due::Resumed { reason, .. } if matches!(reason.as_bytes(), b"OK"))
}

fn begin(session: &Arc<Session>) -> RunHandle {
    let context = UsedContext { database: "tpch".to_owned(), tables: None, source: ContextSource::Default };
    let spec = QuerySpec {
        text: "x".to_owned(),
        stream: false,
        max_rows: 10,
        workflow: "bi".to_owned(),
        chat: None,
        traceparent: None,
        context,
    };
    match session.begin(&Ids::default(), spec, None, || Ok((None, ()))) {
        Ok(Begun::New(run, ())) => run,
        _ => panic!("a new run"),
    }
}
