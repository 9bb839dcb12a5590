//! Sessions as a whole: replay and live delivery in any interleaving, ends that race, registry.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::{Begun, Client, Interest, Join, QuerySpec, Rules, RunHandle, Session, Sessions};
use crate::config::Config;
use crate::wire::Dialect;
use crate::wire::client::{Action, Command, ResumePoint};
use crate::wire::encode::Audience;
use crate::wire::error::{CloseCause, Code, Failure};
use crate::wire::events::EventSet;
use crate::wire::forms::Forms;
use crate::wire::identity::{ClientId, Ids, SessionId, UserId};
use crate::wire::server::{ContextSource, ProgressUpdate, UsedContext};

/// A client that keeps what it gets.
struct Recorder {
    id: ClientId,
    dialect: Dialect,
    frames: Mutex<Vec<Value>>,
    closed: Mutex<Option<CloseCause>>,
}

impl Recorder {
    fn new(dialect: Dialect) -> Arc<Self> {
        let (frames, closed) = (Mutex::default(), Mutex::default());
        Arc::new(Self { id: ClientId::random(), dialect, frames, closed })
    }

    fn frames(&self) -> Vec<Value> {
        self.frames.lock().unwrap().clone()
    }

    fn offsets(&self) -> Vec<u64> {
        self.frames().iter().filter_map(|frame| frame["offset"].as_u64()).collect()
    }
}

impl Client for Recorder {
    fn client_id(&self) -> &ClientId {
        &self.id
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn deliver(&self, forms: &Forms<'_>, audience: Audience) {
        let text = forms.text(self.dialect, audience);
        self.frames.lock().unwrap().push(serde_json::from_slice(&text).unwrap());
    }

    fn replay(&self, forms: &Forms<'_>, audience: Audience) {
        self.deliver(forms, audience);
    }

    fn close(&self, cause: CloseCause) {
        self.closed.lock().unwrap().get_or_insert(cause);
    }
}

fn sessions(change: impl FnOnce(&mut Config)) -> Sessions {
    let mut config = Config::default();
    change(&mut config);
    Sessions::new(Rules::of(&config), Arc::default())
}

fn spec() -> QuerySpec {
    let context =
        UsedContext { database: "financial_db".to_owned(), tables: None, source: ContextSource::Default };
    QuerySpec {
        text: "x".to_owned(),
        stream: false,
        max_rows: 10,
        workflow: "bi".to_owned(),
        chat: None,
        context,
        traceparent: None,
    }
}

fn begin(session: &Arc<Session>, asker: Option<&Arc<dyn Client>>) -> RunHandle {
    match session.begin(&Ids::default(), spec(), asker, || Ok((None, ()))) {
        Ok(Begun::New(run, ())) => run,
        _ => panic!("a new run"),
    }
}

fn progress(run: &RunHandle) -> bool {
    run.progress(&ProgressUpdate {
        transaction_id: run.id.clone(),
        current_agent: "nlp".to_owned(),
        current_tasks: indexmap::IndexMap::new(),
        progress_events: Vec::new(),
        execution_order: Vec::new(),
        percent: 1,
        eta_ms: None,
    })
}

fn join(session: &Session, client: &Arc<dyn Client>, resume: Option<&ResumePoint>) -> Result<(), Failure> {
    let interest = Interest { subscribed: EventSet::SESSION, refused: EventSet::NONE };
    session.join(&Join { client, agent_id: None, interest, resume }, &Ids::default(), |_| None)
}

/// What happens next to a session with one wandering client.
#[derive(Debug, Clone)]
enum Step {
    Publish(u8),
    Leave,
    Return,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => (1..20_u8).prop_map(Step::Publish), 1 => Just(Step::Leave), 2 => Just(Step::Return)]
}

