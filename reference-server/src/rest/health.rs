//! `GET /health` and `GET /ready`.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::answer;
use super::call::Call;
use crate::backend::Backend;
use crate::doors::Body;
use crate::wire::server::ServerStatus;
use crate::workflow::AgentAddresses;

/// Longest wait for another tier to say how it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// Largest answer about its health that another tier may give.
const MAX_BODY: usize = 64 * 1024;

/// The tiers behind the backend.
#[derive(Debug)]
pub struct Dependencies {
    http: Client<HttpConnector, Empty<Bytes>>,
    agents: AgentAddresses,
    mcp: String,
}

/// What the tiers behind the backend said.
struct Found {
    agents: bool,
    mcp: bool,
    database: bool,
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
                well &= self.is_well(&format!("{}/health", base.trim_end_matches('/'))).await;
            }
            well
        };
        let (agents, (mcp, database)) = tokio::join!(agents, self.ask_mcp());
        Found { agents, mcp, database }
    }

    /// Whether the databases answer.
    pub(super) async fn databases_answer(&self) -> bool {
        self.ask_mcp().await.1
    }

    /// Whether the MCP server answers, and whether the database answered it.
    async fn ask_mcp(&self) -> (bool, bool) {
        let Some(body) = self.body_of(&self.mcp_health()).await else { return (false, false) };
        let database =
            serde_json::from_slice::<Value>(&body).is_ok_and(|body| body["database"]["status"] == "healthy");
        (true, database)
    }

    async fn body_of(&self, url: &str) -> Option<Bytes> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = url.parse::<Uri>().ok()?;
        let answer = async {
            let answer =
                self.http.request(request).await.ok().filter(|answer| answer.status().is_success())?;
            let body = Limited::new(answer.into_body(), MAX_BODY).collect().await.ok()?;
            Some(body.to_bytes())
        };
        tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
    }

    /// The MCP server's health is on the same listener as its socket.
    fn mcp_health(&self) -> String {
        let rest = self.mcp.split_once("://").map_or(self.mcp.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        format!("http://{authority}/health")
    }

    async fn is_well(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else { return false };
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let answer = tokio::time::timeout(PATIENCE, self.http.request(request)).await;
        matches!(answer, Ok(Ok(answer)) if answer.status().is_success())
    }
}

impl Found {
    fn json(&self) -> Value {
        json!({ "agents": word(self.agents), "mcp": word(self.mcp), "database": word(self.database) })
    }

    const fn all(&self) -> bool {
        self.agents && self.mcp && self.database
    }
}

const fn word(well: bool) -> &'static str {
    if well { "healthy" } else { "unreachable" }
}

pub(super) async fn health(call: Call) -> Response<Body> {
    let backend = &*call.backend;
    let found = backend.dependencies.ask().await;
    let status = match backend.status() {
        ServerStatus::Healthy if !found.all() => ServerStatus::Degraded,
        status => status,
    };
    let body = json!({
        "status": status,
        "service": "backend",
        "mcp_status": word(found.mcp),
        "dynamic_schema": "enabled",
        "topology": backend.config.topology,
        "version": env!("CARGO_PKG_VERSION"),
        "dependencies": found.json(),
    });
    answered(backend, status != ServerStatus::Draining, &body)
}

pub(super) async fn ready(call: Call) -> Response<Body> {
    let backend = &*call.backend;
    let found = backend.dependencies.ask().await;
    let ready = found.all() && !backend.is_draining();
    answered(backend, ready, &json!({ "ready": ready, "dependencies": found.json() }))
}

fn answered(backend: &Backend, serving: bool, body: &Value) -> Response<Body> {
    if serving {
        return answer::json(StatusCode::OK, body);
    }
    let mut answer = answer::json(StatusCode::SERVICE_UNAVAILABLE, body);
    let seconds = backend.config.timers.drain_timeout.as_secs().max(1);
    answer.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    answer
}
