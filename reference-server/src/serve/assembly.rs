//! Putting the tiers of a role together, and taking them down in order.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::error::ServeError;
use super::http::{HttpOptions, HttpSummary, serve_http};
use super::listeners::{Addresses, Listeners};
use super::reload::Reloads;
use super::shutdown::Shutdown;
use super::tls::TlsAcceptor;
use crate::agents::{self, AgentSet, Parts};
use crate::backend::Backend;
use crate::config::{Config, ConfigError};
use crate::database::{Database, catalog};
use crate::doors::tokens::Verifier;
use crate::events;
use crate::mcp::{self, Endpoint, McpClient};
use crate::observe::Metrics;
use crate::state::{Journal, Saved};
use crate::workflow::AgentAddresses;

/// Most seldom and most often the sessions are swept.
const SWEEP: (Duration, Duration) = (Duration::from_secs(10), Duration::from_millis(50));

/// How a server's life went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Connections and requests of the backend, if it was one.
    pub backend: HttpSummary,
    /// Panics that were contained.
    pub panics: u64,
}

/// A server that is ready: databases open, sockets bound.
pub struct Server {
    listeners: Listeners,
    config: Arc<Config>,
    database: Option<Database>,
    tokens: Arc<Verifier>,
    state: Option<(Journal, Saved)>,
    metrics: Arc<Metrics>,
    tls: Option<Arc<TlsAcceptor>>,
    reloads: Reloads,
}

impl Server {
    /// Checks the configuration and opens the databases; a first start makes them, which takes seconds.
    ///
    /// # Errors
    /// A configuration or database that can't be used.
    pub async fn prepare(listeners: Listeners, config: Config) -> Result<Self, ServeError> {
        config.validate()?;
        let default = &config.context.default_database;
        if !catalog().iter().any(|database| database.name == *default) {
            let message = format!("unknown database {default:?}");
            return Err(ConfigError::Invalid { key: "context.default_database", message }.into());
        }
        let tokens = Arc::new(Verifier::new(&config.auth)?);
        let tls = TlsAcceptor::new(&config.tls, config.http.http2)?.map(Arc::new);
        let config = Arc::new(config);
        let database = if listeners.mcp.is_some() { Some(Database::open(&config).await?) } else { None };
        let reloads = Reloads::default();
        if let Some(tls) = &tls {
            let tls = Arc::clone(tls);
            reloads.register("certificate", move || tls.reload().map_err(|error| error.to_string()));
        }
        let keys = Arc::clone(&tokens);
        reloads.register("keys of tokens", move || keys.reload().map_err(|error| error.to_string()));
        let file = config.state.file.clone().filter(|file| !file.as_os_str().is_empty());
        let metrics: Arc<Metrics> = Arc::default();
        if let Some(database) = &database {
            // The first one that is set is the only one.
            let _ = metrics.pools.set(database.pools());
        }
        let mut server = Self { listeners, config, database, tokens, state: None, metrics, tls, reloads };
        if let Some(file) = file {
            server.keep_state(file).await?;
        }
        Ok(server)
    }

    /// Takes over the sessions of a state file and keeps them there; only a backend has any.
    ///
    /// # Errors
    /// A file that is in use, damaged, or can't be written.
    pub async fn keep_state(&mut self, file: PathBuf) -> Result<(), ServeError> {
        if self.listeners.backend.is_some() {
            let opened = tokio::task::spawn_blocking(move || Journal::open(&file)).await;
            self.state = Some(opened.map_err(|_| ServeError::Panicked { tier: "state" })??);
        }
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        self.listeners.addresses()
    }

    /// The database, where this process holds it.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// What it can read again while it serves.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.reloads.clone()
    }

    /// What it counts.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// TLS of the backend, to be told when its files have changed.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<TlsAcceptor>> {
        self.tls.clone()
    }

    /// Serves until `shutdown` drains it and all is done, or stops it.
    ///
    /// # Errors
    /// A tier that breaks ends the whole server.
    pub async fn serve(self, shutdown: Shutdown) -> Result<Summary, ServeError> {
        let rear_stop = CancellationToken::new();
        let Self { listeners, config, database, tokens, state, metrics, tls, reloads: _ } = self;
        let places = Places::of(&listeners, &config);
        let mut rear = Vec::new();
        if let (Some(listener), Some(database)) = (listeners.mcp, &database) {
            let served = mcp::serve(listener, Arc::clone(&config), database.clone(), rear_stop.clone());
            rear.push(("MCP server", tokio::spawn(served)));
        }
        if let (Some(listener), Some(only)) = (listeners.agents, listeners.role.agents()) {
            let endpoint: Endpoint = places.mcp.parse()?;
            let mcp = McpClient::metered(endpoint, only.unwrap_or("data"), &config, Arc::clone(&metrics));
            let parts = Parts { config: Arc::clone(&config), mcp };
            let agents = match only {
                Some(name) => AgentSet::only(&[name], &parts)?,
                None => AgentSet::all(&parts),
            };
            let agents = agents.counted(Arc::clone(&metrics));
            let served = agents::serve(listener, agents, Arc::clone(&config), rear_stop.clone());
            rear.push(("agents", tokio::spawn(served)));
        }
        let front = listeners.backend.map(|listener| {
            let agents = AgentAddresses::new(&config.upstream, &places.agents);
            let backend =
                Backend::new(Arc::clone(&config), Arc::clone(&metrics), tokens, agents, places.mcp.clone());
            let backend = Arc::new(match state {
                Some((journal, saved)) => backend.remembering(journal, saved),
                None => backend,
            });
            let options = HttpOptions { tls, ..HttpOptions::new(&config, Arc::clone(&metrics)) };
            let served = serve_http(listener, Arc::clone(&backend), options, shutdown.clone());
            (backend, tokio::spawn(served))
        });
        let outcome = match front {
            Some((backend, served)) => front_life(&backend, served, &mut rear, &shutdown).await,
            None => rear_life(&mut rear, &shutdown).await.map(|()| HttpSummary::default()),
        };
        shutdown.stop();
        rear_stop.cancel();
        for (tier, task) in rear {
            joined(tier, task.await)?;
        }
        if let Some(database) = database {
            database.close().await;
        }
        Ok(Summary { backend: outcome?, panics: metrics.panics.value() })
    }
}

