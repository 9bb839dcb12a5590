//! Parameters: `[parameters]` names values, `${name}` stands for one anywhere else in the file.
//!
//! A string that is nothing but `${name}` becomes the value itself, a number stays a number. Inside a longer
//! string it becomes text. What extends a scenario, and `--set parameters.NAME=VALUE`, give other values.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::did_you_mean;
use super::keys::Mistake;

/// Values by name.
pub(super) struct Parameters {
    values: Table,
    /// The same as TOML literals.
    literals: Vec<(String, String)>,
}

impl Parameters {
    pub(super) fn new(values: Table) -> Self {
        let literals = values.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        Self { values, literals }
    }

    pub(super) fn values(&self) -> &Table {
        &self.values
    }

    /// Puts the values where their names stand.
    pub(super) fn fill<'i>(&'i self, table: &mut DeTable<'i>) -> Result<(), Mistake> {
        for (key, value) in table.iter_mut() {
            // A parameter is a value, not a formula over other parameters.
            if key.get_ref() != "parameters" && key.get_ref() != "extends" {
                self.fill_value(value)?;
            }
        }
        Ok(())
    }

    fn fill_value<'i>(&'i self, value: &mut toml::Spanned<DeValue<'i>>) -> Result<(), Mistake> {
        let at = value.span().start;
        match value.get_mut() {
            DeValue::Table(table) => {
                for (_, value) in table.iter_mut() {
                    self.fill_value(value)?;
                }
            }
            DeValue::Array(items) => {
                for item in items.iter_mut() {
                    self.fill_value(item)?;
                }
            }
            DeValue::String(text) if text.contains("${") => {
                let filled = self.filled(text).map_err(|message| Mistake { at, message })?;
                *value.get_mut() = filled;
            }
            _ => {}
        }
        Ok(())
    }

    fn filled<'i>(&'i self, text: &str) -> Result<DeValue<'i>, String> {
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| !name.contains(['$', '{', '}'])) {
            let literal = self.literal(name)?;
            return DeValue::parse(literal)
                .map(toml::Spanned::into_inner)
                .map_err(|error| format!("parameter `{name}`: {}", error.message()));
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else {
                return Err(format!("`${{` without `}}` in {text:?}"));
            };
            filled.push_str(before);
            self.literal(name)?;
            match &self.values[name] {
                Value::String(value) => filled.push_str(value),
                other => filled.push_str(&other.to_string()),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(DeValue::String(filled.into()))
    }

    fn literal(&self, name: &str) -> Result<&str, String> {
        match self.literals.iter().find(|(known, _)| known == name) {
            Some((_, literal)) => Ok(literal),
            None => Err(format!("unknown parameter `{name}`{}", self.hint(name))),
        }
    }

    /// `, did you mean …?`, or what there is.
    pub(super) fn hint(&self, name: &str) -> String {
        let names = || self.values.keys().map(String::as_str);
        match did_you_mean(name, names()) {
            hint if !hint.is_empty() => hint,
            _ if self.values.is_empty() => "; there is no [parameters]".to_owned(),
            _ => format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A parameter that is no single value.
pub(super) fn first_unusable(table: &DeTable<'_>) -> Option<Mistake> {
    let (_, parameters) = table.iter().find(|(key, _)| key.get_ref() == "parameters")?;
    let DeValue::Table(parameters) = parameters.get_ref() else { return None };
    let (name, value) = parameters
        .iter()
        .find(|(_, value)| matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)))?;
    let message = format!("parameter `{}` must be a single value: text, number or boolean", name.get_ref());
    Some(Mistake { at: value.span().start, message })
}
