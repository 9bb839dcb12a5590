//! The scenario: every field with its default and its meaning.

mod action;
mod database;
mod defaults;
mod generic;
mod generic_condition;
mod generic_secrets;
mod generic_validate;
mod load;
mod slow;
mod think;
mod validate;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use generic::{Application, Connection, Data, Others, Pace, Pick, ScriptStep, Status, StepKind};
pub use generic_condition::Condition;
pub use load::{Arrivals, Load, Model, Step};
pub(crate) use validate::{DAY, Unusable};

use crate::threshold::Threshold;

pub use action::{Action, Deed};
pub use database::{Database, DatabaseKind};
pub use slow::{ReadingPace, SlowReaders};
pub use think::ThinkTime;

/// What a load run does, and against which limits it is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Name of the scenario, as it stands in reports.
    pub name: String,
    /// What it is for, one sentence.
    pub description: String,
    /// A built-in scenario, or a file beside this one, whose values hold where this file is silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// Values with names: `${name}` stands for one anywhere else in the file, `--set parameters.name=…` gives
    /// another.
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub parameters: toml::Table,
    /// What the target speaks: Tidegate's own protocol, or what the steps below say.
    pub application: Application,
    /// Limits that decide pass or fail, such as `p99(progress.first) < 100ms`.
    pub thresholds: Vec<Threshold>,
    /// How many sessions, and when.
    pub sessions: Sessions,
    /// Who decides when something is sent: the sessions themselves, or a schedule of arrivals.
    pub load: Load,
    /// JSON heartbeats.
    pub heartbeat: Beat,
    /// What is asked, how often, and what is expected.
    pub questions: Questions,
    /// Cut connections.
    pub reconnect: Reconnect,
    /// Sessions that read slowly, or not at all.
    pub slow_readers: SlowReaders,
    /// How long one step may take before it counts as failed.
    pub patience: Patience,
    /// When the generator itself is taken for the limit.
    pub generator: GeneratorLimits,
    /// Which database stands behind a server that is started for the run.
    pub database: Database,
    /// What happens to the system in mid-run.
    #[serde(rename = "action", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// WebSockets that a generic script opens, by name.
    #[serde(rename = "connection", skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, Connection>,
    /// Rows for a generic script, by name: `${NAME.column}`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, Data>,
    /// When the iterations of a generic session are due.
    pub pace: Pace,
    /// What a generic session does once, when it comes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub begin: Vec<ScriptStep>,
    /// One iteration of a generic session.
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ScriptStep>,
    /// What a generic session does once, when it goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<ScriptStep>,
    /// Configuration of the reference server, where one is started for the run, in the shape of its
    /// configuration file. A foreign target ignores it.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub server: toml::Table,
}

/// How many sessions, and when: ramp, settle, steady, drain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Live sessions.
    #[schemars(range(min = 1))]
    pub count: u64,
    /// Time over which the sessions start, evenly spread.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub ramp: Duration,
    /// Time after the ramp before the measured phase begins.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub settle: Duration,
    /// Length of the measured (steady) phase. Thresholds judge this phase.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub duration: Duration,
    /// Time over which the sessions end, evenly spread. No new question is asked in it.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub drain: Duration,
    /// Sessions that one user of the driver plays together, on one schedule. More cost less: the figures are
    /// the same.
    #[schemars(range(min = 1))]
    pub cohort: u32,
    /// Make a session known by REST before it connects, and delete it at its end. Without, the handshake makes
    /// it, and it is left to expire.
    pub rest: bool,
    /// Progress sockets of a session beside its query socket.
    pub watchers: u32,
    /// Events to subscribe to on the query socket after the handshake; it is subscribed to all session events
    /// anyway.
    pub subscribe: Vec<String>,
}

/// JSON heartbeats on every socket of a session, on an absolute schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Beat {
    /// Send any at all.
    pub enabled: bool,
    /// Size of a heartbeat: padded to it where it is shorter.
    #[schemars(range(max = 60_000))]
    pub bytes: u32,
    /// Time between two heartbeats of one socket.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub interval: Duration,
    /// An answer later than this is an error.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub timeout: Duration,
}

/// A time drawn evenly between two limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Span {
    /// Shortest.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub min: Duration,
    /// Longest.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub max: Duration,
}

/// What is asked, how often, and what is expected.
///
/// A session has a schedule of its own: its next question is due `answer_budget` plus a drawn `think`
/// after the one before was due. While answers come within the budget a user thinks at least `think.min`.
/// A later answer makes the next question late, and intended times count that lateness: a stall of the
/// server can't hide in a slower schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Questions {
    /// Ask any at all.
    pub enabled: bool,
    /// Ask by `chat_message`, where a question may lean on those before it in the same session.
    pub chat: bool,
    /// File of questions with expected answers (`.json` or `.csv`), beside the scenario; the built-in ones when
    /// missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Ids of the questions to ask; all when empty.
    pub select: Vec<String>,
    /// How often a question is asked beside the others, by its id; those not named have the weight of the file,
    /// which is 1 unless it says otherwise. 0 leaves one out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Time an answer is expected to take at most.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub answer_budget: Duration,
    /// Think time after it.
    #[schemars(with = "think::RawThinkTime")]
    pub think: ThinkTime,
    /// A terminal message later than this is an error.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub timeout: Duration,
    /// Share of questions that ask for streamed rows, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stream_share: f64,
    /// Compare the rows of every answer with the expected ones.
    pub verify: bool,
}

/// Cut connections: a socket is dropped in the middle of a query, without a close handshake, and comes
/// back with resume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reconnect {
    /// Share of questions in whose middle a socket is cut, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// Time the socket stays away.
    pub outage: Span,
}

/// How long one step may take before it counts as failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Patience {
    /// TCP connect, upgrade, handshake or resume, each.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub connect: Duration,
    /// One REST request.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub request: Duration,
    /// Waiting for events still missing when a session ends, and for the close handshake.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub close: Duration,
    /// The target counts as gone when no session could be reached for this long.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub target_gone: Duration,
}

/// When the generator itself is taken for the limit, so that the run is invalid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorLimits {
    /// Most delay between the intended and the real moment of sending, 99th percentile.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub send_lag_p99: Duration,
    /// Most deviation from Little's law, 0.05 being 5 %.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub little_residual: f64,
    /// Most of the machine's processors the generator may use itself, 1 being all of them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub cpu_share: f64,
    /// Longest time in which the generator did nothing at all, 99.9th percentile: a machine that was taken away.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub pause_p999: Duration,
    /// Most of the allowed open files and local ports that may be in use, 1 being all of them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub files_share: f64,
}
