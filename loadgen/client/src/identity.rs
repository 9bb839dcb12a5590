//! Who a client is: its session, and its stable name in it.

use std::path::Path;

use rand::Rng as _;

/// File of the session id in a client's folder, as browsers name it in their session storage.
const KEPT: &str = "websocket_session_id";

/// A session id as browsers make it: `session_`, the milliseconds of now, `_`, nine base-36 characters.
pub fn fresh_session() -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rng = rand::rng();
    let tail: String = (0..9).map(|_| char::from(DIGITS[rng.random_range(0..DIGITS.len())])).collect();
    format!("session_{:013}_{tail}", jiff::Timestamp::now().as_millisecond())
}

/// The stable name of a client: the same after every reconnect and restart.
pub fn agent_id(user_id: &str, session_id: &str) -> String {
    format!("frontend_{user_id}_{session_id}")
}

/// True for 8 to 128 characters of `A-Z a-z 0-9 _ -`.
pub fn is_session(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The session kept in `folder`, or a fresh one, which is kept there.
pub fn kept_session(folder: Option<&Path>) -> String {
    let Some(path) = folder.map(|folder| folder.join(KEPT)) else { return fresh_session() };
    if let Ok(kept) = std::fs::read_to_string(&path)
        && is_session(kept.trim())
    {
        return kept.trim().to_owned();
    }
    let fresh = fresh_session();
    // A client that can't keep its session still works, as another one after a restart.
    let _ = std::fs::write(&path, &fresh);
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_sessions_are_sessions_and_differ() {
        let (one, two) = (fresh_session(), fresh_session());
        assert!(is_session(&one) && one.starts_with("session_"), "{one}");
        assert_ne!(one, two);
        assert!(!is_session("short") && !is_session("not a session") && !is_session(&"x".repeat(129)));
    }
}
