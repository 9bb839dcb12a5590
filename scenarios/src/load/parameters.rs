//! Parameters: `[parameters]` names values, `${name}` stands for one anywhere else in the file.
//!
//! A string that is nothing but `${name}` becomes the value itself, a number stays a number. Inside a longer
//! string it becomes text. What extends a scenario, and `--set parameters.NAME=VALUE`, give other values. In the
//! tables of a script a name that is no parameter is left to the script, whose variable it may be.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::did_you_mean;
use super::keys::Mistake;
use super::script::LATE;

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
                self.fill_value(value, LATE.contains(&key.get_ref().as_ref()))?;
            }
        }
        Ok(())
    }

    fn fill_value<'i>(&'i self, value: &mut toml::Spanned<DeValue<'i>>, late: bool) -> Result<(), Mistake> {
        let at = value.span().start;
        match value.get_mut() {
            DeValue::Table(table) => {
                for (_, value) in table.iter_mut() {
                    self.fill_value(value, late)?;
                }
            }
            DeValue::Array(items) => {
                for item in items.iter_mut() {
                    self.fill_value(item, late)?;
                }
            }
            DeValue::String(text) if text.contains("${") => {
                let filled = self.filled(text, late).map_err(|message| Mistake { at, message })?;
                if let Some(filled) = filled {
                    *value.get_mut() = filled;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `text` with its parameters; `None` when it stays as it is.
    fn filled<'i>(&'i self, text: &str, late: bool) -> Result<Option<DeValue<'i>>, String> {
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = whole.filter(|name| !name.contains(['$', '{', '}'])) {
            if late && !self.values.contains_key(name) {
                return Ok(None);
            }
            let literal = self.literal(name)?;
            return DeValue::parse(literal)
                .map(|value| Some(value.into_inner()))
                .map_err(|error| format!("parameter `{name}`: {}", error.message()));
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let named = after.split_once('}');
            filled.push_str(before);
            let ours = named.is_some_and(|(name, _)| self.values.contains_key(name));
            if late && (before.ends_with('$') || !ours) {
                // The script reads it, `$${` included.
                filled.push_str("${");
                rest = after;
                continue;
            }
            let Some((name, behind)) = named else {
                return Err(format!("`${{` without `}}` in {text:?}"));
            };
            self.literal(name)?;
            match &self.values[name] {
                Value::String(value) => filled.push_str(value),
                other => filled.push_str(&other.to_string()),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(Some(DeValue::String(filled.into())))
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
