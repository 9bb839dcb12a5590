//! What all doors, requests and workflows of the backend share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use rand::Rng;
use std::net::SocketAddr;
use tokio::time::Instant;

use crate::breaker::BreakerState;
use crate::config::{Config, RejectMode};
use crate::connection::engine::Socket;
use crate::connection::{self, Addresses, Links, Verdict};
use crate::doors::tokens::Verifier;
use crate::doors::{
    Body, ClientAddress, Doors, Opening, Service, client_address, error_answer, refused_request,
    refused_upgrade,
};
use crate::events::{Bulletin, DeadLetters, Sends};
use crate::observe::Metrics;
use crate::rest;
use crate::sessions::{Client as _, Position, Rules, Sessions};
use crate::state::{Journal, Saved};
use crate::wire::Dialect;
use crate::wire::encode::{Audience, Message};
use crate::wire::error::{CloseCause, Code, Failure};
use crate::wire::forms::Forms;
use crate::wire::identity::{ClientId, Ids, SessionId, random_text};
use crate::wire::notices::{SystemMetrics, SystemStatus};
use crate::wire::server::{
    AnnouncedLimits, AnnouncedRate, AnnouncedTimers, ConnectionEstablished, HeartbeatMetrics, ServerMessage,
    ServerShuttingDown, ServerStatus,
};
use crate::wire::time::WireTime;
use crate::workflow::{AgentAddresses, Workflow};

/// What the server can do, as it tells clients.
pub const CAPABILITIES: &[&str] =
    &["query_processing", "database_management", "real_time_updates", "heartbeat", MSGPACK, BATCH];

/// Capability of a client that reads MessagePack, and may send it.
pub const MSGPACK: &str = "msgpack";

/// Capability of a client that takes batches.
pub const BATCH: &str = "batch";

/// The backend tier.
pub struct Backend {
    /// Configuration.
    pub config: Arc<Config>,
    /// Sessions.
    pub sessions: Sessions,
    /// Queries.
    pub workflow: Arc<Workflow>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Connections.
    pub links: Arc<Links>,
    /// What has been said from each address lately.
    pub addresses: Addresses,
    /// What decides whether a token is good.
    pub tokens: Arc<Verifier>,
    /// Whether the tiers behind it answer.
    pub dependencies: rest::Dependencies,
    /// Who subscribed to what is no event of a session.
    pub bulletin: Bulletin,
    /// Sends that failed, and what is done about them.
    pub sends: Arc<Sends>,
    /// Sends given up.
    pub dead_letters: Arc<DeadLetters>,
    mcp: String,
    doors: Doors,
    server_id: String,
    started: Instant,
    started_at: WireTime,
    draining: AtomicBool,
}

