//! A scenario as reports show it: what looks like a secret in a script is replaced wherever it stands.

use serde_json::Value;

use super::{Scenario, ScriptStep};

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// Shorter ones would make holes in everything else.
const SHORTEST: usize = 4;

/// Words that make the value of a header, a parameter or a column a secret.
const WORDS: [&str; 9] =
    ["authorization", "cookie", "token", "secret", "passw", "api-key", "api_key", "apikey", "credential"];

impl Scenario {
    /// The scenario as JSON, without the secrets of its script.
    ///
    /// # Errors
    /// It can't be written as JSON.
    pub fn shown(&self) -> Result<Value, serde_json::Error> {
        let mut shown = serde_json::to_value(self)?;
        let mut secrets = Vec::new();
        let mut add = |name: &str, value: &str| {
            let name = name.to_ascii_lowercase();
            let is_open = value.len() < SHORTEST || value.starts_with("${");
            if WORDS.iter().any(|word| name.contains(word)) && !is_open {
                secrets.push(value.to_owned());
            }
        };
        for (name, value) in &self.parameters {
            add(name, value.as_str().unwrap_or_default());
        }
        for connection in self.connections.values() {
            connection.headers.iter().chain(&connection.query).for_each(|(name, value)| add(name, value));
        }
        for row in self.data.values().flat_map(|data| &data.rows) {
            row.iter().for_each(|(name, value)| add(name, value.as_str().unwrap_or_default()));
        }
        for part in [&self.begin, &self.steps, &self.end] {
            steps(part, &mut add);
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        hide(&mut shown, &secrets);
        Ok(shown)
    }
}

fn steps(part: &[ScriptStep], add: &mut dyn FnMut(&str, &str)) {
    for step in part {
        step.headers.iter().chain(&step.query).for_each(|(name, value)| add(name, value));
        if let Some(json) = &step.json {
            fields(json, add);
        }
        steps(&step.steps, add);
    }
}

fn fields(json: &toml::Value, add: &mut dyn FnMut(&str, &str)) {
    for (name, value) in json.as_table().into_iter().flatten() {
        add(name, value.as_str().unwrap_or_default());
        fields(value, add);
    }
}

fn hide(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => {
            for secret in secrets.iter().filter(|secret| text.contains(secret.as_str())).collect::<Vec<_>>() {
                *text = text.replace(secret, HIDDEN);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| hide(value, secrets)),
        _ => {}
    }
}
