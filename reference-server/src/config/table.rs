//! The one table of keys: names, defaults and meanings, read off the configuration's own types. The environment,
//! the documentation and suggestions for misspelt names are made from it.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Config, ConfigError};

/// Prefix of all environment variables.
pub(super) const PREFIX: &str = "TIDEGATE_";

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Dotted name, such as `timers.ping_interval`.
    pub key: String,
    /// What a value looks like.
    pub kind: Kind,
    /// Default as TOML; `None` where nothing is set.
    pub default: Option<String>,
    /// What it means.
    pub meaning: String,
    /// Words it can be, where it is a choice.
    pub choices: Vec<String>,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, a duration or an address.
    Text,
    /// A number without fraction.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A TOML array or inline table.
    Structure,
}

/// A section with its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Dotted name; empty at the top.
    pub name: String,
    /// What it is about.
    pub meaning: String,
    /// Its keys, in order.
    pub entries: Vec<Entry>,
}

impl Entry {
    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }
}

/// All sections with all keys, in the order of the types.
///
/// # Errors
/// The defaults can't be written as TOML, which is a mistake in this program.
pub fn sections() -> Result<Vec<Section>, ConfigError> {
    let schema = schemars::schema_for!(Config).to_value();
    let defaults = toml::Value::try_from(Config::default())?;
    let mut walk = Walk { schema: &schema, defaults: &defaults, sections: Vec::new() };
    walk.section(&schema, "", "");
    // Keys of the top stand before the first section.
    walk.sections.sort_by_key(|section| !section.name.is_empty());
    Ok(walk.sections)
}

struct Walk<'a> {
    schema: &'a Value,
    defaults: &'a toml::Value,
    sections: Vec<Section>,
}

impl<'a> Walk<'a> {
    fn section(&mut self, schema: &'a Value, name: &str, meaning: &str) {
        let at = self.sections.len();
        self.sections.push(Section {
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            entries: Vec::new(),
        });
        let Some(properties) = schema["properties"].as_object() else { return };
        for (word, property) in properties {
            let key = if name.is_empty() { word.clone() } else { format!("{name}.{word}") };
            let meaning = one_line(property["description"].as_str().unwrap_or_default());
            let resolved = self.resolve(property);
            if resolved["properties"].is_object() {
                self.section(resolved, &key, &meaning);
            } else {
                let default = self.default_of(&key);
                let choices = choices(resolved);
                self.sections[at].entries.push(Entry {
                    kind: kind(resolved),
                    key,
                    default,
                    meaning,
                    choices,
                });
            }
        }
        if self.sections[at].entries.is_empty() {
            self.sections.remove(at);
        }
    }

    /// Follows a reference, and looks through an option.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.schema.pointer(pointer));
            return target.map_or(schema, |target| self.resolve(target));
        }
        let some = schema["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null"));
        some.map_or(schema, |some| self.resolve(some))
    }

    fn default_of(&self, key: &str) -> Option<String> {
        let value = key.split('.').try_fold(self.defaults, |value, word| value.get(word))?;
        Some(value.to_string())
    }
}

fn kind(schema: &Value) -> Kind {
    let named = |name: &str| {
        let types = &schema["type"];
        types == name || types.as_array().is_some_and(|types| types.iter().any(|one| one == name))
    };
    if named("boolean") {
        Kind::Boolean
    } else if named("integer") {
        Kind::Integer
    } else if named("number") {
        Kind::Number
    } else if named("array") || named("object") {
        Kind::Structure
    } else {
        Kind::Text
    }
}

