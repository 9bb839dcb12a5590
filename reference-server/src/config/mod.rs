//! Configuration: defaults, profile, file, environment and flags, laid over each other and validated once.
//!
//! Every timer and limit of the protocol is here. Unknown keys are refused with line and column. The effective
//! configuration can be printed as TOML and read back. One table, made from these types, names every key, its
//! variable and its default: the documentation is generated from it.

mod auth;
mod documents;
mod doors;
mod layers;
mod limits;
mod load;
mod model;
mod network;
mod profiles;
mod secret;
mod source;
mod table;
mod telemetry;
mod timers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use auth::{Algorithm, Auth};
pub use doors::{Authentication, Door, DoorKind, Doors, SESSION_PARAMETER, SubscribedAtOpen};
pub use layers::Layers;
pub use limits::Limits;
pub use load::ConfigError;
pub use model::Llm;
pub use network::{Http, Proxy, Tls, Wire};
pub use secret::{REDACTED, Secret};
pub use source::{Address, Source, SourceError};
pub use table::{Entry, Kind, Section, markdown, sections};
pub use telemetry::{Log, LogFormat, Telemetry};
pub use timers::Timers;

/// Everything the server can be told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Named set of defaults.
    pub profile: Profile,
    /// Links between the tiers.
    pub topology: Topology,
    /// Doors for foreign protocol suites (`/ws/echo`, and the fixtures of the MCP suite); never in production.
    pub test_doors: bool,
    /// Where each tier listens.
    pub listen: Listen,
    /// Where each tier finds the next one when it runs in another process.
    pub upstream: Upstream,
    /// All durations of the protocol.
    pub timers: Timers,
    /// All limits of the protocol.
    pub limits: Limits,
    /// Handshake rules.
    pub handshake: Handshake,
    /// Origin rules of the doors.
    pub origin: Origin,
    /// Database context rules.
    pub context: Context,
    /// How long the simulated agents take.
    pub delay: Delay,
    /// Circuit breaker of agent and MCP calls.
    pub breaker: Breaker,
    /// The databases.
    pub database: Database,
    /// Tokens.
    pub auth: Auth,
    /// TLS.
    pub tls: Tls,
    /// HTTP.
    pub http: Http,
    /// Proxies in front.
    pub proxy: Proxy,
    /// What may be negotiated on the wire.
    pub wire: Wire,
    /// What survives a restart.
    pub state: State,
    /// The language model.
    pub llm: Llm,
    /// The log.
    pub log: Log,
    /// Traces.
    pub telemetry: Telemetry,
    /// The doors.
    pub doors: Doors,
    /// Further workflows, by the name that `preferences.workflow` says: `[workflows.NAME] stages = [AGENT, …]`.
    pub workflows: BTreeMap<String, WorkflowStages>,
}

/// A named set of defaults, under the file and everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// For showing and trying: no tokens.
    #[default]
    Demo,
    /// For working on a front end: tokens required.
    Development,
    /// For others to use: tokens required, refusals before the upgrade, JSON logs.
    Production,
}

/// Which links of the system are sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Topology {
    /// Front end by requests and the chat socket, agents by requests.
    Mixed,
    /// Front end by sockets, agents by requests, updates on a channel of their own.
    #[default]
    Hybrid,
    /// Sockets on every hop but SQL.
    Pure,
}

/// How a client that may not come in is told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RejectMode {
    /// The upgrade is accepted; one error and a close follow.
    #[default]
    Websocket,
    /// An HTTP status in place of the upgrade.
    Http,
}

/// A workflow of known agents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkflowStages {
    /// Names of its agents, in their order.
    pub stages: Vec<String>,
}

/// What survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// SQLite file of sessions' owners and selected databases. `serve` takes `state.sqlite` in the folder of the
    /// databases; empty, they live as long as the process.
    pub file: Option<PathBuf>,
}

/// Listeners. Port 0 picks a free one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Doors, REST, health.
    pub backend: SocketAddr,
    /// Agents, one path each.
    pub agents: SocketAddr,
    /// MCP server.
    pub mcp: SocketAddr,
    /// Allows a listener that is not on loopback to be open to all without tokens.
    pub insecure: bool,
}

impl Default for Listen {
    fn default() -> Self {
        let on = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self { backend: on(8080), agents: on(8081), mcp: on(8000), insecure: false }
    }
}

