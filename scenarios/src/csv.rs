//! CSV as RFC 4180 has it, with the line and column of every field, so that a mistake in a data file has a
//! place.
//!
//! The first record names the columns. Lines that are empty, and lines that begin with `#`, are passed over.

use crate::error::ScenarioError;
use crate::load::did_you_mean;

/// One field and where it begins, both from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A file of records under one header.
#[derive(Debug)]
pub(crate) struct Sheet {
    origin: String,
    header: Vec<Field>,
    records: Vec<Vec<Field>>,
}

/// One record with its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'s> {
    sheet: &'s Sheet,
    fields: &'s [Field],
}

impl Sheet {
    /// Reads `text`, which came from `origin`; columns that are not among `known`, and a missing one of
    /// `needed`, are refused.
    pub(crate) fn parse(
        text: &str,
        origin: &str,
        known: &[&str],
        needed: &[&str],
    ) -> Result<Self, ScenarioError> {
        let mut records = Reader::new(text, origin).records()?;
        if records.is_empty() {
            return Err(mistake(origin, 1, 1, format!("expected a line of columns: {}", known.join(","))));
        }
        let header = records.remove(0);
        if let Some(name) = header.iter().find(|name| !known.contains(&name.text.as_str())) {
            let hint = did_you_mean(&name.text, known.iter().copied());
            let message = format!("unknown column `{}`{hint}; known here: {}", name.text, known.join(", "));
            return Err(mistake(origin, name.line, name.column, message));
        }
        if let Some(missing) = needed.iter().find(|needed| !header.iter().any(|name| name.text == **needed)) {
            return Err(mistake(origin, header[0].line, 1, format!("column `{missing}` is missing")));
        }
        Self::of(header, records, origin)
    }

    /// Reads `text`, which came from `origin`, whatever its columns are called.
    pub(crate) fn read(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let mut records = Reader::new(text, origin).records()?;
        if records.is_empty() {
            return Err(mistake(origin, 1, 1, "expected a line of columns".to_owned()));
        }
        let header = records.remove(0);
        Self::of(header, records, origin)
    }

    fn of(header: Vec<Field>, records: Vec<Vec<Field>>, origin: &str) -> Result<Self, ScenarioError> {
        for (at, name) in header.iter().enumerate() {
            if header[..at].iter().any(|before| before.text == name.text) {
                let message = format!("column `{}` stands there twice", name.text);
                return Err(mistake(origin, name.line, name.column, message));
            }
        }
        if let Some(record) = records.iter().find(|record| record.len() != header.len()) {
            let message = format!("{} fields for {} columns", record.len(), header.len());
            return Err(mistake(origin, record[0].line, 1, message));
        }
        Ok(Self { origin: origin.to_owned(), header, records })
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().map(|fields| Record { sheet: self, fields })
    }
}

impl<'s> Record<'s> {
    /// The field of `column`; `None` when the file has no such column or the field is empty.
    pub(crate) fn get(&self, column: &str) -> Option<&'s Field> {
        let at = self.sheet.header.iter().position(|name| name.text == column)?;
        self.fields.get(at).filter(|field| !field.text.is_empty())
    }

    /// Names and texts of all fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'s str, &'s str)> {
        let names = self.sheet.header.iter().map(|name| name.text.as_str());
        names.zip(self.fields.iter().map(|field| field.text.as_str()))
    }

    /// The same, refused when it is empty.
    pub(crate) fn need(&self, column: &str) -> Result<&'s Field, ScenarioError> {
        self.get(column).ok_or_else(|| {
            let first = &self.fields[0];
            mistake(&self.sheet.origin, first.line, first.column, format!("`{column}` is empty"))
        })
    }

    /// Line of the record, from 1.
    pub(crate) fn line(&self) -> usize {
        self.fields[0].line
    }

    /// A mistake in `field`.
    pub(crate) fn refuse(&self, field: &Field, message: String) -> ScenarioError {
        mistake(&self.sheet.origin, field.line, field.column, message)
    }
}

fn mistake(origin: &str, line: usize, column: usize, message: String) -> ScenarioError {
    ScenarioError::Parse { origin: origin.to_owned(), line, column, message }
}

