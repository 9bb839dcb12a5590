//! Defaults, profile, file, environment, flags: laid over each other in this order, then read and validated once.

use std::path::Path;

use serde::Deserialize;

use super::documents::{ALIASES, apply_to_doors, is_known};
use super::load::position;
use super::table::{Entry, Kind, PREFIX, sections};
use super::{Config, ConfigError, Profile};

/// Where a configuration comes from.
#[derive(Debug, Default)]
pub struct Layers<'a> {
    /// Profile asked for by a flag; else the environment, the file or the default decides.
    pub profile: Option<Profile>,
    /// Text of the file, and its path for messages.
    pub file: Option<(&'a str, &'a Path)>,
    /// Variables of the environment.
    pub environment: Vec<(String, String)>,
    /// What flags set, by dotted key.
    pub flags: Vec<(&'static str, toml::Value)>,
}

impl Layers<'_> {
    /// Reads and validates them.
    ///
    /// # Errors
    /// A key, variable or value that can't be understood, with its place; a combination that can't work.
    pub fn read(self) -> Result<Config, ConfigError> {
        let sections = sections()?;
        let entries: Vec<&Entry> = sections.iter().flat_map(|section| &section.entries).collect();
        let file = self.file.map(|(text, path)| parse(text, path)).transpose()?;
        let environment = environment(&self.environment, &entries)?;
        let mut table = toml::Table::new();
        let profile = match self.profile {
            Some(profile) => profile,
            None => named_profile(&[environment_table(&environment), file.clone().unwrap_or_default()])?,
        };
        let settings = profile.settings();
        merge(&mut table, parse(settings, Path::new("profile"))?);
        merge(&mut table, file.unwrap_or_default());
        for (variable, key, value) in environment {
            let mut with = table.clone();
            put(&mut with, &key, value);
            checked(&with).map_err(|error| ConfigError::Variable {
                variable: variable.clone(),
                message: error.message().to_owned(),
            })?;
            table = with;
        }
        for (key, value) in self.flags {
            put(&mut table, key, value);
        }
        put(&mut table, "profile", toml::Value::try_from(profile)?);
        let mut config =
            checked(&table).map_err(|error| ConfigError::Combined(error.message().to_owned()))?;
        apply_to_doors(&mut config.doors, &self.environment)?;
        config.validate()?;
        Ok(config)
    }
}

impl Config {
    /// Whether an environment variable of this name says anything to a server.
    #[must_use]
    pub fn is_variable(name: &str) -> bool {
        name.starts_with(PREFIX) || is_known(name)
    }
}

fn checked(table: &toml::Table) -> Result<Config, toml::de::Error> {
    Config::deserialize(table.clone())
}

/// Parses a file as a table, after it was read as a configuration, whose messages know line and column.
fn parse(text: &str, path: &Path) -> Result<toml::Table, ConfigError> {
    let refused = |error: toml::de::Error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        ConfigError::Parse { path: path.to_owned(), line, column, message: error.message().to_owned() }
    };
    toml::from_str::<Config>(text).map_err(refused)?;
    toml::from_str(text).map_err(refused)
}

fn named_profile(tables: &[toml::Table]) -> Result<Profile, ConfigError> {
    let Some(value) = tables.iter().find_map(|table| table.get("profile")) else {
        return Ok(Profile::default());
    };
    value
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Combined(error.message().to_owned()))
}

fn environment_table(environment: &[(String, String, toml::Value)]) -> toml::Table {
    let mut table = toml::Table::new();
    for (_, key, value) in environment {
        put(&mut table, key, value.clone());
    }
    table
}

