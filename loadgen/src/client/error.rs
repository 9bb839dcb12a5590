//! What can go wrong on a connection, each with the short code that reports count by.

use std::borrow::Cow;
use std::time::Duration;

/// Code of a certificate that is not trusted.
const CERTIFICATE_REFUSED: &str = "certificate_refused";

/// What TLS says of a certificate that it does not take, where that is why a connection failed.
fn refused_certificate(error: &std::io::Error) -> Option<&rustls::Error> {
    let cause = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    matches!(cause, rustls::Error::InvalidCertificate(_)).then_some(cause)
}

/// Why a connection, a request or a message failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// TCP connect failed.
    #[error("{message}")]
    Connect {
        /// Short code, such as `connection_refused`.
        code: &'static str,
        /// What the system said.
        message: String,
    },
    /// The answer to an upgrade or request was not the expected one.
    #[error("HTTP status {status}: {message}")]
    Status {
        /// Status.
        status: u16,
        /// Error code of the body, when it has one.
        code: Option<String>,
        /// First part of the body.
        message: String,
    },
    /// The answer can't be read.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// The server sent an `error` instead of what was expected.
    #[error("{code}: {message}")]
    Refused {
        /// Its code.
        code: String,
        /// Its message.
        message: String,
    },
    /// The server closed the connection.
    #[error("closed with {code} {reason:?}")]
    Closed {
        /// Close code; 1005 without one.
        code: u16,
        /// Reason.
        reason: String,
    },
    /// The connection broke without a close frame.
    #[error("connection lost: {0}")]
    Lost(String),
    /// Nothing happened for too long.
    #[error("no {what} within {patience:?}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// How long.
        patience: Duration,
    },
}

impl LinkError {
    /// An error of `connect(2)`.
    pub(crate) fn connect(error: &std::io::Error) -> Self {
        if let Some(certificate) = refused_certificate(error) {
            return Self::Connect { code: CERTIFICATE_REFUSED, message: certificate.to_string() };
        }
        let code = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "connection_refused",
            std::io::ErrorKind::ConnectionReset => "connection_reset",
            std::io::ErrorKind::AddrNotAvailable => "no_free_port",
            std::io::ErrorKind::TimedOut => "connect_timeout",
            // What the TLS library says arrives like this.
            std::io::ErrorKind::InvalidData => "tls_failed",
            _ => "connect_failed",
        };
        Self::Connect { code, message: error.to_string() }
    }

    /// True when the other side showed a certificate that is not trusted.
    pub(crate) fn is_certificate(&self) -> bool {
        matches!(self, Self::Connect { code, .. } if *code == CERTIFICATE_REFUSED)
    }

    /// The code that reports count by.
    pub fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Connect { code, .. } => Cow::Borrowed(code),
            Self::Status { code: Some(code), .. } | Self::Refused { code, .. } => Cow::Owned(code.clone()),
            Self::Status { status, .. } => Cow::Owned(format!("http_{status}")),
            Self::Unreadable(_) => Cow::Borrowed("unreadable"),
            Self::Closed { code, .. } => Cow::Owned(format!("closed_{code}")),
            Self::Lost(_) => Cow::Borrowed("connection_lost"),
            Self::Timeout { .. } => Cow::Borrowed("timeout"),
        }
    }

    /// False when the protocol forbids trying again: refused for good, not by circumstance.
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Closed { code: 1000 | 1002 | 1003 | 1007, .. } => false,
            Self::Closed { code: 1008, reason } => reason == "Slow consumer" || reason == "Heartbeat timeout",
            Self::Status { status, .. } => matches!(status, 429 | 500..=599),
            Self::Refused { code, .. } => matches!(code.as_str(), "SERVER_FULL" | "TOO_MANY_CONNECTIONS"),
            _ => true,
        }
    }
}
