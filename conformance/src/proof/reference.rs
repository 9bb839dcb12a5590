//! The configuration under which checks meet the reference server.

use std::time::Duration;

use crate::Error;

/// Timers scaled down so that the suite is quick, yet far enough apart to be told on a busy machine with
/// two cores; queries that take long enough to be watched, paused and cancelled.
pub const REFERENCE_CONFIG: &str = r#"
test_doors = true

[timers]
ping_interval = "300ms"
pong_timeout = "1s"
idle_timeout = "2s"
handshake_timeout = "1s"
drain_timeout = "2s"
reconnect_spread = "500ms"
session_ttl = "3s"
session_memory = "60s"
history_age = "10s"
header_timeout = "1500ms"
write_timeout = "2s"
close_timeout = "1s"
rate_window = "3s"
system_metrics_interval = "1s"
agent_status_interval = "1s"

[http]
stream_keep_alive = "250ms"

[delay]
profile = "scaled"
min = "250ms"
max = "400ms"
"#;

/// The timer in [`REFERENCE_CONFIG`] that no message announces and checks must know.
pub(crate) const REFERENCE_HEADER_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Sections whose durations are multiplied with the limits of checks.
const SCALED: [&str; 2] = ["timers", "delay"];

/// [`REFERENCE_CONFIG`] with `overrides` laid over it one after the other, key by key. A factor on every
/// limit of the suite, `scale`, is one on the server's timers too, so that checks tell what they told before;
/// less than 1 leaves them as they are.
pub fn reference_config(overrides: &[&str], scale: f64) -> Result<String, Error> {
    let parse = |text: &str| {
        text.parse::<toml::Table>()
            .map_err(|error| Error::Data(format!("configuration: {}", error.message())))
    };
    let mut table = parse(REFERENCE_CONFIG)?;
    for text in overrides {
        lay_over(&mut table, parse(text)?);
    }
    for section in SCALED {
        if let Some(toml::Value::Table(section)) = table.get_mut(section) {
            section.iter_mut().for_each(|(_, value)| lengthen(value, scale.max(1.0)));
        }
    }
    toml::to_string(&table).map_err(|error| Error::Data(error.to_string()))
}

/// Multiplies a duration; anything else stays.
fn lengthen(value: &mut toml::Value, scale: f64) {
    let duration = value.as_str().and_then(|text| humantime::parse_duration(text).ok());
    if let Some(duration) = duration {
        let scaled = Duration::from_millis(duration.mul_f64(scale).as_millis() as u64);
        *value = toml::Value::from(humantime::format_duration(scaled).to_string());
    }
}

fn lay_over(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => lay_over(inner, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_lengthens_timers_and_nothing_else() {
        let text = reference_config(&["limits.rate_limit = 5"], 2.0).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["timers"]["ping_interval"].as_str(), Some("600ms"));
        assert_eq!(table["timers"]["history_age"].as_str(), Some("20s"));
        assert_eq!(table["delay"]["profile"].as_str(), Some("scaled"));
        assert_eq!(table["limits"]["rate_limit"].as_integer(), Some(5));
        assert_eq!(reference_config(&[], 0.5).unwrap(), reference_config(&[], 1.0).unwrap());
    }

    #[test]
    fn the_header_timeout_is_the_one_that_checks_know() {
        let table: toml::Table = REFERENCE_CONFIG.parse().unwrap();
        let configured = table["timers"]["header_timeout"].as_str().unwrap();
        assert_eq!(humantime::parse_duration(configured).unwrap(), REFERENCE_HEADER_TIMEOUT);
    }

    #[test]
    fn overrides_change_their_keys_alone() {
        let text = reference_config(&["timers.idle_timeout = \"9s\"", "limits.rate_limit = 5"], 1.0).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["timers"]["idle_timeout"].as_str(), Some("9s"));
        assert_eq!(table["timers"]["ping_interval"].as_str(), Some("300ms"));
        assert_eq!(table["limits"]["rate_limit"].as_integer(), Some(5));
    }
}