/// Addresses of tiers that run elsewhere; `None` means in this process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// Base URL of the agents, such as `http://127.0.0.1:8081`. One agent may be moved by `agents_by_name`.
    pub agents: Option<String>,
    /// URL of single agents, by name.
    pub agents_by_name: BTreeMap<String, String>,
    /// Address of the MCP server, such as `ws://127.0.0.1:8000/ws`.
    pub mcp: Option<String>,
}

/// Handshake rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Handshake {
    /// Refuse everything but handshake, ping and heartbeat before the handshake.
    pub required: bool,
    /// How a client that may not come in is told so.
    pub reject_mode: RejectMode,
}

/// Which origins may open a door. Same origin, or none sent, is always allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// Further origins, such as `https://app.example.com`.
    pub allow: Vec<String>,
}

/// What happens when a query names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContextPolicy {
    /// Always the default database; names are ignored.
    Off,
    /// Fall back to the default database, and say so.
    #[default]
    Warn,
    /// Refuse.
    Required,
}

/// Database context rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// Policy.
    pub policy: ContextPolicy,
    /// Database taken when nothing else names one.
    pub default_database: String,
    /// How long a session keeps what it selected.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub session_ttl: Duration,
    /// How long a user's last selection is offered to a new session.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub user_ttl: Duration,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            policy: ContextPolicy::default(),
            default_database: "financial_db".to_owned(),
            session_ttl: Duration::from_secs(3_600),
            user_ttl: Duration::from_secs(30 * 86_400),
        }
    }
}

/// Named delay profiles of the simulated agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DelayProfile {
    /// No added delay: real work only.
    #[default]
    None,
    /// 8 to 12 s a query.
    Measured,
    /// 5 to 30 s a query.
    Typical,
    /// 30 s a query, 20 progress messages of 1 KiB.
    Capacity,
    /// `min` to `max` a query.
    Scaled,
}

/// How long the agents of one query take in all, spread over the stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Delay {
    /// Profile.
    pub profile: DelayProfile,
    /// Shortest query of profile `scaled`.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub min: Duration,
    /// Longest query of profile `scaled`.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub max: Duration,
    /// Seed of the choice between them; the same transaction always takes the same time.
    pub seed: u64,
}

impl Default for Delay {
    fn default() -> Self {
        Self {
            profile: DelayProfile::None,
            min: Duration::from_secs(1),
            max: Duration::from_secs(3),
            seed: 42,
        }
    }
}

/// One breaker type guards agent and MCP calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// Failures inside `window` that open it.
    pub failures: u32,
    /// Window in which failures count.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub window: Duration,
    /// Time until one probe is let through.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub cooldown: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 5, window: Duration::from_secs(30), cooldown: Duration::from_secs(10) }
    }
}

/// The databases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `embedded`; `tidb` starts one in a container; or the address of one, `mysql://user@host:4000/`.
    pub source: Source,
    /// Password of the account that runs statements on a server; without it one is made up at every start.
    pub reader_password: Option<Secret>,
    /// Folder of the database files; made at first start.
    pub directory: PathBuf,
    /// Seed of the made data.
    pub seed: u64,
    /// Scale factor of the `tpch` database.
    pub tpch_scale: f64,
    /// Longest time one statement may take.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub statement_timeout: Duration,
    /// Most rows one statement may return.
    pub max_rows: u64,
    /// Longest SQL text, bytes.
    pub max_sql_bytes: usize,
    /// Read connections per database.
    pub pool_size: usize,
    /// Statements that may wait for a connection; more are refused.
    pub pool_queue: usize,
    /// Room for results of statements already run, bytes; 0 keeps none.
    pub result_cache_bytes: usize,
    /// How often it is looked whether somebody else changed a database; until then a kept result may be old.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub change_interval: Duration,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            source: Source::default(),
            reader_password: None,
            directory: PathBuf::from("tidegate-out/data"),
            seed: 42,
            tpch_scale: 0.01,
            statement_timeout: Duration::from_secs(30),
            max_rows: 10_000,
            max_sql_bytes: 16 * 1024,
            pool_size: 4,
            pool_queue: 2_048,
            result_cache_bytes: 16 * 1024 * 1024,
            change_interval: Duration::from_secs(1),
        }
    }
}
