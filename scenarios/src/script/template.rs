//! Templates: text and JSON in which `${name}` stands for a value.

use serde_json::Value;

/// Where the values of a session come from while a template is filled in.
pub trait Scope {
    /// The value of `variable`; `Err` with its name when it has none yet.
    fn value(&mut self, variable: &Variable) -> Result<Value, String>;
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// Number of the session, from 0.
    Session,
    /// Number of the iteration in its session, from 0.
    Iteration,
    /// Number of the round of the innermost `repeat`, from 0.
    Round,
    /// Another number each time, over the whole run.
    Counter,
    /// A random UUID of the run's seed.
    Uuid,
    /// A random number between two limits, both included.
    Random {
        /// Smallest.
        low: i64,
        /// Largest.
        high: i64,
    },
    /// So many random hexadecimal digits.
    Hex(u16),
    /// Milliseconds since 1970.
    Now,
    /// The null of JSON, which TOML can't write.
    Null,
    /// A variable of the script, by its number in [`Script::variables`](super::Script::variables).
    Slot(usize),
    /// A column of data, by the number of its source in [`Script::data`](super::Script::data).
    Column {
        /// Which source.
        source: usize,
        /// Which column.
        column: String,
    },
}

/// Part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Variable),
}

/// Text with values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    parts: Vec<Part>,
}

/// JSON with values in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// Without any.
    Fixed(Value),
    /// Text with values in it.
    Text(Text),
    /// A value as it is: a number stays a number.
    Whole(Variable),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// The names a template may use.
pub(super) trait Names {
    /// What `name` stands for; `Err` says in words why nothing.
    fn variable(&self, name: &str) -> Result<Variable, String>;
}

impl Text {
    /// Reads `text`. `$${` stands for `${` itself.
    pub(super) fn parse(text: &str, names: &dyn Names) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                return Err(format!("`${{` without `}}` in {text:?}"));
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Value(names.variable(name)?));
            rest = behind;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// Text without any value.
    fn fixed(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with the values of `scope`.
    ///
    /// # Errors
    /// A variable has no value yet: its name.
    pub fn fill(&self, scope: &mut dyn Scope) -> Result<String, String> {
        if let Some(text) = self.fixed() {
            return Ok(text.to_owned());
        }
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => filled.push_str(text),
                Part::Value(variable) => filled.push_str(&shown(&scope.value(variable)?)),
            }
        }
        Ok(filled)
    }
}

/// A value inside text: text without its quotes, nothing for null, else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl Json {
    /// Reads `value`.
    pub(super) fn parse(value: &toml::Value, names: &dyn Names) -> Result<Self, String> {
        Ok(match value {
            toml::Value::String(text) => {
                let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
                if let Some(name) = whole.filter(|name| !name.contains(['$', '{', '}'])) {
                    return Ok(Self::Whole(names.variable(name)?));
                }
                let text = Text::parse(text, names)?;
                match text.fixed() {
                    Some(fixed) => Self::Fixed(fixed.into()),
                    None => Self::Text(text),
                }
            }
            toml::Value::Integer(number) => Self::Fixed((*number).into()),
            toml::Value::Float(number) => Self::Fixed((*number).into()),
            toml::Value::Boolean(truth) => Self::Fixed((*truth).into()),
            toml::Value::Datetime(time) => Self::Fixed(time.to_string().into()),
            toml::Value::Array(items) => {
                let items: Vec<Self> =
                    items.iter().map(|item| Self::parse(item, names)).collect::<Result<_, _>>()?;
                Self::Array(items).settled()
            }
            toml::Value::Table(table) => {
                let fields = table.iter().map(|(key, value)| Ok((key.clone(), Self::parse(value, names)?)));
                Self::Object(fields.collect::<Result<_, String>>()?).settled()
            }
        })
    }

    /// The same as one fixed value, where nothing in it is open.
    fn settled(self) -> Self {
        let fixed = |part: &Self| match part {
            Self::Fixed(value) => Some(value.clone()),
            _ => None,
        };
        let settled = match &self {
            Self::Array(items) => items.iter().map(fixed).collect::<Option<Vec<_>>>().map(Value::Array),
            Self::Object(fields) => fields
                .iter()
                .map(|(key, part)| Some((key.clone(), fixed(part)?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Value::Object),
            _ => None,
        };
        settled.map_or(self, Self::Fixed)
    }

    /// The value with those of `scope`.
    ///
    /// # Errors
    /// A variable has no value yet: its name.
    pub fn fill(&self, scope: &mut dyn Scope) -> Result<Value, String> {
        Ok(match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(text) => Value::String(text.fill(scope)?),
            Self::Whole(variable) => scope.value(variable)?,
            Self::Array(items) => {
                Value::Array(items.iter().map(|item| item.fill(scope)).collect::<Result<_, _>>()?)
            }
            Self::Object(fields) => {
                let fields = fields.iter().map(|(key, part)| Ok((key.clone(), part.fill(scope)?)));
                Value::Object(fields.collect::<Result<_, String>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name is a slot of its length.
    struct Lengths;

    impl Names for Lengths {
        fn variable(&self, name: &str) -> Result<Variable, String> {
            match name {
                "" => Err("no name".to_owned()),
                name => Ok(Variable::Slot(name.len())),
            }
        }
    }

    struct Numbers;

    impl Scope for Numbers {
        fn value(&mut self, variable: &Variable) -> Result<Value, String> {
            match variable {
                Variable::Slot(9) => Err("nine".to_owned()),
                Variable::Slot(1) => Ok(Value::String("one\"".to_owned())),
                Variable::Slot(number) => Ok((*number).into()),
                _ => Ok(Value::Null),
            }
        }
    }

    fn json(text: &str) -> Result<Value, String> {
        let table: toml::Table = toml::from_str(text).unwrap();
        Json::parse(&toml::Value::Table(table), &Lengths)?.fill(&mut Numbers)
    }

    #[test]
    fn a_whole_variable_keeps_its_type_and_one_inside_becomes_text() {
        let filled = json("a = \"${xyz}\"\nb = \"<${xyz}>\"\nc = [1, \"${x}\", { d = true }]\n").unwrap();
        assert_eq!(filled.to_string(), r#"{"a":3,"b":"<3>","c":[1,"one\"",{"d":true}]}"#);
        assert_eq!(json("a = \"$${x} and ${xy}\"").unwrap()["a"], "${x} and 2");
        assert_eq!(json("a = \"${123456789}\"").unwrap_err(), "nine");
        assert_eq!(json("a = \"x${\"").unwrap_err(), "`${` without `}` in \"x${\"");
        assert!(json("a = \"${}\"").is_err());
    }

    #[test]
    fn what_has_no_variable_is_made_once() {
        let table: toml::Table = toml::from_str("a = [1, \"x\", { b = 2.5 }]").unwrap();
        let parsed = Json::parse(&toml::Value::Table(table), &Lengths).unwrap();
        assert!(matches!(parsed, Json::Fixed(_)), "{parsed:?}");
    }

    proptest::proptest! {
        #[test]
        fn random_templates_never_panic(text in "[a$\\{\\}. ]{0,30}") {
            if let Ok(text) = Text::parse(&text, &Lengths) {
                let _ = text.fill(&mut Numbers);
            }
            let _ = Json::parse(&toml::Value::String(text), &Lengths);
        }
    }
}
