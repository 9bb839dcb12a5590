//! What the rule says, with nothing of how it is done: every event is remembered for ever, and what a history
//! would still hold is worked out from that when somebody asks.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use reference_server::wire::encode::{Message, Stamp};
use reference_server::wire::error::{Code, Failure};
use reference_server::wire::events::EventName;
use reference_server::wire::identity::{Epoch, Ids, SessionId, TransactionId};
use reference_server::wire::server::{
    ContextSource, DatabaseContextChanged, PartialResult, ProgressUpdate, QueryAccepted, ServerMessage,
    TerminalError, UsedContext,
};
use reference_server::wire::time::WireTime;

/// Bounds of the histories: small, so that all of them are met.
pub(super) const EVENTS: usize = 12;
pub(super) const BYTES: usize = 6_000;
pub(super) const AGE_MS: u64 = 5_000;

pub(super) const SESSIONS: usize = 2;
pub(super) const CLIENTS: usize = 4;

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Accepted,
    Progress,
    Partial,
    Failed,
    Selected,
}

impl Kind {
    /// The subscription it goes by.
    pub(super) const fn event(self) -> EventName {
        match self {
            Self::Progress => EventName::ProgressUpdate,
            Self::Partial => EventName::PartialResult,
            Self::Accepted | Self::Failed => EventName::QueryResult,
            Self::Selected => EventName::DatabaseContextChanged,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "query_accepted",
            Self::Progress => "progress_update",
            Self::Partial => "partial_result",
            Self::Failed => "error",
            Self::Selected => "database_context_changed",
        }
    }

    /// Bytes of such an event with an offset of one digit and nothing to make it longer.
    fn bytes(self) -> usize {
        static SIZES: LazyLock<[usize; 5]> = LazyLock::new(|| {
            let id = TransactionId::random();
            [
                size(&QueryAccepted { transaction_id: id.clone(), queue_position: None, duplicate: false }),
                size(&progress(&id, 0)),
                size(&partial(&id, 0)),
                size(&TerminalError { transaction_id: id, failure: failure(), progress_events: Vec::new() }),
                size(&DatabaseContextChanged {
                    database_context: UsedContext {
                        database: "tpch".to_owned(),
                        tables: None,
                        source: ContextSource::Session,
                    },
                    expires_at: WireTime::now(),
                }),
            ]
        });
        SIZES[self as usize]
    }
}

fn size<M: ServerMessage>(body: &M) -> usize {
    let stamp = Stamp { session_id: session_id(0), epoch: Epoch::of(0), offset: 1 };
    Message::event(&Ids::default(), &stamp, body).size()
}

pub(super) fn session_id(session: usize) -> SessionId {
    SessionId::parse(&format!("session_{session}")).unwrap()
}

/// How a question ends here.
pub(super) fn failure() -> Failure {
    Failure::new(Code::QueryFailed, "x")
}

pub(super) fn progress(id: &TransactionId, pad: usize) -> ProgressUpdate {
    ProgressUpdate {
        transaction_id: id.clone(),
        current_agent: "x".repeat(pad),
        current_tasks: indexmap::IndexMap::new(),
        progress_events: Vec::new(),
        execution_order: Vec::new(),
        percent: 1,
        eta_ms: None,
    }
}

pub(super) fn partial(id: &TransactionId, pad: usize) -> PartialResult {
    let row = serde_json::value::to_raw_value(&"x".repeat(pad)).unwrap();
    PartialResult { transaction_id: id.clone(), sequence: 0, columns: None, rows: vec![row] }
}

/// What happens next.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Publish {
        session: usize,
        kind: Kind,
        pad: usize,
        count: usize,
    },
    /// The running question fails and another begins.
    Turn {
        session: usize,
    },
    Select {
        session: usize,
    },
    Cut {
        client: usize,
    },
    /// A client comes, or comes again while its old connection lives.
    Join {
        client: usize,
        point: Option<Point>,
    },
    Filter {
        client: usize,
        event: EventName,
        add: bool,
    },
    Age {
        millis: u64,
    },
    Sweep,
    Restart,
}

/// What a client says it saw last.
#[derive(Debug, Clone, Copy)]
pub(super) enum Point {
    Seen,
    /// So much less than it really saw.
    Behind(u64),
    Future(u64),
    Foreign,
}

