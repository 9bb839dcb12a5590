//! Configuration: one TOML file, one table of defaults, validated once.
//!
//! Every timer and limit of the protocol is here. Unknown keys are refused with line and column. The
//! effective configuration can be printed as TOML and read back.

mod limits;
mod load;
mod timers;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use limits::Limits;
pub use load::ConfigError;
pub use timers::Timers;

/// Everything the server can be told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
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
}

/// Listeners. Port 0 picks a free one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Doors, REST, health.
    pub backend: SocketAddr,
    /// Agents, one path each.
    pub agents: SocketAddr,
    /// MCP server.
    pub mcp: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        let on = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self { backend: on(8080), agents: on(8081), mcp: on(8000) }
    }
}

/// Addresses of tiers that run elsewhere; `None` means in this process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// Base URL of the agents, such as `http://127.0.0.1:8081`. One agent may be moved by `agents_by_name`.
    pub agents: Option<String>,
    /// URL of single agents, by name.
    pub agents_by_name: std::collections::BTreeMap<String, String>,
    /// Address of the MCP server, such as `ws://127.0.0.1:8000/ws`.
    pub mcp: Option<String>,
}

/// Handshake rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Handshake {
    /// Refuse everything but handshake, ping and heartbeat before the handshake.
    pub required: bool,
}

/// Which origins may open a door. Same origin, or none sent, is always allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// Further origins, such as `https://app.example.com`.
    pub allow: Vec<String>,
}

/// What happens when a query names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// Policy.
    pub policy: ContextPolicy,
    /// Database taken when nothing else names one.
    pub default_database: String,
}

impl Default for Context {
    fn default() -> Self {
        Self { policy: ContextPolicy::default(), default_database: "financial_db".to_owned() }
    }
}

/// Named delay profiles of the simulated agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delay {
    /// Profile.
    pub profile: DelayProfile,
    /// Shortest query of profile `scaled`.
    #[serde(with = "humantime_serde")]
    pub min: Duration,
    /// Longest query of profile `scaled`.
    #[serde(with = "humantime_serde")]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// Failures inside `window` that open it.
    pub failures: u32,
    /// Window in which failures count.
    #[serde(with = "humantime_serde")]
    pub window: Duration,
    /// Time until one probe is let through.
    #[serde(with = "humantime_serde")]
    pub cooldown: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 5, window: Duration::from_secs(30), cooldown: Duration::from_secs(10) }
    }
}

/// The embedded databases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Folder of the database files; made at first start.
    pub directory: PathBuf,
    /// Seed of the made data.
    pub seed: u64,
    /// Scale factor of the `tpch` database.
    pub tpch_scale: f64,
    /// Longest time one statement may take.
    #[serde(with = "humantime_serde")]
    pub statement_timeout: Duration,
    /// Most rows one statement may return.
    pub max_rows: u64,
    /// Longest SQL text, bytes.
    pub max_sql_bytes: usize,
    /// Read connections per database.
    pub pool_size: usize,
    /// Room for results of statements already run, bytes; 0 keeps none. The files never change while open.
    pub result_cache_bytes: usize,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("tidegate-out/data"),
            seed: 42,
            tpch_scale: 0.01,
            statement_timeout: Duration::from_secs(30),
            max_rows: 10_000,
            max_sql_bytes: 16 * 1024,
            pool_size: 4,
            result_cache_bytes: 16 * 1024 * 1024,
        }
    }
}
