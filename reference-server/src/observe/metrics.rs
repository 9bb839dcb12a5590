//! Everything the server counts: the one list behind `GET /metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use super::instruments::{Counter, Exposition, Family, Gauge, Histogram};
use crate::breaker::BreakerState;
use crate::database::Pools;

/// The registry of one process. Share it in an `Arc`.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Open WebSocket connections.
    pub connections: Gauge,
    /// WebSocket connections ever opened.
    pub connections_opened: Counter,
    /// Connections refused, by error code.
    pub connections_refused: Family<Counter>,
    /// Connections ended, by close code; `gone` without one.
    pub closes: Family<Counter>,
    /// Messages handed to a connection.
    pub messages_sent: Counter,
    /// Messages that could not be delivered.
    pub messages_failed: Counter,
    /// Application messages from clients.
    pub messages_received: Counter,
    /// From the making of an event to its last write.
    pub delivery: Histogram,
    /// Whole queries, by final status.
    pub queries: Family<Histogram>,
    /// Stages of queries, by agent.
    pub stages: Family<Histogram>,
    /// Queries that run.
    pub queries_running: Gauge,
    /// Queries that may run at one time.
    pub queries_limit: Gauge,
    /// Pools of database connections, where this process has any.
    pub pools: OnceLock<Pools>,
    /// Queues, by name: how many wait.
    pub queues: Family<Gauge>,
    /// Sessions that live.
    pub sessions: Gauge,
    /// Bytes of events that sessions keep for resume.
    pub history_bytes: Gauge,
    /// Statements written to the state file.
    pub state_statements: Gauge,
    /// 1 while the state file can't be written, else 0.
    pub state_degraded: Gauge,
    /// Calls to agents, MCP and the database, by target.
    pub calls: Family<Histogram>,
    /// Calls that failed, by target.
    pub calls_failed: Family<Counter>,
    /// Calls to the MCP server, by what carried them.
    pub mcp_calls: Family<Counter>,
    /// WebSocket connections opened to the MCP server.
    pub mcp_connects: Counter,
    /// Batches that the MCP server answered.
    pub mcp_batches: Counter,
    /// Schemas that were needed, by how they were had.
    pub mcp_schemas: Family<Counter>,
    /// Events that a connection ended without having been sent.
    pub sends_failed: Counter,
    /// Events given up, kept for reading.
    pub dead_letters: Gauge,
    /// Events given up that had to make room for newer ones.
    pub dead_letters_dropped: Counter,
    /// HTTP requests, by status.
    pub requests: Family<Counter>,
    /// Panics that were contained.
    pub panics: Counter,
    /// Accepts that failed, such as for want of file descriptors.
    pub accept_failures: Counter,
    /// Breakers, by name: 0 closed, 1 half open, 2 open.
    breakers: Family<Gauge>,
}