proptest! {
    /// Whatever happens between leaving and returning, a client that resumes sees each event once and in
    /// order, or is told that it can't.
    #[test]
    fn replay_and_live_leave_no_gap_and_no_duplicate(
        steps in proptest::collection::vec(step(), 1..40),
        bound in 1..60_usize,
    ) {
        let sessions = sessions(|config| config.limits.history_events = bound);
        let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
        let run = begin(&session, None);
        let epoch = session.position().epoch.to_string();
        let mut seen = 1;
        let mut present: Option<Arc<Recorder>> = None;
        for step in steps {
            match step {
                Step::Publish(count) => (0..count).for_each(|_| assert!(progress(&run))),
                Step::Leave => {
                    if let Some(client) = present.take() {
                        seen = depart(&session, &client, seen)?;
                    }
                }
                Step::Return if present.is_none() => {
                    let client = Recorder::new(Dialect::Named);
                    let point = ResumePoint { epoch: epoch.clone(), offset: seen };
                    join(&session, &(Arc::clone(&client) as Arc<dyn Client>), Some(&point)).unwrap();
                    let told = client.frames()[0].clone();
                    let missing = session.position().top - seen;
                    prop_assert_eq!(told["recovered"] == true, missing <= bound as u64);
                    present = Some(client);
                }
                Step::Return => {}
            }
        }
        if let Some(client) = present {
            depart(&session, &client, seen)?;
        }
    }
}

/// Takes a client out and checks what it got since it had seen `seen`; gives what it has seen now.
fn depart(session: &Session, client: &Recorder, seen: u64) -> Result<u64, TestCaseError> {
    session.leave(&client.id);
    let recovered = client.frames()[0]["recovered"] == true;
    let offsets = client.offsets();
    let top = session.position().top;
    let first = if recovered { seen + 1 } else { top + 1 - offsets.len() as u64 };
    prop_assert_eq!(offsets, (first..=top).collect::<Vec<_>>());
    Ok(top)
}

#[test]
fn publishers_and_joiners_on_many_threads_keep_the_order() {
    let sessions = sessions(|config| {
        config.limits.history_events = 100_000;
        config.limits.history_bytes = usize::MAX;
        config.limits.max_connections_per_session = 100;
    });
    let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
    let epoch = session.position().epoch.to_string();
    let clients: Vec<_> = (0..4).map(|_| Recorder::new(Dialect::Named)).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let run = begin(&session, None);
                (0..200).for_each(|_| assert!(progress(&run)));
            });
        }
        for client in &clients {
            let point = ResumePoint { epoch: epoch.clone(), offset: 0 };
            let session = &session;
            scope.spawn(move || {
                join(session, &(Arc::clone(client) as Arc<dyn Client>), Some(&point)).unwrap();
            });
        }
    });
    for client in &clients {
        assert_eq!(client.offsets(), (1..=603).collect::<Vec<u64>>());
    }
}

#[test]
fn of_a_cancel_and_a_completion_exactly_one_ends_a_run() {
    let sessions = sessions(|_| {});
    for _ in 0..100 {
        let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
        let client = Recorder::new(Dialect::Named);
        let shared: Arc<dyn Client> = Arc::clone(&client) as Arc<dyn Client>;
        join(&session, &shared, None).unwrap();
        let run = begin(&session, Some(&shared));
        let cancel = Command { action: Action::Cancel, transaction_id: run.id.to_string() };
        std::thread::scope(|scope| {
            scope.spawn(|| run.fail(Failure::new(Code::QueryFailed, "late")));
            scope.spawn(|| {
                session.command::<()>(&cancel, &Ids::default(), &shared, |_| unreachable!()).map(drop)
            });
        });
        let ends: Vec<_> = client
            .frames()
            .into_iter()
            .map(|frame| frame["type"].as_str().unwrap().to_owned())
            .filter(|name| name == "error" || name == "query_cancelled")
            .collect();
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert!(!progress(&run), "nothing after the end");
    }
}

