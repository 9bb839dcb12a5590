//! Error codes, their HTTP statuses, and the closes with their exact reasons: the two tables of the protocol.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The code of an `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum Code {
    InvalidJson,
    InvalidMessage,
    UnknownType,
    HandshakeRequired,
    AlreadyEstablished,
    AuthRequired,
    AuthFailed,
    TokenExpired,
    Forbidden,
    InvalidSession,
    SessionExpired,
    TooManyConnections,
    ServerFull,
    RateLimitExceeded,
    MessageTooLarge,
    QueryRejected,
    QueryTimeout,
    QueryFailed,
    NotFound,
    AgentUnavailable,
    CircuitOpen,
    DatabaseContextMissing,
    DatabaseContextInvalid,
    DatabaseContextExpired,
    DatabaseContextForbidden,
    DatabaseContextUnavailable,
    Internal,
}

impl Code {
    /// The code as it is spelt.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "INVALID_JSON",
            Self::InvalidMessage => "INVALID_MESSAGE",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::HandshakeRequired => "HANDSHAKE_REQUIRED",
            Self::AlreadyEstablished => "ALREADY_ESTABLISHED",
            Self::AuthRequired => "AUTH_REQUIRED",
            Self::AuthFailed => "AUTH_FAILED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::InvalidSession => "INVALID_SESSION",
            Self::SessionExpired => "SESSION_EXPIRED",
            Self::TooManyConnections => "TOO_MANY_CONNECTIONS",
            Self::ServerFull => "SERVER_FULL",
            Self::RateLimitExceeded => "RATE_LIMIT_EXCEEDED",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::QueryRejected => "QUERY_REJECTED",
            Self::QueryTimeout => "QUERY_TIMEOUT",
            Self::QueryFailed => "QUERY_FAILED",
            Self::NotFound => "NOT_FOUND",
            Self::AgentUnavailable => "AGENT_UNAVAILABLE",
            Self::CircuitOpen => "CIRCUIT_OPEN",
            Self::DatabaseContextMissing => "DATABASE_CONTEXT_MISSING",
            Self::DatabaseContextInvalid => "DATABASE_CONTEXT_INVALID",
            Self::DatabaseContextExpired => "DATABASE_CONTEXT_EXPIRED",
            Self::DatabaseContextForbidden => "DATABASE_CONTEXT_FORBIDDEN",
            Self::DatabaseContextUnavailable => "DATABASE_CONTEXT_UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status of a response with this code.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        use Code as C;
        match self {
            C::InvalidJson
            | C::InvalidMessage
            | C::UnknownType
            | C::HandshakeRequired
            | C::AlreadyEstablished => StatusCode::BAD_REQUEST,
            C::AuthRequired | C::AuthFailed | C::TokenExpired => StatusCode::UNAUTHORIZED,
            C::Forbidden | C::DatabaseContextForbidden => StatusCode::FORBIDDEN,
            C::NotFound | C::InvalidSession => StatusCode::NOT_FOUND,
            C::SessionExpired | C::DatabaseContextExpired => StatusCode::GONE,
            C::MessageTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            C::QueryRejected | C::DatabaseContextMissing | C::DatabaseContextInvalid => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            C::RateLimitExceeded | C::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            C::Internal | C::QueryFailed => StatusCode::INTERNAL_SERVER_ERROR,
            C::AgentUnavailable => StatusCode::BAD_GATEWAY,
            C::ServerFull | C::CircuitOpen | C::DatabaseContextUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            C::QueryTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// What went wrong, as a client is told it.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error, JsonSchema)]
#[error("{message}")]
pub struct Failure {
    /// Code.
    pub code: Code,
    /// One sentence.
    pub message: String,
    /// Facts for a program to act on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Failure {
    /// A failure without details.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None }
    }

    /// The same with details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// A message or body of the wrong shape.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidMessage, message)
    }

    /// A query refused for `reason`.
    #[must_use]
    pub fn rejected(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Code::QueryRejected, message).with(json!({ "reason": reason }))
    }

    /// An internal error: the client gets an incident number that the log has too, and nothing of the cause.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let incident = super::identity::random_text(12);
        tracing::error!(incident_id = %incident, %cause, "internal error");
        Self::new(Code::Internal, "internal error").with(json!({ "incident_id": incident }))
    }

    /// An internal error of another tier, whose log has its cause under `incident_id`.
    #[must_use]
    pub fn incident(incident_id: &str) -> Self {
        tracing::error!(%incident_id, "internal error of another tier");
        Self::new(Code::Internal, "internal error").with(json!({ "incident_id": incident_id }))
    }

    /// The seconds a refused client should wait, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.details.as_ref()?.get("retry_after")?.as_u64()
    }
}

