//! `GET /health` and `GET /ready`.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer;
use super::call::Call;
use crate::backend::Backend;
use crate::config::Topology;
use crate::doors::Body;
use crate::wire::server::ServerStatus;
use crate::workflow::AgentAddresses;

/// Longest wait for another tier to say how it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// Most that it may say.
const MOST_BYTES: usize = 64 * 1024;

/// The tiers behind the backend.
#[derive(Debug)]
pub struct Dependencies {
    http: Client<HttpConnector, Empty<Bytes>>,
    agents: AgentAddresses,
    mcp: String,
}

/// Whether something answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Reached {
    Healthy,
    Unreachable,
}

impl Reached {
    const fn of(well: bool) -> Self {
        if well { Self::Healthy } else { Self::Unreachable }
    }
}

/// What the tiers behind the backend said.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Found {
    agents: Reached,
    mcp: Reached,
    /// As the MCP server says it.
    database: Reached,
}

/// What the MCP server says of itself.
#[derive(Deserialize)]
struct McpHealth {
    database: Option<McpDatabase>,
}

#[derive(Deserialize)]
struct McpDatabase {
    status: String,
}

impl Dependencies {
    /// Agents, and the MCP server's address (`ws://…/ws`).
    #[must_use]
    pub fn new(agents: AgentAddresses, mcp: String) -> Self {
        // Asked now and then: a connection of its own each time costs less than one that was closed meanwhile.
        let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { http, agents, mcp }
    }

    async fn ask(&self) -> Found {
        let bases = self.agents.bases();
        let agents = async {
            let mut well = true;
            for base in bases {
                well &= self.health(&format!("{}/health", base.trim_end_matches('/'))).await.is_some();
            }
            well
        };
        let mcp = self.mcp_health();
        let (agents, mcp) = tokio::join!(agents, self.health(&mcp));
        let database = Self::databases(mcp.as_ref());
        Found {
            agents: Reached::of(agents),
            mcp: Reached::of(mcp.is_some()),
            database: Reached::of(database),
        }
    }

    /// Whether the databases answer, as the MCP server says it.
    fn databases(told: Option<&Bytes>) -> bool {
        let told = told.and_then(|text| serde_json::from_slice::<McpHealth>(text).ok());
        let database = told.and_then(|told| told.database);
        database.is_some_and(|database| database.status == "healthy")
    }

    /// Whether the databases answer.
    pub(super) async fn databases_answer(&self) -> bool {
        Self::databases(self.health(&self.mcp_health()).await.as_ref())
    }

    /// The MCP server's health is on the same listener as its socket.
    fn mcp_health(&self) -> String {
        let rest = self.mcp.split_once("://").map_or(self.mcp.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        format!("http://{authority}/health")
    }

    /// What a tier that is well says of itself.
    async fn health(&self, url: &str) -> Option<Bytes> {
        let uri = url.parse::<Uri>().ok()?;
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let told = async {
            let answer = self.http.request(request).await.ok()?;
            let well = answer.status().is_success();
            let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await.ok()?;
            well.then(|| body.to_bytes())
        };
        tokio::time::timeout(PATIENCE, told).await.ok().flatten()
    }
}

impl Found {
    fn all(&self) -> bool {
        [self.agents, self.mcp, self.database].iter().all(|found| *found == Reached::Healthy)
    }
}

/// `GET /health`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct HealthBody {
    status: ServerStatus,
    service: &'static str,
    mcp_status: Reached,
    dynamic_schema: &'static str,
    topology: Topology,
    version: &'static str,
    dependencies: Found,
}

/// `GET /ready`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ReadyBody {
    ready: bool,
    dependencies: Found,
}

pub(super) async fn health(call: Call) -> Response<Body> {
    let backend = &*call.backend;
    let found = backend.dependencies.ask().await;
    let status = match backend.status() {
        ServerStatus::Healthy if !found.all() => ServerStatus::Degraded,
        status => status,
    };
    let body = HealthBody {
        status,
        service: "backend",
        mcp_status: found.mcp,
        dynamic_schema: "enabled",
        topology: backend.config.topology,
        version: env!("CARGO_PKG_VERSION"),
        dependencies: found,
    };
    answered(backend, status != ServerStatus::Draining, &body)
}

pub(super) async fn ready(call: Call) -> Response<Body> {
    let backend = &*call.backend;
    let found = backend.dependencies.ask().await;
    let ready = found.all() && !backend.is_draining();
    answered(backend, ready, &ReadyBody { ready, dependencies: found })
}

fn answered(backend: &Backend, serving: bool, body: &impl Serialize) -> Response<Body> {
    if serving {
        return answer::json(StatusCode::OK, body);
    }
    let mut answer = answer::json(StatusCode::SERVICE_UNAVAILABLE, body);
    let seconds = backend.config.timers.drain_timeout.as_secs().max(1);
    answer.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    answer
}
