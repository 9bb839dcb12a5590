//! Fields of what the client says, changed on their way.

use serde_json::{Value, json};

use crate::checks::ReasonCode::{self, Duplicate, Missing, WrongValue};
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

use super::spoken::of;

pub(super) fn mutants() -> Vec<Mutant> {
    FIELDS.iter().map(Field::mutant).collect()
}

/// The client's messages of type `kind`, changed.
fn changed(kind: &'static str, change: fn(&mut Value)) -> impl Fault {
    edit::client_messages(move |message| match of(message, kind) {
        Some(mut value) => {
            change(&mut value);
            Action::Do(vec![Out::Server(Message::json(&value))])
        }
        None => Action::Pass,
    })
}

fn without(value: &mut Value, key: &str) {
    value.as_object_mut().map(|fields| fields.remove(key));
}

/// A field of what the client says, changed.
struct Field {
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    kind: &'static str,
    change: fn(&mut Value),
}

impl Field {
    fn mutant(&self) -> Mutant {
        let (kind, change) = (self.kind, self.change);
        Mutant::wire(self.id, self.description, self.check, self.reason, move || changed(kind, change))
    }
}

const fn field(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    kind: &'static str,
    change: fn(&mut Value),
) -> Field {
    Field { id, description, check, reason, kind, change }
}

/// The handshake.
const SHAKE: &str = "connection_handshake";

/// All of them.
const FIELDS: &[Field] = &[
    field(
        "client.nameless",
        "the client has no name",
        "client.handshake-agent-id",
        Missing,
        SHAKE,
        |value| without(value, "agent_id"),
    ),
    field(
        "client.other-type",
        "the client is a browser",
        "client.handshake-agent-type",
        WrongValue,
        SHAKE,
        |value| {
            value["agent_type"] = json!("browser");
        },
    ),
    field("client.anonymous", "the user is anonymous", "client.handshake-user", WrongValue, SHAKE, |value| {
        value["user_id"] = json!("anonymous");
    }),
    field(
        "client.no-heartbeat-capability",
        "heartbeats are not announced",
        "client.handshake-capabilities",
        Missing,
        SHAKE,
        |value| {
            value["capabilities"] = json!(["query_processing", "real_time_updates"]);
        },
    ),
    field(
        "client.no-info",
        "nothing is said of the page",
        "client.handshake-client-info",
        Missing,
        SHAKE,
        |value| without(value, "client_info"),
    ),
    field(
        "client.short-name",
        "the name has no session",
        "client.agent-id-convention",
        WrongValue,
        SHAKE,
        |value| {
            value["agent_id"] = json!("frontend_ada");
        },
    ),
    field(
        "client.session-unread",
        "the user's session is not joined",
        "client.session-given",
        WrongValue,
        SHAKE,
        |value| {
            value["session_id"] = json!("session_1763740800000_other");
        },
    ),
    field(
        "client.session-with-blanks",
        "the session id has blanks",
        "client.session-form",
        WrongValue,
        SHAKE,
        |value| {
            value["session_id"] = json!("session of today");
        },
    ),
    field(
        "client.session-in-hex",
        "the session id is made otherwise",
        "client.session-browser-form",
        WrongValue,
        SHAKE,
        |value| {
            value["session_id"] = json!("0f3a9c2e71b84d55");
        },
    ),
    field(
        "client.session-shared",
        "all clients have one session",
        "client.session-own",
        Duplicate,
        SHAKE,
        |value| {
            value["session_id"] = json!("session_1763740800000_all");
        },
    ),
    field("client.no-resume", "nothing is resumed", "client.resume-asked", Missing, SHAKE, |value| {
        without(value, "resume");
    }),
    field(
        "client.resume-one-early",
        "the offset is one too small",
        "client.resume-offset",
        WrongValue,
        SHAKE,
        |value| {
            if let Some(offset) = value.pointer("/resume/offset").and_then(Value::as_u64) {
                value["resume"]["offset"] = json!(offset.saturating_sub(1));
            }
        },
    ),
    field(
        "client.resume-stuck",
        "the offset stays at that of the first loss",
        "client.resume-again",
        WrongValue,
        SHAKE,
        |value| {
            if value.pointer("/resume/offset") == Some(&json!(4)) {
                value["resume"]["offset"] = json!(3);
            }
        },
    ),
    field(
        "client.resume-at-top",
        "the offset is the top that was announced",
        "client.resume-in-replay",
        WrongValue,
        SHAKE,
        |value| {
            if value.pointer("/resume/offset") == Some(&json!(5)) {
                value["resume"]["offset"] = json!(7);
            }
        },
    ),
    field(
        "client.resume-other-epoch",
        "the epoch is made up",
        "client.resume-epoch",
        WrongValue,
        SHAKE,
        |value| {
            if value.get("resume").is_some() {
                value["resume"]["epoch"] = json!("epoch");
            }
        },
    ),
    field(
        "client.typed-untimed",
        "questions have no timestamp",
        "client.typed-timestamps",
        Missing,
        "query",
        |value| without(value, "timestamp"),
    ),
    field(
        "client.one-beat-id",
        "all heartbeats have one id",
        "client.heartbeat-ids",
        Duplicate,
        "heartbeat",
        |value| {
            value["correlation_id"] = json!("beat");
        },
    ),
    field("client.no-question-id", "questions have no id", "client.question-id", Missing, "query", |value| {
        without(value, "query_id");
    }),
    field(
        "client.one-question-id",
        "all questions have one id",
        "client.question-ids-differ",
        Duplicate,
        "query",
        |value| {
            value["query_id"] = json!("the-question");
        },
    ),
    field(
        "client.subscribes-to-all",
        "everything is subscribed to",
        "client.subscribe",
        WrongValue,
        "subscribe",
        |value| {
            value["events"] = json!(["agent_status", "schema_changed", "system_metrics"]);
        },
    ),
    field(
        "client.cancel-as-stop",
        "the command is another",
        "client.command-cancel",
        WrongValue,
        "command",
        |value| value["action"] = json!("stop"),
    ),
    field(
        "client.pause-as-stop",
        "the command is another",
        "client.command-pause",
        WrongValue,
        "command",
        |value| value["action"] = json!("stop"),
    ),
    field(
        "client.resume-as-stop",
        "the command is another",
        "client.command-resume",
        WrongValue,
        "command",
        |value| value["action"] = json!("stop"),
    ),
    field(
        "client.retry-as-stop",
        "the command is another",
        "client.command-retry",
        WrongValue,
        "command",
        |value| value["action"] = json!("stop"),
    ),
];