impl Metrics {
    /// Tells the state of a breaker.
    pub fn set_breaker(&self, name: &str, state: BreakerState) {
        self.breakers.with(name).set(match state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        });
    }

    /// Counts the end of a connection.
    pub fn closed(&self, code: Option<u16>) {
        match code {
            // codes of applications are a client's to choose: they would use up the labels
            Some(3_000..) => self.closes.with("application").increment(),
            Some(code) => self.closes.with(&code.to_string()).increment(),
            None => self.closes.with("gone").increment(),
        }
    }

    /// The page of `GET /metrics`, Prometheus text format.
    pub fn render(&self) -> String {
        let mut page = Exposition::default();
        self.render_connections(&mut page);
        self.render_work(&mut page);
        self.render_pools(&mut page);
        page.into_text()
    }

    fn render_connections(&self, page: &mut Exposition) {
        page.gauge("connection_count", "Open WebSocket connections.", self.connections.value());
        page.counter("connections_opened_total", "WebSocket connections opened.", &self.connections_opened);
        let refused = &self.connections_refused;
        page.counters("connections_refused_total", "Connections refused, by error code.", "code", refused);
        page.counters("connections_closed_total", "Connections ended, by close code.", "code", &self.closes);
        page.counter("messages_sent_total", "Messages handed to a connection.", &self.messages_sent);
        page.counter("messages_failed_total", "Messages that could not be delivered.", &self.messages_failed);
        page.counter("messages_received_total", "Messages from clients.", &self.messages_received);
        let mean = self.delivery.mean().unwrap_or(Duration::ZERO).as_secs_f64() * 1e3;
        page.gauge("average_latency_ms", "Mean delivery latency since start.", mean);
        page.histogram(
            "delivery_latency_seconds",
            "From an event's making to its last write.",
            &self.delivery,
        );
        page.counter("accept_failures_total", "Accepts that failed.", &self.accept_failures);
        page.counters("http_requests_total", "HTTP requests, by status.", "status", &self.requests);
    }

    fn render_pools(&self, page: &mut Exposition) {
        let Some(pools) = self.pools.get() else { return };
        let [size, running, waiting] = std::array::from_fn(|_| Family::<Gauge>::default());
        let set = |family: &Family<Gauge>, database: &str, value: usize| {
            family.with(database).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        for pool in pools.each() {
            set(&size, pool.database, pool.size);
            set(&running, pool.database, pool.running);
            set(&waiting, pool.database, pool.waiting);
        }
        page.gauges("database_pool_size", "Connections, by database.", "database", &size);
        page.gauges("database_pool_running", "Statements that run, by database.", "database", &running);
        let help = "Statements that wait for a connection, by database.";
        page.gauges("database_pool_waiting", help, "database", &waiting);
    }

    fn render_work(&self, page: &mut Exposition) {
        page.gauge("session_count", "Sessions that live.", self.sessions.value());
        let help = "Bytes of events kept for resume, of all sessions.";
        page.gauge("session_history_bytes", help, self.history_bytes.value());
        page.gauge(
            "state_statements",
            "Statements written to the state file.",
            self.state_statements.value(),
        );
        let help = "1 while the state file can't be written and changes are kept in memory only.";
        page.gauge("state_degraded", help, self.state_degraded.value());
        page.gauge("queries_running", "Queries that run.", self.queries_running.value());
        page.gauge("queries_limit", "Queries that may run at one time.", self.queries_limit.value());
        page.histograms("query_duration_seconds", "Queries, by final status.", "status", &self.queries);
        page.histograms("query_stage_duration_seconds", "Stages, by agent.", "agent", &self.stages);
        page.histograms("call_duration_seconds", "Calls, by target.", "target", &self.calls);
        page.counters("calls_failed_total", "Failed calls, by target.", "target", &self.calls_failed);
        let help = "Calls to the MCP server, by transport.";
        page.counters("mcp_calls_total", help, "transport", &self.mcp_calls);
        page.counter("mcp_connects_total", "Connections opened to the MCP server.", &self.mcp_connects);
        page.counter("mcp_batches_total", "Batches that the MCP server answered.", &self.mcp_batches);
        page.counters("mcp_schemas_total", "Schemas needed, by how they were had.", "how", &self.mcp_schemas);
        page.gauges("queue_depth", "What waits, by queue.", "queue", &self.queues);
        let help = "Circuit breakers: 0 closed, 1 half open, 2 open.";
        page.gauges("circuit_breaker_state", help, "breaker", &self.breakers);
        page.gauge("dead_letters", "Events given up.", self.dead_letters.value());
        let help = "Events not sent when their connection ended.";
        page.counter("sends_failed_total", help, &self.sends_failed);
        let help = "Events given up that made room for newer ones.";
        page.counter("dead_letters_dropped_total", help, &self.dead_letters_dropped);
        page.counter("panics_total", "Panics that were contained.", &self.panics);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_promised_names_and_only_well_formed_lines() {
        let metrics = Metrics::default();
        metrics.closed(Some(1008));
        metrics.closed(None);
        metrics.set_breaker("agents", BreakerState::Open);
        metrics.stages.with("nlp").record(Duration::from_millis(3));
        metrics.delivery.record(Duration::from_millis(2));
        metrics.queues.with("queries").set(4);
        let page = metrics.render();
        for line in [
            "connection_count 0",
            "messages_sent_total 0",
            "messages_failed_total 0",
            "average_latency_ms 2",
            "connections_closed_total{code=\"1008\"} 1",
            "connections_closed_total{code=\"gone\"} 1",
            "circuit_breaker_state{breaker=\"agents\"} 2",
            "query_stage_duration_seconds_count{agent=\"nlp\"} 1",
            "queue_depth{queue=\"queries\"} 4",
            "dead_letters 0",
            "panics_total 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} not in\n{page}");
        }
        for line in page.lines().filter(|line| !line.starts_with("# ")) {
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
