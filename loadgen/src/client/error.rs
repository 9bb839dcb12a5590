//! What can go wrong on a connection, each with the short code that reports count by.

use std::borrow::Cow;
use std::time::Duration;

use tidegate_client::backoff::Backoff;
use tidegate_client::retry::{self, Retry};

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
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
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

    /// Whether the protocol lets a client try again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Closed { code, reason } => retry::after_close(*code, reason),
            Self::Status { status, .. } => retry::after_status(*status),
            Self::Refused { code, .. } => retry::after_error(code),
            Self::Connect { .. } | Self::Unreadable(_) | Self::Lost(_) | Self::Timeout { .. } => Retry::Later,
        }
    }

    /// How long a client waits after this before attempt `attempt`, from 1; `None` when there is no other attempt.
    /// `chance`, from 0 to 1, is its jitter.
    pub fn pause(&self, attempt: u32, chance: f64) -> Option<Duration> {
        let wait = Backoff::default().before(attempt, chance).filter(|_| self.retry() == Retry::Later)?;
        Some(wait.max(self.no_earlier()))
    }

    /// How long the other side wants to be left alone.
    pub(crate) fn no_earlier(&self) -> Duration {
        match self {
            Self::Status { retry_after, .. } => retry::no_earlier(*retry_after),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_21_a_server_that_never_lets_it_resume_is_given_up_after_five_attempts() {
        let lost = LinkError::Lost("reset".to_owned());
        let pauses: Vec<_> = (1..100).map_while(|attempt| lost.pause(attempt, 0.0)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16].map(Duration::from_secs));
    }

    #[test]
    fn a_server_that_names_a_time_is_left_alone_until_then_and_one_that_refuses_for_good_for_ever() {
        let refused = |status, retry_after| LinkError::Status {
            status,
            code: None,
            message: String::new(),
            retry_after,
        };
        assert_eq!(refused(503, Some(9)).pause(1, 0.5), Some(Duration::from_secs(9)));
        assert_eq!(refused(503, Some(1)).pause(3, 0.5), Some(Duration::from_millis(4_500)));
        assert_eq!(refused(401, Some(1)).pause(1, 0.5), None);
        let closed = |reason: &str| LinkError::Closed { code: 1008, reason: reason.to_owned() };
        assert!(closed("Server full").pause(1, 0.0).is_some());
        assert!(closed("Authentication failed").pause(1, 0.0).is_none());
    }
}