/// Why the server ends a connection. Code and reason are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum CloseCause {
    Normal,
    Idle,
    Superseded,
    ShuttingDown,
    BinaryNotAnnounced,
    InvalidSession,
    SessionExpired,
    AuthenticationFailed,
    TokenExpired,
    TooManyConnections,
    ServerFull,
    HandshakeTimeout,
    RateLimit,
    SlowConsumer,
    HeartbeatTimeout,
    Internal,
}

impl CloseCause {
    /// Close code and reason text.
    #[must_use]
    pub const fn parts(self) -> (u16, &'static str) {
        match self {
            Self::Normal => (1000, ""),
            Self::Idle => (1000, "Idle timeout"),
            Self::Superseded => (1000, "Superseded"),
            Self::ShuttingDown => (1001, "Server shutting down"),
            Self::BinaryNotAnnounced => (1003, "Binary frames were not announced"),
            Self::InvalidSession => (1008, "Invalid session"),
            Self::SessionExpired => (1008, "Session expired"),
            Self::AuthenticationFailed => (1008, "Authentication failed"),
            Self::TokenExpired => (1008, "Token expired"),
            Self::TooManyConnections => (1008, "Too many connections"),
            Self::ServerFull => (1008, "Server full"),
            Self::HandshakeTimeout => (1008, "Handshake timeout"),
            Self::RateLimit => (1008, "Rate limit exceeded"),
            Self::SlowConsumer => (1008, "Slow consumer"),
            Self::HeartbeatTimeout => (1011, "Heartbeat timeout"),
            Self::Internal => (1011, "Internal error"),
        }
    }

    /// The close that a refusal with `code` ends in, if it ends the connection.
    #[must_use]
    pub const fn of(code: Code) -> Option<Self> {
        Some(match code {
            Code::InvalidSession => Self::InvalidSession,
            Code::SessionExpired => Self::SessionExpired,
            Code::AuthRequired | Code::AuthFailed => Self::AuthenticationFailed,
            Code::TokenExpired => Self::TokenExpired,
            Code::TooManyConnections => Self::TooManyConnections,
            Code::ServerFull => Self::ServerFull,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelt_as_the_protocol_does() {
        for (code, text, status) in [
            (Code::InvalidJson, "INVALID_JSON", 400),
            (Code::InvalidMessage, "INVALID_MESSAGE", 400),
            (Code::AuthRequired, "AUTH_REQUIRED", 401),
            (Code::Forbidden, "FORBIDDEN", 403),
            (Code::NotFound, "NOT_FOUND", 404),
            (Code::InvalidSession, "INVALID_SESSION", 404),
            (Code::SessionExpired, "SESSION_EXPIRED", 410),
            (Code::MessageTooLarge, "MESSAGE_TOO_LARGE", 413),
            (Code::QueryRejected, "QUERY_REJECTED", 422),
            (Code::DatabaseContextMissing, "DATABASE_CONTEXT_MISSING", 422),
            (Code::DatabaseContextInvalid, "DATABASE_CONTEXT_INVALID", 422),
            (Code::RateLimitExceeded, "RATE_LIMIT_EXCEEDED", 429),
            (Code::TooManyConnections, "TOO_MANY_CONNECTIONS", 429),
            (Code::Internal, "INTERNAL", 500),
            (Code::QueryFailed, "QUERY_FAILED", 500),
            (Code::AgentUnavailable, "AGENT_UNAVAILABLE", 502),
            (Code::ServerFull, "SERVER_FULL", 503),
            (Code::CircuitOpen, "CIRCUIT_OPEN", 503),
            (Code::DatabaseContextUnavailable, "DATABASE_CONTEXT_UNAVAILABLE", 503),
            (Code::QueryTimeout, "QUERY_TIMEOUT", 504),
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), json!(text));
            assert_eq!(code.as_str(), text);
            assert_eq!(code.status().as_u16(), status, "{text}");
        }
    }

    #[test]
    fn refusals_close_with_the_reason_of_their_code() {
        for (code, close) in [
            (Code::InvalidSession, (1008, "Invalid session")),
            (Code::SessionExpired, (1008, "Session expired")),
            (Code::AuthFailed, (1008, "Authentication failed")),
            (Code::TooManyConnections, (1008, "Too many connections")),
            (Code::ServerFull, (1008, "Server full")),
        ] {
            assert_eq!(CloseCause::of(code).unwrap().parts(), close);
        }
        assert_eq!(CloseCause::of(Code::InvalidMessage), None);
        assert_eq!(CloseCause::HeartbeatTimeout.parts(), (1011, "Heartbeat timeout"));
        assert_eq!(CloseCause::Superseded.parts(), (1000, "Superseded"));
    }

    #[test]
    fn an_internal_error_tells_nothing_of_its_cause() {
        let failure = Failure::internal(&"/secret/path: SELECT 1");
        assert!(!serde_json::to_string(&failure).unwrap().contains("secret"));
        assert!(failure.details.unwrap()["incident_id"].is_string());
    }
}
