//! Whom a listener would let in: what is not on loopback is for others, and others need tokens.

use std::net::SocketAddr;

use super::role::Role;
use crate::config::{Config, ConfigError};

/// Refuses listeners that would be open to all. Only the backend asks for tokens; the tiers behind it trust
/// whoever reaches them. `listen.insecure` turns the refusal into a warning.
///
/// # Errors
/// The key of the listener.
pub(super) fn check(config: &Config, role: Role) -> Result<(), ConfigError> {
    let listen = &config.listen;
    let all = [
        ("listen.backend", role.is_backend(), listen.backend, config.auth.required),
        ("listen.agents", role.agents().is_some(), listen.agents, false),
        ("listen.mcp", role.is_mcp(), listen.mcp, false),
    ];
    for (key, listens, address, tokens) in all {
        if !listens || tokens || address.ip().to_canonical().is_loopback() {
            continue;
        }
        if !listen.insecure {
            return Err(ConfigError::Invalid { key, message: refusal(address, key == "listen.backend") });
        }
        tracing::warn!(key, %address, "this listener is open, without tokens, to everybody who reaches it");
    }
    Ok(())
}

fn refusal(address: SocketAddr, backend: bool) -> String {
    let tokens = if backend { "require tokens (auth.required), " } else { "" };
    format!(
        "{address} is not on loopback and would be open to everybody who reaches it; {tokens}listen on \
         127.0.0.1, or say --insecure (listen.insecure)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(role: Role, change: impl FnOnce(&mut Config)) -> Option<&'static str> {
        let mut config = Config::default();
        change(&mut config);
        match check(&config, role) {
            Ok(()) => None,
            Err(ConfigError::Invalid { key, .. }) => Some(key),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn open_listeners_need_to_be_asked_for() {
        let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
        assert_eq!(checked(Role::All, |_| {}), None);
        assert_eq!(checked(Role::All, |config| config.listen.backend = open), Some("listen.backend"));
        assert_eq!(checked(Role::Backend, |config| config.listen.mcp = open), None, "another process");
        assert_eq!(checked(Role::Mcp, |config| config.listen.mcp = open), Some("listen.mcp"));
        assert_eq!(checked(Role::Agents, |config| config.listen.agents = open), Some("listen.agents"));
        let with_tokens = |config: &mut Config| {
            config.listen.backend = "[::]:0".parse().unwrap();
            config.auth.required = true;
        };
        assert_eq!(checked(Role::Backend, with_tokens), None);
        let asked_for = |config: &mut Config| {
            config.listen.mcp = open;
            config.listen.insecure = true;
        };
        assert_eq!(checked(Role::Mcp, asked_for), None);
        let mapped = |config: &mut Config| config.listen.backend = "[::ffff:127.0.0.1]:0".parse().unwrap();
        assert_eq!(checked(Role::Backend, mapped), None);
    }
}
