//! The rate limit a target announces.

use std::time::Duration;

use serde_json::Value;

use crate::checks::{ReasonCode, Step, Stop, fail, field};

/// More messages than this are not sent to fill a window.
const MOST_SENT: u64 = 2_000;

/// So many messages in so much time.
pub(super) struct Window {
    /// Messages.
    pub(super) limit: u64,
    /// The time as the target writes it.
    pub(super) text: String,
    /// The time.
    pub(super) length: Duration,
}

impl Window {
    /// The rate limit of a `connection_established`; what is not announced is as the protocol's defaults.
    pub(super) fn announced(established: &Value) -> Step<Self> {
        let limit = field::integer(established, "/limits/rate_limit/limit").unwrap_or(100);
        let text = field::text(established, "/limits/rate_limit/window").unwrap_or("1m").to_owned();
        if limit > MOST_SENT {
            return Err(Stop::Harness(format!("{limit} messages are allowed, more than a check sends")));
        }
        match humantime::parse_duration(&text) {
            Ok(length) => Ok(Self { limit, text, length }),
            Err(_) => {
                fail(ReasonCode::WrongValue, "limits.rate_limit.window such as \"1m\"", format!("{text:?}"))
            }
        }
    }
}
