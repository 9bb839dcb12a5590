//! Actions: what happens to the system in mid-run, and when.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that is done to the system under load at a moment of the measured phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Time after the begin of the measured phase.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub at: Duration,
    /// What is done.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// How long it lasts; then it is undone.
    #[serde(rename = "for", with = "humantime_serde", default)]
    #[schemars(with = "String")]
    pub lasting: Duration,
    /// Which agent, for what is done to agents: `nlp`, `data`, `viz`. It gets a process of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// What can be done to a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The container of the database is stopped, and started again.
    StopDatabase,
    /// SIGTERM to the server, which drains and ends; then it is started again on the same port.
    RestartServer,
    /// SIGKILL to the server; then it is started again on the same port.
    KillServer,
    /// The server's process gets no processor (SIGSTOP), then goes on (SIGCONT).
    FreezeServer,
    /// SIGKILL to the process of one agent; then it is started again.
    StopAgent,
}

impl Deed {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::StopDatabase => "stop-database",
            Self::RestartServer => "restart-server",
            Self::KillServer => "kill-server",
            Self::FreezeServer => "freeze-server",
            Self::StopAgent => "stop-agent",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.deed.name())?;
        match &self.agent {
            Some(agent) => write!(f, " {agent}"),
            None => Ok(()),
        }
    }
}
