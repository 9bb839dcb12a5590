//! The system under load where we start it: a reference server, the database behind it, agents in processes of
//! their own, and what a scenario does to them in mid-run.

mod hand;

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;

use anyhow::Context as _;
use loadgen::WatchedProcess;
use loadgen::database::Probe;
use reference_server::config::Source;
use reference_server::database::{Container, ContainerPlan};
use reports::model::DatabaseFigures;
use scenarios::{DatabaseKind, Scenario};
use tokio::sync::Mutex;

use crate::console::Console;
use crate::reference::Reference;
use crate::run::Run;
use crate::setup;

/// What is to be started.
pub(crate) struct SystemPlan<'p> {
    /// The scenario: its `[server]`, its `[database]`, its actions.
    pub(crate) scenario: &'p Scenario,
    /// The database; the scenario's own when nothing else was asked for.
    pub(crate) database: Option<&'p Source>,
    /// Leave a database that is started here running in the end.
    pub(crate) keep_database: bool,
    /// How many servers, all on the same database.
    pub(crate) servers: u32,
}

impl SystemPlan<'_> {
    /// Which database.
    fn source(&self) -> Source {
        self.database.cloned().unwrap_or(match self.scenario.database.kind {
            DatabaseKind::Embedded => Source::Embedded,
            DatabaseKind::Tidb => Source::Tidb,
        })
    }
}

/// A system that runs. Dropping it kills its processes and removes its container.
pub(crate) struct System {
    server: Mutex<Reference>,
    /// Further servers, where one does not hold all sessions.
    others: Vec<Mutex<Reference>>,
    /// Agents in processes of their own, by name.
    agents: Vec<(String, Mutex<Reference>)>,
    /// Last, so that it goes after those who use it.
    database: Option<Container>,
    /// Address and status page of a server of databases.
    probe: Option<Probe>,
    source: Source,
    /// Told when the server has another process.
    process: OnceLock<WatchedProcess>,
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System").field("source", &self.source).finish_non_exhaustive()
    }
}

impl System {
    /// Starts it: first the database, then who uses it.
    pub(crate) async fn start(plan: &SystemPlan<'_>, run: &Run, console: &Console) -> anyhow::Result<Self> {
        let source = plan.source();
        let (database, address, status) = match &source {
            Source::Embedded => (None, None, None),
            Source::MySql(server) => (None, Some(server.expose().to_owned()), None),
            Source::Tidb => {
                let image = plan.scenario.database.image.clone();
                console.step(&format!("database {image}"));
                let wanted = ContainerPlan { image, keep: plan.keep_database };
                let container = Container::start(&wanted).await.map_err(setup::target)?;
                let (url, status) = (container.url(), container.status_url());
                (Some(container), Some(url), Some(status))
            }
        };
        let mut overrides = vec![
            format!("[delay]\nseed = {}\n", run.header().seed),
            toml::to_string(&plan.scenario.server).context("can't print the scenario's [server]")?,
        ];
        if let Some(address) = &address {
            let source = toml::Value::from(address.as_str());
            overrides.push(format!("[database]\nsource = {source}\n"));
        }
        if !plan.scenario.actions.is_empty() {
            // A server that is started again in mid-run is to know its sessions.
            let file = toml::Value::from(run.path().join("server-state.sqlite").display().to_string());
            overrides.push(format!("[state]\nfile = {file}\n"));
        }
        let (server, others, agents) = processes(plan, overrides, run).await?;
        let probe = address.map(|address| Probe::new(&address, status.as_deref()));
        let server = Mutex::new(server);
        Ok(Self { server, others, agents, database, probe, source, process: OnceLock::new() })
    }

    /// Base URL of each backend, and its process.
    pub(crate) async fn backends(&self) -> Vec<(String, Option<u32>)> {
        let mut backends = Vec::new();
        for server in std::iter::once(&self.server).chain(&self.others) {
            let server = server.lock().await;
            backends.push((server.url(), server.pid()));
        }
        backends
    }

    /// The cell that knows the process of the first server, the one that actions are done to.
    pub(crate) fn watch(&self, process: WatchedProcess) {
        // Set once, by the one who made this system.
        let _ = self.process.set(process);
    }

    /// Where the database can be looked into, when it is a server.
    pub(crate) fn probe(&self) -> Option<Probe> {
        self.probe.clone()
    }

    /// What is known of the database before anybody looked into it.
    pub(crate) async fn figures(&self) -> DatabaseFigures {
        let version = self.server.lock().await.database();
        let kind = match &self.source {
            Source::Embedded => "embedded",
            Source::Tidb => "tidb",
            Source::MySql(_) if version.as_deref().is_some_and(|version| version.starts_with("TiDB")) => {
                "tidb"
            }
            Source::MySql(_) => "mysql",
        };
        DatabaseFigures {
            kind: kind.to_owned(),
            version,
            container: self.database.as_ref().map(|database| database.image().to_owned()),
            ..DatabaseFigures::default()
        }
    }

    /// How the first server ended that did so on its own.
    pub(crate) async fn ended(&self) -> Option<String> {
        for server in std::iter::once(&self.server).chain(&self.others) {
            if let Some(ended) = server.lock().await.ended() {
                return Some(ended);
            }
        }
        None
    }

    /// Ends everything in good order, the database last.
    pub(crate) async fn stop(self, console: &Console) -> anyhow::Result<()> {
        let mut stopped = self.server.into_inner().stop().await;
        for server in self.others {
            stopped = stopped.and(server.into_inner().stop().await);
        }
        for (_, agent) in self.agents {
            stopped = stopped.and(agent.into_inner().stop().await);
        }
        if let Some(database) = self.database {
            if database.is_kept() {
                console.line(&format!("the database stays, use it by --database {}", database.url()));
            }
            database.remove().await;
        }
        stopped
    }
}

/// The server, further ones, and agents by their names.
type Processes = (Reference, Vec<Mutex<Reference>>, Vec<(String, Mutex<Reference>)>);

/// The servers, and each agent that an action is about as a process of its own.
async fn processes(
    plan: &SystemPlan<'_>,
    mut overrides: Vec<String>,
    run: &Run,
) -> anyhow::Result<Processes> {
    let mut names: Vec<&str> =
        plan.scenario.actions.iter().filter_map(|action| action.agent.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let mut addresses = Vec::new();
    if !names.is_empty() {
        // Everybody has to know everybody's address before anybody is there.
        let mcp = free_address()?;
        overrides.push(format!("[listen]\nmcp = \"{mcp}\"\n[upstream]\nmcp = \"ws://{mcp}/ws\"\n"));
        for name in names {
            let address = free_address()?;
            overrides.push(format!("[upstream.agents_by_name]\n{name} = \"http://{address}\"\n"));
            addresses.push((name, address));
        }
    }
    let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
    let mut agents = Vec::new();
    for (name, address) in addresses {
        let log = run.path().join(format!("server-{name}.log"));
        let agent = Reference::start_role(name, &address, run.data(), &overrides, log).await?;
        agents.push((name.to_owned(), Mutex::new(agent)));
    }
    let log = run.path().join("server-load.log");
    // One after the other: the first one makes the databases.
    let server = Reference::start(run.data(), &overrides, log).await?;
    let mut others = Vec::new();
    for number in 2..=plan.servers {
        let log = run.path().join(format!("server-load-{number}.log"));
        others.push(Mutex::new(Reference::start(run.data(), &overrides, log).await?));
    }
    Ok((server, others, agents))
}

/// An address that nobody has at the moment.
fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.to_string())
}