#[test]
fn who_asked_gets_the_response_and_others_the_event() {
    let session = sessions(|_| {}).open(None, &UserId::anonymous()).unwrap().session;
    let (asker, other) = (Recorder::new(Dialect::Typed), Recorder::new(Dialect::Typed));
    let shared: Arc<dyn Client> = Arc::clone(&asker) as Arc<dyn Client>;
    join(&session, &shared, None).unwrap();
    join(&session, &(Arc::clone(&other) as Arc<dyn Client>), None).unwrap();
    session.subscribe(&asker.id, &[crate::wire::events::EventName::ProgressUpdate], false);
    let run = begin(&session, Some(&shared));
    assert!(progress(&run));
    let cancel = Command { action: Action::Cancel, transaction_id: run.id.to_string() };
    session.command::<()>(&cancel, &Ids::default(), &shared, |_| unreachable!()).unwrap();
    let kinds = |client: &Recorder| {
        let name =
            |frame: &Value| frame["event_name"].as_str().or(frame["type"].as_str()).unwrap().to_owned();
        client.frames().iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&asker),
        ["query_accepted", "command_result", "response"],
        "it unsubscribed from progress"
    );
    assert_eq!(kinds(&other), ["query_accepted", "progress_update", "query_cancelled"]);
    assert_eq!(asker.frames()[2]["result"], other.frames()[2]["payload"]);
}

#[tokio::test(start_paused = true)]
async fn sessions_expire_are_remembered_and_forgotten() {
    let sessions = sessions(|config| {
        config.timers.session_ttl = Duration::from_secs(10);
        config.timers.session_memory = Duration::from_secs(100);
    });
    let made = sessions.open(Some("session_a"), &UserId::anonymous()).unwrap();
    let client = Recorder::new(Dialect::Named);
    join(&made.session, &(Arc::clone(&client) as Arc<dyn Client>), None).unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(sessions.find("session_a").is_ok(), "a connection keeps it alive");
    made.session.leave(&client.id);
    tokio::time::advance(Duration::from_secs(9)).await;
    assert!(sessions.find("session_a").is_ok(), "which is a request of its own");
    tokio::time::advance(Duration::from_secs(10)).await;
    let code = |sessions: &Sessions| sessions.find("session_a").err().map(|failure| failure.code);
    assert_eq!(code(&sessions), Some(Code::SessionExpired));
    assert!(
        join(&made.session, &(client as Arc<dyn Client>), None).is_err(),
        "who still holds it can't join"
    );
    tokio::time::advance(Duration::from_secs(101)).await;
    sessions.sweep();
    assert_eq!(code(&sessions), Some(Code::InvalidSession));
    assert!(sessions.is_empty());
}

#[test]
fn fault_3_hand_over_from_replay_to_live_in_a_thousand_interleavings() {
    let sessions = sessions(|_| {});
    for round in 0..1_000_u32 {
        let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
        let run = begin(&session, None);
        let epoch = session.position().epoch.to_string();
        let client = Recorder::new(Dialect::Named);
        let start = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                (0..24).for_each(|_| assert!(progress(&run)));
            });
            scope.spawn(|| {
                start.wait();
                // Joins at another moment of the publishing each time.
                (0..round % 97 * 20).for_each(|_| std::hint::spin_loop());
                let point = ResumePoint { epoch: epoch.clone(), offset: u64::from(round % 2) };
                join(&session, &(Arc::clone(&client) as Arc<dyn Client>), Some(&point)).unwrap();
            });
        });
        let first = u64::from(round % 2) + 1;
        assert_eq!(client.offsets(), (first..=25).collect::<Vec<_>>(), "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn fault_7_after_a_silence_longer_than_the_history_lives_the_top_is_recovered() {
    let sessions = sessions(|_| {});
    let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
    let run = begin(&session, None);
    (0..9).for_each(|_| assert!(progress(&run)));
    let epoch = session.position().epoch.to_string();
    for (offset, reason) in [(10, "OK"), (9, "OK"), (8, "EXPIRED")] {
        tokio::time::advance(Duration::from_secs(1_000)).await;
        sessions.sweep();
        let client = Recorder::new(Dialect::Named);
        let point = ResumePoint { epoch: epoch.clone(), offset };
        join(&session, &(Arc::clone(&client) as Arc<dyn Client>), Some(&point)).unwrap();
        assert_eq!(client.frames()[0]["reason"], reason);
        assert_eq!(client.frames()[0]["recovered"], reason == "OK");
        session.leave(&client.id);
    }
}