#[derive(Debug, Clone)]
struct Event {
    kind: Kind,
    bytes: usize,
    at: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Life {
    /// How often its server began anew.
    pub(super) number: usize,
    events: Vec<Event>,
    pub(super) selected: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Wanderer {
    pub(super) session: usize,
    pub(super) connected: bool,
    filter: Vec<EventName>,
    /// Life and offset of what it saw last.
    pub(super) seen: (usize, u64),
}

/// What a connection is to get by a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    Event { life: usize, offset: u64, name: &'static str },
    Resumed { reason: &'static str, from: Option<u64>, to: Option<u64>, top: u64 },
    Snapshot,
}

#[derive(Debug, Clone)]
pub(super) struct Model {
    now: u64,
    pub(super) lives: Vec<Life>,
    pub(super) clients: Vec<Wanderer>,
    /// By the last step: what each client's present connection is to get, and whether an older one is ended.
    pub(super) due: Vec<Vec<Due>>,
    pub(super) superseded: Option<usize>,
    /// The point that the last step's join named.
    pub(super) asked: Option<(Option<usize>, u64)>,
}

impl Life {
    pub(super) fn top(&self) -> u64 {
        self.events.len() as u64
    }

    /// Whether, and by what, an event is gone.
    fn gone(&self, offset: u64, now: u64) -> Option<&'static str> {
        let at = offset as usize - 1;
        let event = &self.events[at];
        let later = &self.events[at + 1..];
        if later.is_empty() {
            // The newest is never evicted.
            return None;
        }
        let mut bytes = event.bytes;
        let crowded = later.iter().enumerate().find_map(|(number, next)| {
            bytes += next.bytes;
            let reason = if number + 1 >= EVENTS { "TOO_MANY" } else { "TRIMMED" };
            (number + 1 >= EVENTS || bytes > BYTES).then_some((next.at, reason))
        });
        match crowded {
            Some((when, reason)) if when - event.at <= AGE_MS => Some(reason),
            _ if now - event.at > AGE_MS => Some("EXPIRED"),
            _ => None,
        }
    }

    /// What a client is told that saw `offset` of life `number` last, and where its replay begins.
    fn resume(&self, number: Option<usize>, offset: u64, now: u64) -> (&'static str, Option<u64>) {
        let top = self.top();
        if number != Some(self.number) {
            ("EPOCH_MISMATCH", None)
        } else if offset > top {
            ("FUTURE_OFFSET", None)
        } else if let Some(reason) = (offset + 1..=top).rev().find_map(|missed| self.gone(missed, now)) {
            (reason, None)
        } else {
            ("OK", (offset < top).then_some(offset + 1))
        }
    }
}

impl Model {
    fn publish(&mut self, session: usize, kind: Kind, pad: usize) {
        let life = &mut self.lives[session];
        let offset = life.top() + 1;
        let bytes = kind.bytes() + pad + offset.to_string().len() - 1;
        life.events.push(Event { kind, bytes, at: self.now });
        let due = Due::Event { life: life.number, offset, name: kind.name() };
        for (client, dues) in self.clients.iter_mut().zip(&mut self.due) {
            if client.connected && client.session == session && client.filter.contains(&kind.event()) {
                dues.push(due.clone());
                client.seen = (life.number, offset);
            }
        }
    }

    fn join(&mut self, client: usize, point: Option<Point>) {
        let wanderer = &mut self.clients[client];
        let life = &self.lives[wanderer.session];
        if wanderer.connected {
            self.superseded = Some(client);
        }
        wanderer.connected = true;
        wanderer.filter = ALL.to_vec();
        self.due[client].clear();
        let Some(point) = point else {
            wanderer.seen = (life.number, life.top());
            return;
        };
        let (number, offset) = match point {
            Point::Seen => (Some(wanderer.seen.0), wanderer.seen.1),
            Point::Behind(less) => (Some(wanderer.seen.0), wanderer.seen.1.saturating_sub(less)),
            Point::Future(more) => (Some(life.number), life.top() + more),
            Point::Foreign => (None, 0),
        };
        self.asked = Some((number, offset));
        let (reason, from) = life.resume(number, offset, self.now);
        let top = life.top();
        let dues = &mut self.due[client];
        dues.push(Due::Resumed { reason, from, to: from.map(|_| top), top });
        if reason != "OK" {
            dues.push(Due::Snapshot);
        }
        for offset in from.into_iter().flat_map(|from| from..=top) {
            let name = life.events[offset as usize - 1].kind.name();
            dues.push(Due::Event { life: life.number, offset, name });
        }
        wanderer.seen = (life.number, top);
    }

