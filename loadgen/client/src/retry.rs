//! Whether a client may come back after a connection ended, when, and with what.

use std::time::Duration;

/// What to do after an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Come back after the backoff.
    Later,
    /// Don't: it would end the same way.
    Never,
}

/// Close codes after which coming back by itself is forbidden.
const FINAL_CODES: [u16; 4] = [1000, 1002, 1003, 1007];

/// Reasons of 1008 that pass by themselves.
const PASSING_REASONS: [&str; 4] =
    ["Slow consumer", "Server full", "Too many connections", "Rate limit exceeded"];

/// Codes of an `error` that pass by themselves, as those reasons do.
const PASSING_ERRORS: [&str; 3] = ["SERVER_FULL", "TOO_MANY_CONNECTIONS", "RATE_LIMIT_EXCEEDED"];

/// The close code for a message that is too large.
const TOO_LARGE: u16 = 1009;

/// Longest time that a client stays away because a server asks for it.
const LONGEST_AWAY: Duration = Duration::from_secs(3_600);

/// After a close frame; 1005 stands for one without a code, 1006 for none at all.
pub fn after_close(code: u16, reason: &str) -> Retry {
    match code {
        code if FINAL_CODES.contains(&code) => Retry::Never,
        1008 if !PASSING_REASONS.contains(&reason) => Retry::Never,
        _ => Retry::Later,
    }
}

/// After an upgrade that was refused with an HTTP status.
pub fn after_status(status: u16) -> Retry {
    match status {
        408 | 425 | 429 | 500..=599 => Retry::Later,
        _ => Retry::Never,
    }
}

/// After an `error` where the greeting was expected.
pub fn after_error(code: &str) -> Retry {
    if PASSING_ERRORS.contains(&code) { Retry::Later } else { Retry::Never }
}

/// How long a client stays away at least that was refused with this `Retry-After`, in seconds.
pub fn no_earlier(retry_after: Option<u64>) -> Duration {
    Duration::from_secs(retry_after.unwrap_or_default()).min(LONGEST_AWAY)
}

/// False when what was sent and not accepted must not be sent again after this close code.
pub fn may_send_again(code: u16) -> bool {
    code != TOO_LARGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_for_good_and_what_does_not() {
        for code in [1000, 1002, 1003, 1007] {
            assert_eq!(after_close(code, ""), Retry::Never, "{code}");
        }
        for code in [1001, 1005, 1006, 1009, 1011, 1012, 1013, 4000] {
            assert_eq!(after_close(code, ""), Retry::Later, "{code}");
        }
        assert_eq!(after_close(1008, "Slow consumer"), Retry::Later);
        assert_eq!(after_close(1008, "Authentication failed"), Retry::Never);
        assert_eq!((after_status(503), after_status(401)), (Retry::Later, Retry::Never));
        assert_eq!((after_error("SERVER_FULL"), after_error("INVALID_TOKEN")), (Retry::Later, Retry::Never));
    }

    #[test]
    fn what_a_server_asks_for_is_bounded_and_what_was_too_large_is_not_sent_again() {
        assert_eq!(no_earlier(None), Duration::ZERO);
        assert_eq!((no_earlier(Some(7)), no_earlier(Some(u64::MAX))), (Duration::from_secs(7), LONGEST_AWAY));
        assert!(may_send_again(1006) && !may_send_again(1009));
    }
}
