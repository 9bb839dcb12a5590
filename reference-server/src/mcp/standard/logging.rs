//! Log messages to the client: what the server does for it, from the level it asked for.

use std::sync::{Mutex, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProtocolVersion};
use rmcp::service::RequestContext;
use serde_json::Value;

/// Name under which the server logs.
const LOGGER: &str = "tidegate";

/// The level of one session.
#[derive(Debug)]
pub(super) struct Level(Mutex<LoggingLevel>);

impl Default for Level {
    fn default() -> Self {
        Self(Mutex::new(LoggingLevel::Info))
    }
}

impl Level {
    pub(super) fn set(&self, level: LoggingLevel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }

    /// Whether a message of `level` goes out. From 2026-07-28 on a request names the level itself, and without
    /// one nothing is sent; before, it is the session's.
    fn lets_through(&self, level: LoggingLevel, context: &RequestContext<RoleServer>) -> bool {
        let stateless = context
            .protocol_version()
            .is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str());
        let least = if stateless {
            context.meta.log_level()
        } else {
            Some(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
        };
        least.is_some_and(|least| severity(level) >= severity(least))
    }

    /// Sends a message if the client wants it. That it left is no error.
    pub(super) async fn say(&self, level: LoggingLevel, data: Value, context: &RequestContext<RoleServer>) {
        if !self.lets_through(level, context) {
            return;
        }
        let message = LoggingMessageNotificationParam::new(level, data).with_logger(LOGGER);
        if let Err(error) = context.peer.notify_logging_message(message).await {
            tracing::debug!(%error, "log message not delivered");
        }
    }
}

fn severity(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