impl Backend {
    /// A backend that calls agents at `agents` and asks the MCP server at `mcp` how it is.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        metrics: Arc<Metrics>,
        tokens: Arc<Verifier>,
        agents: AgentAddresses,
        mcp: String,
    ) -> Self {
        let dead_letters = Arc::new(DeadLetters::new(config.limits.dead_letters, Arc::clone(&metrics)));
        Self {
            sends: Arc::new(Sends::new(&config, Arc::clone(&metrics), Arc::clone(&dead_letters))),
            dead_letters,
            bulletin: Bulletin::default(),
            sessions: Sessions::new(Rules::of(&config), Arc::clone(&metrics)),
            dependencies: rest::Dependencies::new(agents.clone(), mcp.clone()),
            mcp,
            workflow: Arc::new(Workflow::new(Arc::clone(&config), Arc::clone(&metrics), agents)),
            metrics,
            links: Arc::default(),
            tokens,
            addresses: Addresses::default(),
            doors: Doors::new(&config),
            server_id: format!("tidegate_{}", random_text(8)),
            started: Instant::now(),
            started_at: WireTime::now(),
            draining: AtomicBool::new(false),
            config,
        }
    }

    /// The same with the sessions that a state file holds, which also keeps what becomes of them.
    #[must_use]
    pub fn remembering(mut self, journal: Journal, saved: Saved) -> Self {
        let (rules, metrics) = (Rules::of(&self.config), Arc::clone(&self.metrics));
        self.sessions = Sessions::restored(rules, metrics, journal, saved);
        self
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> ServerStatus {
        if self.is_draining() {
            return ServerStatus::Draining;
        }
        let open = |(_, state): &(String, BreakerState)| *state != BreakerState::Closed;
        if self.workflow.agents().breakers().iter().any(open) {
            ServerStatus::Degraded
        } else {
            ServerStatus::Healthy
        }
    }

    /// Whether it accepts nothing more.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// The first message of a connection.
    #[must_use]
    pub fn established(
        &self,
        client_id: ClientId,
        session_id: SessionId,
        dialect: Dialect,
        position: &Position,
    ) -> ConnectionEstablished {
        let timers = &self.config.timers;
        ConnectionEstablished {
            client_id,
            session_id,
            server_id: self.server_id.clone(),
            protocol_version: "1.0",
            dialect,
            timers: AnnouncedTimers {
                ping_interval_ms: millis(timers.ping_interval),
                pong_timeout_ms: millis(timers.pong_timeout),
                idle_timeout_ms: millis(timers.idle_timeout),
                handshake_timeout_ms: millis(timers.handshake_timeout),
                drain_timeout_ms: millis(timers.drain_timeout),
                session_ttl_ms: millis(timers.session_ttl),
            },
            limits: AnnouncedLimits {
                max_message_bytes: self.config.limits.max_message_bytes,
                rate_limit: self.rate_limit(),
                max_connections_per_session: self.config.limits.max_connections_per_session,
            },
            capabilities: CAPABILITIES,
            epoch: position.epoch.clone(),
            top: position.top,
        }
    }

    /// The message limit as clients are told it.
    #[must_use]
    pub fn rate_limit(&self) -> AnnouncedRate {
        let window = humantime::format_duration(self.config.timers.rate_window).to_string();
        AnnouncedRate { limit: self.config.limits.rate_limit, window: window.replace(' ', "") }
    }

    /// Figures of a heartbeat.
    #[must_use]
    pub fn heartbeat_metrics(&self) -> HeartbeatMetrics {
        HeartbeatMetrics {
            uptime: WireTime::now(),
            uptime_seconds: self.started.elapsed().as_secs(),
            started_at: self.started_at,
            active_connections: self.links.len(),
        }
    }

    /// Where the MCP server is.
    #[must_use]
    pub fn mcp_address(&self) -> &str {
        &self.mcp
    }

    /// Figures for those who subscribed.
    #[must_use]
    pub fn system_metrics(&self) -> SystemMetrics {
        let admission = self.workflow.admission();
        SystemMetrics {
            status: self.status(),
            uptime_seconds: self.started.elapsed().as_secs(),
            connections: self.links.len(),
            sessions: self.sessions.len(),
            queries_running: admission.running(),
            queries_waiting: admission.waiting(),
            messages_sent: self.metrics.messages_sent.value(),
            messages_failed: self.metrics.messages_failed.value(),
            average_latency_ms: self.metrics.delivery.mean().map_or(0.0, |mean| mean.as_secs_f64() * 1e3),
            dead_letters: self.dead_letters.len(),
        }
    }

    /// Tells everybody.
    pub fn broadcast<M: ServerMessage>(&self, body: &M) {
        let message = Message::new(&Ids::default(), body);
        let forms = Forms::of(&message);
        for link in self.links.all() {
            link.deliver(&forms, Audience::Other);
        }
    }

    /// Refuses what is new, tells everybody, lets queries finish and clients leave.
    pub async fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.workflow.drain();
        self.broadcast(&SystemStatus { status: ServerStatus::Draining });
        let timeout = self.config.timers.drain_timeout;
        let notice = || {
            let reconnect_after_ms =
                rand::rng().random_range(0..=millis(self.config.timers.reconnect_spread));
            let notice = ServerShuttingDown { drain_ms: millis(timeout), reconnect_after_ms };
            Message::new(&Ids::default(), &notice)
        };
        for link in self.links.all() {
            link.send(&notice());
        }
        for stream in self.links.streams() {
            stream.deliver(&Forms::of(&notice()), Audience::Other);
        }
        let left = async {
            self.workflow.idle().await;
            // Nothing more will come on them, and an event source never leaves by itself.
            for stream in self.links.streams() {
                stream.close(CloseCause::ShuttingDown);
            }
            self.links.emptied().await;
        };
        if tokio::time::timeout(timeout, left).await.is_err() {
            tracing::info!(connections = self.links.len(), "drain time is over");
        }
    }

    /// Closes all connections, for the server is going away.
    pub fn close_all(&self) {
        for link in self.links.all() {
            link.close(CloseCause::ShuttingDown);
        }
        for stream in self.links.streams() {
            stream.close(CloseCause::ShuttingDown);
        }
    }

    /// The refusal of one message too many.
    #[must_use]
    pub fn rate_exceeded(&self, limit: u32, retry_after: u64) -> Failure {
        let AnnouncedRate { window, .. } = self.rate_limit();
        let text = format!("more than {limit} messages in {window}");
        let details = serde_json::json!({ "limit": limit, "window": window, "retry_after": retry_after });
        Failure::new(Code::RateLimitExceeded, text).with(details)
    }

    /// The refusal of whoever comes while it drains.
    #[must_use]
    pub fn draining_answer(&self) -> Response<Body> {
        let seconds = self.config.timers.drain_timeout.as_secs().max(1);
        let failure = Failure::new(Code::ServerFull, "the server is shutting down")
            .with(serde_json::json!({ "reason": "draining", "retry_after": seconds }));
        error_answer(StatusCode::SERVICE_UNAVAILABLE, &failure)
    }
}

impl Service for Backend {
    fn doors(&self) -> &Doors {
        &self.doors
    }

    async fn http(
        self: Arc<Self>,
        mut request: Request<hyper::body::Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        let address = client_address(request.headers(), peer, &self.config.proxy);
        request.extensions_mut().insert(ClientAddress(address));
        if request.uri().path().starts_with("/api/")
            && let Verdict::Refuse { limit, retry_after, .. } = self.addresses.message(address, &self.config)
        {
            return refused_request(&self.rate_exceeded(limit, retry_after));
        }
        rest::answer(self, request).await
    }

    fn admit(&self, opening: &mut Opening) -> Result<(), Box<Response<Body>>> {
        if self.is_draining() {
            return Err(Box::new(self.draining_answer()));
        }
        if self.config.handshake.reject_mode == RejectMode::Websocket {
            return Ok(());
        }
        connection::examine(self, opening).map_err(|failure| {
            self.metrics.connections_refused.with(failure.code.as_str()).increment();
            Box::new(refused_upgrade(&failure))
        })
    }

    fn connection(self: Arc<Self>, opening: Opening, socket: Socket) -> impl Future<Output = ()> + Send {
        connection::live(self, Box::new(opening), Box::new(socket))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
