//! Arguments of the reference server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The reference server.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
When ready, one JSON line on standard output names the process and its real addresses. Port 0 picks a free
port. The first interrupt drains, a second one ends at once.

Examples:
  tidegate serve
  tidegate serve --listen 127.0.0.1:0 --config server.toml
  tidegate serve --role mcp --stdio")]
pub(crate) struct ServeArguments {
    /// Address of the tier that --role names (of the backend for `all`)
    #[arg(long, value_name = "ADDRESS", env = "TIDEGATE_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Which tiers run in this process
    #[arg(long, value_name = "ROLE", default_value = "all", env = "TIDEGATE_ROLE")]
    pub(crate) role: Role,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "TIDEGATE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Named set of defaults under the configuration file
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// Database: `embedded` (of a configuration that names none), `tidb` (started in a container), or the
    /// address of one, such as mysql://user@host:4000/
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// Links between the tiers (of a configuration that names none: hybrid)
    #[arg(long, value_name = "TOPOLOGY")]
    pub(crate) topology: Option<Topology>,
    /// Compares the addresses in a front end's .env or compose file with the listeners, and ends
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) check_env: Vec<PathBuf>,
    /// Serves one MCP client over standard input and output instead of a port; goes with --role mcp
    #[arg(long)]
    pub(crate) stdio: bool,
    /// Opens doors for foreign protocol suites, such as the fixtures of the MCP suite; never in production
    #[arg(long)]
    pub(crate) test_doors: bool,
    /// Lets listeners that are not on loopback be open to all without tokens
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Prints the effective configuration as TOML and ends
    #[arg(long)]
    pub(crate) print_config: bool,
}

impl ServeArguments {
    /// What the flags set, by the key of the configuration.
    pub(crate) fn settings(&self) -> Vec<(&'static str, toml::Value)> {
        let mut settings = Vec::new();
        if let Some(address) = self.listen {
            let key = match self.role {
                Role::All | Role::Backend => "listen.backend",
                Role::Mcp => "listen.mcp",
                // Every other role is one of the agents, or all of them.
                _ => "listen.agents",
            };
            settings.push((key, toml::Value::from(address.to_string())));
        }
        if let Some(topology) = self.topology.as_ref().and_then(ValueEnum::to_possible_value) {
            settings.push(("topology", toml::Value::from(topology.get_name())));
        }
        if let Some(database) = &self.database {
            settings.push(("database.source", toml::Value::from(database.as_str())));
        }
        if self.test_doors {
            settings.push(("test_doors", toml::Value::from(true)));
        }
        if self.insecure {
            settings.push(("listen.insecure", toml::Value::from(true)));
        }
        settings
    }
}

/// Named sets of defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// For showing and trying: no tokens.
    Demo,
    /// For working on a front end: tokens required.
    Development,
    /// For others to use: tokens required, refusals before the upgrade, JSON logs.
    Production,
}

impl From<Profile> for reference_server::config::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Demo => Self::Demo,
            Profile::Development => Self::Development,
            Profile::Production => Self::Production,
        }
    }
}

/// Tiers of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Every tier.
    All,
    /// Doors, sessions, REST.
    Backend,
    /// All agents.
    Agents,
    /// The NLP agent.
    Nlp,
    /// The data agent.
    Data,
    /// The chart agent.
    Viz,
    /// The research agent.
    Research,
    /// The analyst agent.
    Analyst,
    /// The reporting agent.
    Reporting,
    /// The MCP server with the database.
    Mcp,
}

/// Links between the tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topology {
    /// Front end by requests and the chat socket, agents by requests.
    Mixed,
    /// Front end by WebSocket, agents by requests, updates on a channel of their own.
    Hybrid,
    /// WebSockets on every hop but SQL.
    Pure,
}