    fn restart(&mut self) {
        for client in &mut self.clients {
            client.connected = false;
        }
        for session in 0..SESSIONS {
            let life = &mut self.lives[session];
            life.number += 1;
            life.events.clear();
            self.publish(session, Kind::Accepted, 0);
        }
    }
}

/// What the doors that serve a session subscribe to.
pub(super) const ALL: [EventName; 4] = [
    EventName::ProgressUpdate,
    EventName::PartialResult,
    EventName::QueryResult,
    EventName::DatabaseContextChanged,
];

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let client = |number| Wanderer {
            session: number % SESSIONS,
            connected: false,
            filter: Vec::new(),
            seen: (0, 0),
        };
        let mut model = Self {
            now: 0,
            lives: vec![Life::default(); SESSIONS],
            clients: (0..CLIENTS).map(client).collect(),
            due: vec![Vec::new(); CLIENTS],
            superseded: None,
            asked: None,
        };
        for session in 0..SESSIONS {
            model.publish(session, Kind::Accepted, 0);
        }
        Just(model).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let (session, client) = (0..SESSIONS, 0..CLIENTS);
        let kind = prop_oneof![Just(Kind::Progress), Just(Kind::Partial)];
        let pad = prop_oneof![3 => 0..100_usize, 1 => 100..3_000_usize];
        let point = prop_oneof![
            6 => Just(Point::Seen),
            2 => (1..15_u64).prop_map(Point::Behind),
            1 => (1..3_u64).prop_map(Point::Future),
            1 => Just(Point::Foreign),
        ];
        let event = (0..ALL.len()).prop_map(|at| ALL[at]);
        prop_oneof![
            30 => (session.clone(), kind, pad, 1..5_usize)
                .prop_map(|(session, kind, pad, count)| Step::Publish { session, kind, pad, count }),
            3 => session.clone().prop_map(|session| Step::Turn { session }),
            3 => session.prop_map(|session| Step::Select { session }),
            16 => client.clone().prop_map(|client| Step::Cut { client }),
            30 => (client.clone(), point)
                .prop_map(|(client, point)| Step::Join { client, point: Some(point) }),
            4 => client.clone().prop_map(|client| Step::Join { client, point: None }),
            6 => (client, event, any::<bool>())
                .prop_map(|(client, event, add)| Step::Filter { client, event, add }),
            8 => (1..4_000_u64).prop_map(|millis| Step::Age { millis }),
            2 => Just(Step::Sweep),
            1 => Just(Step::Restart),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match step {
            Step::Cut { client } | Step::Filter { client, .. } => state.clients[*client].connected,
            // Without resume it is one connection more, which nobody here would read.
            Step::Join { client, point: None } => !state.clients[*client].connected,
            _ => true,
        }
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        state.due.iter_mut().for_each(Vec::clear);
        (state.superseded, state.asked) = (None, None);
        match *step {
            Step::Publish { session, kind, pad, count } => {
                (0..count).for_each(|_| state.publish(session, kind, pad));
            }
            Step::Turn { session } => {
                state.publish(session, Kind::Failed, 0);
                state.publish(session, Kind::Accepted, 0);
            }
            Step::Select { session } => {
                state.lives[session].selected = true;
                state.publish(session, Kind::Selected, 0);
            }
            Step::Cut { client } => state.clients[client].connected = false,
            Step::Join { client, point } => state.join(client, point),
            Step::Filter { client, event, add } => {
                let filter = &mut state.clients[client].filter;
                filter.retain(|known| *known != event);
                if add {
                    filter.push(event);
                }
            }
            Step::Age { millis } => state.now += millis,
            Step::Sweep => {}
            Step::Restart => state.restart(),
        }
        state
    }
}