/// Serves `listeners` until `shutdown`: [`Server::prepare`] and [`Server::serve`] in one.
///
/// # Errors
/// As those.
pub async fn serve(listeners: Listeners, config: Config, shutdown: Shutdown) -> Result<Summary, ServeError> {
    Server::prepare(listeners, config).await?.serve(shutdown).await
}

/// Where the tiers behind are: configured, in this process, or where they listen by default.
struct Places {
    agents: String,
    mcp: String,
}

impl Places {
    fn of(listeners: &Listeners, config: &Config) -> Self {
        let addresses = listeners.addresses();
        let agents = addresses.agents.unwrap_or(config.listen.agents);
        let mcp = addresses.mcp.unwrap_or(config.listen.mcp);
        let mcp = config.upstream.mcp.clone().unwrap_or_else(|| format!("ws://{mcp}/ws"));
        Self { agents: format!("http://{agents}"), mcp }
    }
}

type Tier = (&'static str, JoinHandle<io::Result<()>>);

/// The life of a process with a backend: it drains first, what is behind it ends last.
async fn front_life(
    backend: &Arc<Backend>,
    mut served: JoinHandle<HttpSummary>,
    rear: &mut Vec<Tier>,
    shutdown: &Shutdown,
) -> Result<HttpSummary, ServeError> {
    let sweeper = tokio::spawn(sweep(Arc::clone(backend)));
    let events = AbortOnDropHandle::new(tokio::spawn(events::run(Arc::clone(backend))));
    let broken = tokio::select! {
        broken = first_broken(rear) => Some(broken),
        ended = &mut served => {
            sweeper.abort();
            return ended.map_err(|_| ServeError::Panicked { tier: "backend" });
        }
        () = shutdown.draining() => None,
    };
    if broken.is_none() {
        tokio::select! {
            () = backend.drain() => {}
            () = shutdown.stopping() => {}
        }
    }
    sweeper.abort();
    drop(events);
    backend.close_all();
    shutdown.stop();
    let summary = served.await.map_err(|_| ServeError::Panicked { tier: "backend" })?;
    let ending = Arc::clone(backend);
    // If that panics, the file is as the last write left it.
    let _ = tokio::task::spawn_blocking(move || ending.sessions.close()).await;
    broken.map_or(Ok(summary), Err)
}

async fn rear_life(rear: &mut Vec<Tier>, shutdown: &Shutdown) -> Result<(), ServeError> {
    tokio::select! {
        broken = first_broken(rear) => Err(broken),
        () = shutdown.draining() => Ok(()),
    }
}

/// Waits until a tier ends that should not have.
async fn first_broken(rear: &mut Vec<Tier>) -> ServeError {
    if rear.is_empty() {
        return std::future::pending().await;
    }
    let tasks = rear.iter_mut().map(|(_, task)| task);
    let (ended, at, _) = futures_util::future::select_all(tasks).await;
    let (tier, _) = rear.remove(at);
    let early = || ServeError::Tier { tier, source: io::Error::other("it ended by itself") };
    joined(tier, ended).err().unwrap_or_else(early)
}

fn joined(tier: &'static str, ended: Result<io::Result<()>, JoinError>) -> Result<(), ServeError> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(source)) => Err(ServeError::Tier { tier, source }),
        Err(_) => Err(ServeError::Panicked { tier }),
    }
}

async fn sweep(backend: Arc<Backend>) {
    let interval = (backend.config.timers.session_ttl / 4).clamp(SWEEP.1, SWEEP.0);
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        backend.sessions.sweep();
        backend.addresses.sweep(&backend.config);
    }
}
