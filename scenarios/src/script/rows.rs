//! Rows of data for the iterations, from CSV, JSON or the scenario itself.

use std::path::Path;

use serde_json::{Map, Value};

use super::Source;
use crate::builtin;
use crate::csv::Sheet;
use crate::error::ScenarioError;
use crate::load::did_you_mean;
use crate::model::Scenario;

/// Rows with named columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    rows: Vec<Map<String, Value>>,
}

impl Rows {
    /// The rows of `source`.
    pub(super) fn of(source: &Source, scenario: &Scenario) -> Result<Self, ScenarioError> {
        let written = scenario.data.get(&source.name).cloned().unwrap_or_default();
        let origin = written.file.clone().unwrap_or_else(|| scenario.name.clone());
        let rows = match &written.file {
            Some(file) => Self::from_file(Path::new(file))?,
            None => {
                let rows = serde_json::to_value(&written.rows).unwrap_or_default();
                serde_json::from_value(rows).map(|rows| Self { rows }).unwrap_or(Self { rows: Vec::new() })
            }
        };
        rows.judged(source, &origin)
    }

    /// The rows of a file: CSV when its name ends in `.csv`, else JSON.
    ///
    /// # Errors
    /// It can't be read.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let text = builtin::read(path)?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Self::parse_csv(&text, &origin),
            _ => Self::parse(&text, &origin),
        }
    }

    /// Parses `text` (JSON), which came from `origin`.
    ///
    /// # Errors
    /// It is no array of objects.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let rows = serde_json::from_str(text).map_err(|error| ScenarioError::Parse {
            origin: origin.to_owned(),
            line: error.line(),
            column: error.column(),
            message: format!("expected an array of objects: {error}"),
        })?;
        Ok(Self { rows })
    }

    /// Parses `text` (CSV with a line of columns), which came from `origin`. Every value is text.
    ///
    /// # Errors
    /// It is no CSV.
    pub fn parse_csv(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let sheet = Sheet::read(text, origin)?;
        let rows = sheet.records().map(|record| {
            record.fields().map(|(name, text)| (name.to_owned(), Value::String(text.to_owned()))).collect()
        });
        Ok(Self { rows: rows.collect() })
    }

    /// Refuses what has no row, or lacks a column that the script uses.
    fn judged(self, source: &Source, origin: &str) -> Result<Self, ScenarioError> {
        let refuse = |message: String| ScenarioError::Invalid {
            origin: origin.to_owned(),
            key: format!("data.{}", source.name),
            message,
        };
        let Some(first) = self.rows.first() else { return Err(refuse("there is no row".to_owned())) };
        for column in &source.columns {
            if let Some(number) = self.rows.iter().position(|row| !row.contains_key(column)) {
                let hint = did_you_mean(column, first.keys().map(String::as_str));
                return Err(refuse(format!("row {} has no `{column}`{hint}", number + 1)));
            }
        }
        Ok(self)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The value in a column of row `row`, counted round and round.
    pub fn value(&self, row: usize, column: &str) -> Option<&Value> {
        self.rows.get(row.checked_rem(self.rows.len())?)?.get(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_are_the_same_rows_and_go_round() {
        let csv = Rows::parse_csv("name,age\nann,1\nbob,2\n", "x.csv").unwrap();
        let json = Rows::parse(r#"[{"name":"ann","age":"1"},{"name":"bob","age":"2"}]"#, "x.json").unwrap();
        assert_eq!(csv, json);
        assert_eq!(csv.value(3, "name"), Some(&Value::String("bob".to_owned())));
        assert_eq!(csv.value(0, "nome"), None);
        assert!(Rows::parse("{}", "x.json").unwrap_err().to_string().starts_with("x.json:1:0: expected"));
    }

    #[test]
    fn a_missing_column_is_told() {
        let source =
            Source { name: "u".to_owned(), pick: crate::Pick::Next, columns: vec!["nmae".to_owned()] };
        let rows = Rows::parse_csv("name\nann\n", "x.csv").unwrap();
        let told = rows.judged(&source, "x.csv").unwrap_err().to_string();
        assert_eq!(told, "x.csv: data.u: row 1 has no `nmae`, did you mean `name`?");
        let none = Rows { rows: Vec::new() };
        assert!(none.value(0, "a").is_none());
        assert!(none.judged(&source, "x").unwrap_err().to_string().contains("there is no row"));
    }

    proptest::proptest! {
        #[test]
        fn random_files_never_panic(text in "\\PC{0,80}") {
            let _ = Rows::parse(&text, "x");
            let _ = Rows::parse_csv(&text, "x");
        }
    }
}
