//! What must not be written down: the names under which secrets pass.

/// Headers whose value is a secret.
const HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token"];

/// Words that make a parameter of a path, or a field of JSON, a secret.
const WORDS: [&str; 11] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "api_key",
    "apikey",
    "api-key",
    "authorization",
    "jwt",
    "credential",
];

/// What stands in place of a secret.
pub(super) const REDACTED: &str = "REDACTED";

/// True when the header `name` holds a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) || is_secret_name(name)
}

/// True when a parameter or a field called `name` holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "key" || name == "sid" || WORDS.iter().any(|word| name.contains(word))
}

/// True when `text` is a secret whatever it is called: a signed token.
pub(super) fn is_token(text: &str) -> bool {
    let part = |part: &str| {
        part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let mut parts = text.split('.');
    text.starts_with("eyJ")
        && parts.next().is_some_and(part)
        && parts.next().is_some_and(part)
        && parts.next().is_some_and(part)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name_or_by_their_look() {
        for name in ["Authorization", "cookie", "X-Access-Token"] {
            assert!(is_secret_header(name), "{name}");
        }
        assert!(!is_secret_header("Content-Type") && !is_secret_header("X-Request-Id"));
        for name in ["token", "access_token", "clientSecret", "password", "api_key"] {
            assert!(is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name("session_id"));
        assert!(is_token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"));
        assert!(!is_token("eyJhbGciOiJIUzI1NiJ9") && !is_token("a.b.c"));
    }
}