#[test]
fn fault_10_of_301_missed_events_none_is_sent_and_a_snapshot_follows() {
    let sessions = sessions(|_| {});
    let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
    let run = begin(&session, None);
    (0..300).for_each(|_| assert!(progress(&run)));
    let epoch = session.position().epoch.to_string();
    for (offset, reason, events) in [(0, "TOO_MANY", 0), (1, "OK", 300)] {
        let client = Recorder::new(Dialect::Typed);
        let point = ResumePoint { epoch: epoch.clone(), offset };
        join(&session, &(Arc::clone(&client) as Arc<dyn Client>), Some(&point)).unwrap();
        let frames = client.frames();
        assert_eq!(frames[0]["payload"]["reason"], reason);
        assert_eq!(frames.len(), 1 + if events == 0 { 1 } else { events });
        let snapshot = &frames[1];
        assert_eq!(snapshot["event_name"] == "session_snapshot", events == 0);
        session.leave(&client.id);
    }
}

#[test]
fn a_session_without_events_costs_less_than_600_bytes() {
    // A reference count and an allocator's header go with each thing on the heap.
    const HEAP: usize = 16 + 16;
    let id = SessionId::random();
    let names = 2 * (HEAP + id.as_str().len()) + HEAP + 17;
    // The map of sessions is at least 7/16 full.
    let entry = 2 * (size_of::<SessionId>() + 3 * size_of::<usize>() + 1);
    let all = HEAP + size_of::<Session>() + names + entry;
    assert!(all < 600, "{all} bytes, {} of them the session itself", size_of::<Session>());
}

#[test]
fn an_event_that_is_held_costs_its_text_and_little_more() {
    let sessions = sessions(|_| {});
    let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
    let run = begin(&session, None);
    let client = Recorder::new(Dialect::Typed);
    join(&session, &(Arc::clone(&client) as Arc<dyn Client>), None).unwrap();
    (0..300).for_each(|_| assert!(progress(&run)));
    let state = session.lock();
    // What a typed client got was written for it and is not kept: replay writes it again from the one text.
    for held in state.history.from(0) {
        assert_eq!(held.message.named().len(), held.message.size());
    }
    assert!(size_of::<super::Held>() <= 120, "{}", size_of::<super::Held>());
}

#[test]
fn a_session_in_which_nothing_happened_needs_no_memory_to_be_resumed() {
    let sessions = sessions(|_| {});
    let provisional = sessions.provisional();
    let (id, epoch) = (provisional.id().to_string(), provisional.position().epoch);
    sessions.discard(&provisional);
    assert!(sessions.is_empty());
    let again = sessions.open(Some(&id), &UserId::anonymous()).unwrap();
    assert!(again.new);
    assert_eq!(again.session.position().epoch, epoch);
    let other = super::tests::sessions(|_| {});
    let elsewhere = other.open(Some(&id), &UserId::anonymous()).unwrap().session;
    assert_ne!(elsewhere.position().epoch, epoch, "another process, another life");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_forgotten_begins_another_life() {
    let sessions = sessions(|_| {});
    let first = sessions.open(Some("session_a"), &UserId::anonymous()).unwrap().session.position().epoch;
    tokio::time::advance(Duration::from_secs(3_600)).await;
    sessions.sweep();
    tokio::time::advance(Duration::from_secs(86_400)).await;
    sessions.sweep();
    let again = sessions.open(Some("session_a"), &UserId::anonymous()).unwrap();
    assert!(again.new);
    assert_ne!(again.session.position().epoch, first);
}