/// The variables that are ours, with the keys they set. Other names first, so that our own win.
fn environment(
    variables: &[(String, String)],
    entries: &[&Entry],
) -> Result<Vec<(String, String, toml::Value)>, ConfigError> {
    let mut found = Vec::new();
    for alias in ALIASES {
        let entry = entries.iter().find(|entry| entry.key == alias.key);
        for (name, text) in variables.iter().filter(|(name, _)| name == alias.variable) {
            if let Some(entry) = entry {
                found.push((name.clone(), entry.key.clone(), value(name, text, entry.kind)?));
            }
        }
    }
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        if let Some(entry) = entries.iter().find(|entry| entry.variable() == *name) {
            found.push((name.clone(), entry.key.clone(), value(name, text, entry.kind)?));
        } else if let Some(section) = section_of(name, entries) {
            let known =
                entries.iter().filter(|entry| entry.key.starts_with(&section)).map(|entry| entry.variable());
            return Err(ConfigError::Variable {
                variable: name.clone(),
                message: format!("no such key; known are {}", known.collect::<Vec<_>>().join(", ")),
            });
        }
    }
    Ok(found)
}

/// The section a variable means to be of. Variables of other programs and of the command's own flags have none.
fn section_of(name: &str, entries: &[&Entry]) -> Option<String> {
    entries.iter().find_map(|entry| {
        let (section, _) = entry.key.rsplit_once('.')?;
        let prefix = format!("{PREFIX}{}_", section.replace('.', "_").to_uppercase());
        name.starts_with(&prefix).then(|| format!("{section}."))
    })
}

fn value(variable: &str, text: &str, kind: Kind) -> Result<toml::Value, ConfigError> {
    if kind == Kind::Text {
        return Ok(toml::Value::String(text.to_owned()));
    }
    let refused = |expected: &str| ConfigError::Variable {
        variable: variable.to_owned(),
        message: format!("{text:?} is not {expected}"),
    };
    let text = text.trim();
    match kind {
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(toml::Value::Boolean(true)),
            "false" | "0" | "no" | "off" | "" => Ok(toml::Value::Boolean(false)),
            _ => Err(refused("true or false")),
        },
        Kind::Integer => {
            text.parse().map(toml::Value::Integer).map_err(|_| refused("a number without fraction"))
        }
        Kind::Number => text.parse().map(toml::Value::Float).map_err(|_| refused("a number")),
        Kind::Structure | Kind::Text => {
            let line = format!("value = {text}");
            let table: toml::Table =
                toml::from_str(&line).map_err(|_| refused("a TOML array or inline table"))?;
            table.get("value").cloned().ok_or_else(|| refused("a TOML array or inline table"))
        }
    }
}

/// Sets a dotted key.
fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(below) = below {
                put(below, rest, value);
            }
        }
    }
}

