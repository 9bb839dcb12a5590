//! Whether a client may come back after a connection ended.

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
    }
}
