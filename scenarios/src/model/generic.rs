//! Scenarios for any service: what a session says, and what it expects to hear, stands in the scenario.
//!
//! A session begins once (`[[begin]]`), plays its iterations (`[[step]]`) at its own pace or one for each arrival,
//! and ends once (`[[end]]`). [`script`](crate::script) is the same, checked and made ready to be played.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Span;
use super::generic_condition::Condition;
use super::think::{RawThinkTime, ThinkTime};

/// What the target speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Application {
    /// Tidegate's own protocol: handshakes, questions, progress, resume.
    #[default]
    Tidegate,
    /// Whatever `[[begin]]`, `[[step]]` and `[[end]]` say.
    Generic,
}

/// A WebSocket that a script opens by `do = "connect"`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// Path below the target's URL, such as `/chat/${room}`.
    pub ws: String,
    /// Subprotocols that are offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subprotocols: Vec<String>,
    /// Headers of the upgrade.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Parameters behind the path; their values are escaped.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
}

/// Rows whose columns stand in for `${NAME.column}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// A file beside the scenario: `.csv` with a line of columns, or `.json` with an array of objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The rows themselves, where there is no file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub rows: Vec<toml::Table>,
    /// Which row an iteration gets.
    pub pick: Pick,
}

/// Which row an iteration gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pick {
    /// A session keeps the row of its number, beginning anew where there are more sessions than rows.
    #[default]
    Session,
    /// The next one of the whole run, beginning anew behind the last.
    Next,
    /// One at random.
    Random,
}

/// When a session's iterations are due, in the closed model: `every` plus a drawn `think` after the one before was
/// due, whenever that really ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Time between two iterations.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub every: Duration,
    /// Think time on top of it.
    #[schemars(with = "RawThinkTime")]
    pub think: ThinkTime,
    /// Iterations of a session at most; 0 is as many as the time allows.
    pub iterations: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: Duration::from_secs(1), think: ThinkTime::Uniform(Span::default()), iterations: 0 }
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Opens the WebSocket `on`.
    Connect,
    /// Sends a message: `json`, `text` or `base64`.
    Send,
    /// Waits for a message that fits.
    Expect,
    /// Waits until the other side closes.
    ExpectClose,
    /// Takes values out of the last message.
    Capture,
    /// Judges the last message: what does not fit is a wrong answer.
    Check,
    /// Gives values to variables.
    Set,
    /// Does nothing for a while.
    #[default]
    Wait,
    /// A request and its answer.
    Http,
    /// A request that is answered with an event stream, to be listened to by `expect`.
    Sse,
    /// Closes the connection `on` in good order.
    Close,
    /// Plays its own `[[…step]]` several times.
    Repeat,
}

impl StepKind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Send => "send",
            Self::Expect => "expect",
            Self::ExpectClose => "expect-close",
            Self::Capture => "capture",
            Self::Check => "check",
            Self::Set => "set",
            Self::Wait => "wait",
            Self::Http => "http",
            Self::Sse => "sse",
            Self::Close => "close",
            Self::Repeat => "repeat",
        }
    }
}

/// What is done with messages that an `expect` does not wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Others {
    /// They are passed over.
    #[default]
    Pass,
    /// They are timed, as an operation `NAME.other`.
    Count,
    /// The first one is an error.
    Fail,
}

/// One status, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Status {
    /// This one.
    One(u16),
    /// Any of these.
    Any(Vec<u16>),
}

/// A step of a script. Which keys belong to it depends on what it does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptStep {
    /// What it does.
    #[serde(rename = "do")]
    pub kind: StepKind,
    /// The operation it is, in reports and thresholds: `send`, `expect`, `expect-close`, `http`, `sse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which connection, or which event stream; the only one when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// A message or body as JSON. A string that is nothing but `${name}` becomes the value itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    pub json: Option<toml::Value>,
    /// A message or body as text; of `expect` the whole text that must come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A binary message or body, in base64; of `expect` the one that must come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Conditions on the JSON of a message, by JSONPath: only a message that fits is what was expected.
    #[serde(rename = "where", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, Condition>,
    /// Text that the expected message contains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// A regular expression that fits the expected message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// Name of the expected event, on an event stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How many messages that fit are waited for; how often a `repeat` plays its steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub times: Option<u64>,
    /// What is done with the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
    /// The step whose begin is the begin of this operation, by its name; the last `send` on the connection when
    /// missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Longest time it may take; that of `[patience]` when missing.
    #[serde(with = "humantime_serde", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub within: Option<Duration>,
    /// Variables and the JSONPath of their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
    /// Conditions that make an answer right, by JSONPath.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub check: BTreeMap<String, Condition>,
    /// Variables and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub values: BTreeMap<String, toml::Value>,
    /// How long to wait.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<RawThinkTime>")]
    pub time: Option<ThinkTime>,
    /// Method of a request; GET without a body, else POST, when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path of a request, below the target's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Headers of a request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Parameters behind the path of a request; their values are escaped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// The right status of an answer; any of 200 to 299 when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The close code that is expected, or sent; any, or 1000, when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// Time between the begins of two rounds of a `repeat`, on an absolute schedule.
    #[serde(with = "humantime_serde", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub every: Option<Duration>,
    /// The steps of a `repeat`.
    #[serde(rename = "step", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ScriptStep>,
}

impl ScriptStep {
    /// The keys that say something here, `do` excepted.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        let given: [(&'static str, bool); 26] = [
            ("name", self.name.is_some()),
            ("on", self.on.is_some()),
            ("json", self.json.is_some()),
            ("text", self.text.is_some()),
            ("base64", self.base64.is_some()),
            ("where", !self.conditions.is_empty()),
            ("contains", self.contains.is_some()),
            ("matches", self.matches.is_some()),
            ("event", self.event.is_some()),
            ("times", self.times.is_some()),
            ("others", self.others.is_some()),
            ("since", self.since.is_some()),
            ("within", self.within.is_some()),
            ("capture", !self.capture.is_empty()),
            ("check", !self.check.is_empty()),
            ("values", !self.values.is_empty()),
            ("for", self.time.is_some()),
            ("method", self.method.is_some()),
            ("path", self.path.is_some()),
            ("headers", !self.headers.is_empty()),
            ("query", !self.query.is_empty()),
            ("status", self.status.is_some()),
            ("code", self.code.is_some()),
            ("every", self.every.is_some()),
            ("step", !self.steps.is_empty()),
            ("do", false),
        ];
        given.into_iter().filter_map(|(key, is_given)| is_given.then_some(key)).collect()
    }
}