/// Reads characters and knows where it is.
struct Reader<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    origin: &'t str,
    line: usize,
    column: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, origin: &'t str) -> Self {
        // Spreadsheets put a byte order mark before UTF-8.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { rest: text.chars().peekable(), origin, line: 1, column: 1 }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn records(mut self) -> Result<Vec<Vec<Field>>, ScenarioError> {
        let mut records = Vec::new();
        while let Some(first) = self.rest.peek() {
            match first {
                '\n' | '\r' => {
                    self.next();
                }
                '#' => while self.next().is_some_and(|next| next != '\n') {},
                _ => records.push(self.record()?),
            }
        }
        Ok(records)
    }

    fn record(&mut self) -> Result<Vec<Field>, ScenarioError> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.next() {
                Some(',') => {}
                Some('\r') if self.rest.peek() == Some(&'\n') => {
                    self.next();
                    return Ok(fields);
                }
                _ => return Ok(fields),
            }
        }
    }

    fn field(&mut self) -> Result<Field, ScenarioError> {
        let (line, column) = (self.line, self.column);
        let mut text = String::new();
        if self.rest.peek() != Some(&'"') {
            while self.rest.peek().is_some_and(|next| !matches!(next, ',' | '\n' | '\r')) {
                text.extend(self.next());
            }
            return Ok(Field { text: text.trim().to_owned(), line, column });
        }
        self.next();
        loop {
            match self.next() {
                Some('"') if self.rest.peek() == Some(&'"') => text.extend(self.next()),
                Some('"') => break,
                Some(other) => text.push(other),
                None => return Err(mistake(self.origin, line, column, "a quote is not closed".to_owned())),
            }
        }
        if self.rest.peek().is_some_and(|next| !matches!(next, ',' | '\n' | '\r')) {
            let message = "expected a comma after the closing quote".to_owned();
            return Err(mistake(self.origin, self.line, self.column, message));
        }
        Ok(Field { text, line, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<(String, usize, usize)>> {
        let sheet = Sheet::parse(text, "x.csv", &["a", "b"], &["a"]).unwrap();
        let fields = |record: Record<'_>| {
            record.fields.iter().map(|field| (field.text.clone(), field.line, field.column)).collect()
        };
        sheet.records().map(fields).collect()
    }

    #[test]
    fn quotes_breaks_and_comments_are_read_as_rfc_4180_has_them() {
        let field = |text: &str, line, column| (text.to_owned(), line, column);
        assert_eq!(rows("a,b\n1,2\n"), [[field("1", 2, 1), field("2", 2, 3)]]);
        assert_eq!(rows("a,b\r\n1,\r\n"), [[field("1", 2, 1), field("", 2, 3)]]);
        assert_eq!(
            rows("\u{feff}a,b\n\"x, \"\"y\"\"\nz\",2"),
            [[field("x, \"y\"\nz", 2, 1), field("2", 3, 4)]]
        );
        assert_eq!(rows("# who\na,b\n\n# what\n ü , 2 \n"), [[field("ü", 5, 1), field("2", 5, 5)]]);
    }

    #[test]
    fn mistakes_have_their_place() {
        let told = |text: &str| Sheet::parse(text, "x.csv", &["a", "b"], &["a"]).unwrap_err().to_string();
        assert_eq!(told(""), "x.csv:1:1: expected a line of columns: a,b");
        assert_eq!(told("b\n"), "x.csv:1:1: column `a` is missing");
        assert_eq!(told("a,c\n"), "x.csv:1:3: unknown column `c`, did you mean `a`?; known here: a, b");
        assert_eq!(told("a,a\n"), "x.csv:1:3: column `a` stands there twice");
        assert_eq!(told("a,b\n1\n"), "x.csv:2:1: 1 fields for 2 columns");
        assert_eq!(told("a\n\"x\n"), "x.csv:2:1: a quote is not closed");
        assert_eq!(told("a,b\n\"x\"y,2\n"), "x.csv:2:4: expected a comma after the closing quote");
    }
}