fn choices(schema: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let listed = schema["enum"].as_array().into_iter().flatten().filter_map(text);
    let documented = schema["oneOf"].as_array().into_iter().flatten();
    let documented = documented.flat_map(|one| {
        let constant = text(&one["const"]);
        let several: Vec<_> = one["enum"].as_array().into_iter().flatten().filter_map(text).collect();
        constant.into_iter().chain(several)
    });
    listed.chain(documented).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The documentation of all keys, as Markdown.
///
/// # Errors
/// As [`sections`].
pub fn markdown() -> Result<String, ConfigError> {
    let mut page = String::from(INTRODUCTION);
    for section in sections()? {
        if section.name.is_empty() {
            page.push_str("\n## At the top\n");
        } else {
            let _ = write!(page, "\n## `[{}]`\n\n{}\n", section.name, section.meaning);
        }
        page.push_str("\n| key | default | environment | meaning |\n|---|---|---|---|\n");
        for entry in &section.entries {
            let word = entry.key.rsplit('.').next().unwrap_or_default();
            let default =
                entry.default.as_ref().map_or_else(|| "not set".to_owned(), |text| format!("`{text}`"));
            let choices = if entry.choices.is_empty() {
                String::new()
            } else {
                let words: Vec<_> = entry.choices.iter().map(|word| format!("`{word}`")).collect();
                format!(" One of {}.", words.join(", "))
            };
            let meaning = format!("{}{choices}", entry.meaning).replace('|', "\\|");
            let default = if default.len() > LONG_DEFAULT {
                "see below".to_owned()
            } else {
                default.replace('|', "\\|")
            };
            let _ = writeln!(page, "| `{word}` | {default} | `{}` | {meaning} |", entry.variable());
        }
    }
    page.push_str("\n## Default doors\n\n```toml\n");
    page.push_str(&toml::to_string(&DefaultDoors { doors: super::Doors::default() })?);
    page.push_str("```\n");
    page.push_str(&super::documents::markdown());
    Ok(page)
}

/// The doors as a file would name them.
#[derive(serde::Serialize)]
struct DefaultDoors {
    doors: super::Doors,
}

/// A default that is longer does not fit into a table.
const LONG_DEFAULT: usize = 80;

const INTRODUCTION: &str = "\
# Configuration

Every timer, limit and switch of the reference server. This page is made from the server's own table of defaults
(`UPDATE_CONFIGURATION=1 cargo test -p reference-server --lib config` writes it again) and compared with it in a test.

A value is taken from the last of these that names it:

1. the defaults below,
2. the profile (`profile`, or `--profile`): `demo`, `development` or `production`,
3. the configuration file (`--config FILE`, TOML),
4. the environment: each key has a variable, its name in capitals with `_` for `.` and `TIDEGATE_` in front,
5. the flags of `tidegate serve`.

`tidegate serve --print-config` shows what that comes to, secrets left out. Unknown keys and misspelt variables are
refused with their place. Durations are written `250ms`, `30s`, `5m`, `1h 30m`; arrays and tables in variables as TOML.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Entry {
        let all = sections().unwrap().into_iter().flat_map(|section| section.entries);
        all.into_iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no key {key}"))
    }

    #[test]
    fn every_key_of_the_defaults_is_in_the_table_with_a_meaning() {
        fn leaves(value: &toml::Value, path: &str, found: &mut Vec<String>) {
            match value {
                // A section of which nothing is set has keys that the defaults can't show.
                toml::Value::Table(table) if table.is_empty() => {}
                toml::Value::Table(table) => {
                    for (word, value) in table {
                        let path = if path.is_empty() { word.clone() } else { format!("{path}.{word}") };
                        leaves(value, &path, found);
                    }
                }
                _ => found.push(path.to_owned()),
            }
        }
        let entries: Vec<_> = sections().unwrap().into_iter().flat_map(|section| section.entries).collect();
        let mut found = Vec::new();
        leaves(&toml::Value::try_from(Config::default()).unwrap(), "", &mut found);
        for key in found {
            assert!(entries.iter().any(|entry| entry.key == key), "{key} is missing from the table");
        }
        for entry in &entries {
            assert!(!entry.meaning.is_empty(), "{} has no meaning", entry.key);
        }
    }

    #[test]
    fn kinds_defaults_and_choices_are_read_off_the_types() {
        assert_eq!(entry("timers.ping_interval").kind, Kind::Text);
        assert_eq!(entry("timers.ping_interval").default.as_deref(), Some("\"30s\""));
        assert_eq!(entry("limits.rate_limit").kind, Kind::Integer);
        assert_eq!(entry("database.tpch_scale").kind, Kind::Number);
        assert_eq!(entry("auth.required").kind, Kind::Boolean);
        assert_eq!(entry("origin.allow").kind, Kind::Structure);
        assert_eq!(entry("auth.secret").default, None);
        assert_eq!(entry("context.policy").choices, ["off", "warn", "required"]);
        assert_eq!(entry("timers.ping_interval").variable(), "TIDEGATE_TIMERS_PING_INTERVAL");
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let mut names: Vec<_> = sections()
            .unwrap()
            .iter()
            .flat_map(|section| section.entries.iter().map(Entry::variable).collect::<Vec<_>>())
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn the_page_in_the_documentation_is_the_one_made_from_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let made = markdown().unwrap();
        if std::env::var_os("UPDATE_CONFIGURATION").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == made, "docs/configuration.md is out of date: run with UPDATE_CONFIGURATION=1");
    }
}
