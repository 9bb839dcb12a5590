//! Reading a configuration file and checking what its types can't.

use std::path::{Path, PathBuf};

use super::{Algorithm, Config, DelayProfile, REDACTED};
use crate::workflow::Workflows;

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not the TOML that is expected.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// A value is well-formed but can't be used.
    #[error("configuration key {key}: {message}")]
    Invalid {
        /// Dotted name of the key.
        key: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// A variable of the environment can't be used.
    #[error("environment variable {variable}: {message}")]
    Variable {
        /// Its name.
        variable: String,
        /// What is wrong with it.
        message: String,
    },
    /// The layers together are not a configuration.
    #[error("configuration: {0}")]
    Combined(String),
    /// The effective configuration can't be written as TOML.
    #[error("can't print the configuration")]
    Print(#[from] toml::ser::Error),
}

impl Config {
    /// The text of a configuration file.
    pub fn read_file(path: &Path) -> Result<String, ConfigError> {
        std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
    }

    /// Reads and validates `path`.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        Self::from_toml(&Self::read_file(path)?, path)
    }

    /// Parses and validates `text`, which came from `path`.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            ConfigError::Parse { path: path.to_owned(), line, column, message: error.message().to_owned() }
        })?;
        config.validate()?;
        Ok(config)
    }

    /// The effective configuration as TOML.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        Ok(toml::to_string_pretty(self)?)
    }

    /// Refuses combinations that can't work.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_timers()?;
        self.validate_security()?;
        if self.delay.profile == DelayProfile::Scaled && self.delay.min > self.delay.max {
            return invalid(
                "delay.min",
                format!("{:?} is longer than delay.max {:?}", self.delay.min, self.delay.max),
            );
        }
        if !(self.database.tpch_scale > 0.0 && self.database.tpch_scale <= 1.0) {
            return invalid("database.tpch_scale", format!("{} is not in (0, 1]", self.database.tpch_scale));
        }
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            return invalid(
                "telemetry.sample_ratio",
                format!("{} is not in [0, 1]", self.telemetry.sample_ratio),
            );
        }
        if self.database.pool_size == 0 {
            return invalid("database.pool_size", "must be at least 1".to_owned());
        }
        if self.limits.max_running_queries == 0 {
            return invalid("limits.max_running_queries", "must be at least 1".to_owned());
        }
        if let Err(error) = Workflows::new(&self.workflows) {
            return invalid("workflows", error.to_string());
        }
        self.doors.validate()
    }

    fn validate_timers(&self) -> Result<(), ConfigError> {
        let timers = &self.timers;
        for (key, value) in [
            ("timers.ping_interval", timers.ping_interval),
            ("timers.pong_timeout", timers.pong_timeout),
            ("timers.idle_timeout", timers.idle_timeout),
            ("timers.header_timeout", timers.header_timeout),
            ("timers.rate_window", timers.rate_window),
            ("timers.request_timeout", timers.request_timeout),
            ("timers.agent_status_interval", timers.agent_status_interval),
            ("timers.system_metrics_interval", timers.system_metrics_interval),
            ("http.body_timeout", self.http.body_timeout),
            ("http.stream_keep_alive", self.http.stream_keep_alive),
            ("llm.timeout", self.llm.timeout),
        ] {
            if value.is_zero() {
                return invalid(key, "must be longer than zero".to_owned());
            }
        }
        if timers.pong_timeout <= timers.ping_interval {
            return invalid(
                "timers.pong_timeout",
                format!(
                    "{:?} must be longer than timers.ping_interval {:?}",
                    timers.pong_timeout, timers.ping_interval
                ),
            );
        }
        Ok(())
    }

    fn validate_security(&self) -> Result<(), ConfigError> {
        if self.auth.secret.as_ref().is_some_and(|secret| secret.expose() == REDACTED) {
            let message = format!("{REDACTED} stands where a printed configuration had a secret");
            return invalid("auth.secret", message);
        }
        if self.auth.required && !self.auth.has_keys() {
            let needed = match self.auth.algorithm {
                Algorithm::HS256 => "auth.secret or auth.secret_file",
                Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => "auth.jwks",
            };
            return invalid("auth.required", format!("tokens can't be checked without {needed}"));
        }
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return invalid("tls", "certificate and key are needed together".to_owned());
        }
        Ok(())
    }
}

fn invalid(key: &'static str, message: String) -> Result<(), ConfigError> {
    Err(ConfigError::Invalid { key, message })
}

/// Line and column, both from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::from_toml(text, Path::new("server.toml")).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_survive_a_round_trip() {
        let config = Config::default();
        let again = Config::from_toml(&config.to_toml().unwrap(), Path::new("printed.toml")).unwrap();
        assert_eq!(again, config);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let text = error("[timers]\nping_interval = \"200ms\"\n  pong = \"1s\"\n");
        assert!(text.starts_with("server.toml:3:3: unknown field `pong`"), "{text}");
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        let text = error("[limits]\nrate_limit = \"many\"\n");
        assert!(text.starts_with("server.toml:2:14: invalid type"), "{text}");
    }

    #[test]
    fn timers_that_contradict_each_other_are_refused() {
        let text = error("[timers]\nping_interval = \"2s\"\npong_timeout = \"1s\"\n");
        assert!(text.contains("timers.pong_timeout"), "{text}");
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = Config::from_toml(&text, Path::new("random.toml"));
        }
    }
}