/// Lays `over` over `base`, table by table.
fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::LogFormat;

    fn variables(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn read(file: &str, list: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let file = Some((file, Path::new("server.toml")));
        Layers { file, environment: variables(list), ..Layers::default() }.read()
    }

    #[test]
    fn nothing_given_is_the_defaults() {
        assert_eq!(Layers::default().read().unwrap(), Config::default());
    }

    #[test]
    fn each_layer_wins_over_the_one_below() {
        let file = "[limits]\nrate_limit = 1\nqueue_messages = 2\n[timers]\nping_interval = \"1s\"\n";
        let environment = variables(&[
            ("TIDEGATE_LIMITS_RATE_LIMIT", "3"),
            ("TIDEGATE_TIMERS_PING_INTERVAL", "2s"),
            ("UNRELATED", "x"),
        ]);
        let config = Layers {
            file: Some((file, Path::new("server.toml"))),
            environment,
            flags: vec![("limits.rate_limit", toml::Value::Integer(4))],
            ..Layers::default()
        }
        .read()
        .unwrap();
        assert_eq!(config.limits.rate_limit, 4);
        assert_eq!(config.limits.queue_messages, 2);
        assert_eq!(config.timers.ping_interval, Duration::from_secs(2));
    }

    #[test]
    fn a_profile_lies_under_the_file() {
        let secret = "[auth]\nsecret = \"0123456789abcdef0123456789abcdef\"\n";
        let config = read(&format!("profile = \"production\"\n{secret}"), &[]).unwrap();
        assert!(config.auth.required);
        assert_eq!(config.log.format, LogFormat::Json);
        let config =
            read(&format!("{secret}required = false"), &[("TIDEGATE_PROFILE", "production")]).unwrap();
        assert!(!config.auth.required);
        assert_eq!(config.profile, Profile::Production);
    }

    #[test]
    fn names_of_existing_deployments_are_understood_and_ours_win() {
        let config =
            read("", &[("MAX_TOTAL_CONNECTIONS", "7"), ("MAX_CONNECTIONS_PER_SESSION", "5")]).unwrap();
        assert_eq!((config.limits.max_connections, config.limits.max_connections_per_session), (7, 5));
        let both = [("TIDEGATE_LIMITS_MAX_CONNECTIONS", "8"), ("MAX_TOTAL_CONNECTIONS", "7")];
        assert_eq!(read("", &both).unwrap().limits.max_connections, 8);
    }

    #[test]
    fn the_door_of_the_front_end_can_be_named_and_bounded() {
        let config = read("", &[("WS_ENDPOINT", "/live"), ("WS_MAX_CONNECTIONS", "9")]).unwrap();
        let bounds: Vec<_> =
            config.doors.iter().map(|door| (door.path.as_str(), door.max_connections)).collect();
        assert!(bounds.contains(&("/live", 9)) && bounds.contains(&("/ws/query", 0)), "{bounds:?}");
        let config = read("", &[("WS_MAX_CONNECTIONS", "9")]).unwrap();
        assert!(config.doors.iter().all(|door| door.max_connections == 9));
        let error = read("", &[("WS_ENDPOINT", "live")]).unwrap_err().to_string();
        assert!(error.contains("is no path"), "{error}");
    }

    #[test]
    fn mistakes_name_the_variable() {
        for (name, text, expected) in [
            ("TIDEGATE_LIMITS_RATE_LIMIT", "many", "TIDEGATE_LIMITS_RATE_LIMIT: \"many\" is not a number"),
            ("TIDEGATE_LIMITS_RATE_LIMT", "1", "TIDEGATE_LIMITS_RATE_LIMT: no such key"),
            ("TIDEGATE_TIMERS_PING_INTERVAL", "soon", "TIDEGATE_TIMERS_PING_INTERVAL: "),
            ("TIDEGATE_ORIGIN_ALLOW", "x", "is not a TOML array"),
            ("WS_AUTH_REQUIRED", "perhaps", "WS_AUTH_REQUIRED: \"perhaps\" is not true or false"),
            ("TIDEGATE_CONTEXT_POLICY", "never", "TIDEGATE_CONTEXT_POLICY: unknown variant"),
        ] {
            let error = read("", &[(name, text)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(read("", &[("TIDEGATE_LISTEN", "127.0.0.1:0"), ("TIDEGATE_URL", "ws://x")]).is_ok());
    }

    #[test]
    fn arrays_in_variables_are_toml() {
        let config = read("", &[("TIDEGATE_ORIGIN_ALLOW", "[\"https://a.example\"]")]).unwrap();
        assert_eq!(config.origin.allow, ["https://a.example"]);
    }

    proptest::proptest! {
        #[test]
        fn random_variables_never_panic(name in "(TIDEGATE_)?[A-Z_]{0,20}", text in "\\PC{0,40}") {
            let _ = read("", &[(&name, &text)]);
        }

        #[test]
        fn every_variable_takes_random_text_without_panic(at in 0_usize..200, text in "\\PC{0,40}") {
            let sections = sections().unwrap();
            let entries: Vec<_> = sections.iter().flat_map(|section| &section.entries).collect();
            let _ = read("", &[(&entries[at % entries.len()].variable(), &text)]);
        }
    }
}
