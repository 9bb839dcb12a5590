//! Reading a threshold, with the exact place of a mistake.

use super::{Clock, Counter, Limit, Measure, OPERATIONS, Operator, Statistic, Threshold, Unit};
use crate::load::did_you_mean;

/// Why a threshold could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("threshold {text:?}, character {}: {message}", at + 1)]
pub struct ThresholdError {
    /// The whole threshold.
    pub text: String,
    /// Characters before the mistake.
    pub at: usize,
    /// What was expected.
    pub message: String,
}

/// What kind of figure the left side is, and so which units fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Share,
    Number,
}

pub(super) fn threshold(text: &str) -> Result<Threshold, ThresholdError> {
    let mut reader = Reader { text, at: 0 };
    let (measure, kind) = reader.measure()?;
    let operator = reader.operator()?;
    let limit = reader.limit(kind)?;
    reader.skip_blanks();
    if reader.at < text.len() {
        return Err(reader.error(reader.at, "expected nothing more"));
    }
    Ok(Threshold { measure, operator, limit })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn error(&self, at: usize, message: impl Into<String>) -> ThresholdError {
        let at = self.text[..at].chars().count();
        ThresholdError { text: self.text.to_owned(), at, message: message.into() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// The longest run of characters that `allowed` takes, and where it began.
    fn word(&mut self, allowed: fn(char) -> bool) -> (&'t str, usize) {
        self.skip_blanks();
        let from = self.at;
        let rest = self.rest();
        let length = rest.find(|c: char| !allowed(c)).unwrap_or(rest.len());
        self.at += length;
        (&rest[..length], from)
    }

    fn name(&mut self) -> (&'t str, usize) {
        self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
    }

    fn expect(&mut self, symbol: char) -> Result<(), ThresholdError> {
        self.skip_blanks();
        if self.rest().starts_with(symbol) {
            self.at += symbol.len_utf8();
            return Ok(());
        }
        Err(self.error(self.at, format!("expected `{symbol}`")))
    }

    fn measure(&mut self) -> Result<(Measure, Kind), ThresholdError> {
        let (name, from) = self.name();
        if name.is_empty() {
            return Err(self.error(from, "expected a figure, such as `p99(progress.first)` or `lost`"));
        }
        self.skip_blanks();
        if !self.rest().starts_with('(') {
            return self.counter(name, from);
        }
        if !is_function(name) {
            let known = functions();
            let hint = did_you_mean(name, known.iter().copied());
            return Err(
                self.error(from, format!("unknown function `{name}`{hint}; known: {}", known.join(", ")))
            );
        }
        self.expect('(')?;
        let (argument, place) = self.name();
        let found = self.function(name, argument, place)?;
        self.expect(')')?;
        Ok(found)
    }

    fn counter(&self, name: &str, from: usize) -> Result<(Measure, Kind), ThresholdError> {
        if let Some((_, counter)) = Counter::ALL.iter().find(|(known, _)| *known == name) {
            return Ok((Measure::Counter(*counter), Kind::Number));
        }
        if let Some(code) = name.strip_prefix("errors.").filter(|code| !code.is_empty()) {
            return Ok((Measure::Errors(code.to_owned()), Kind::Number));
        }
        if is_function(name) {
            return Err(self.error(self.at, format!("expected `(`, as in `{name}(query.result)`")));
        }
        let hint = did_you_mean(name, Counter::ALL.iter().map(|(known, _)| *known));
        Err(self.error(from, format!("unknown figure `{name}`{hint}")))
    }

    fn function(&self, name: &str, argument: &str, place: usize) -> Result<(Measure, Kind), ThresholdError> {
        if name == "rate" {
            if argument == "errors" {
                return Ok((Measure::ErrorRate, Kind::Share));
            }
            return Err(self.error(place, format!("expected `errors` in `rate(…)`, not `{argument}`")));
        }
        let (operation, clock) = match argument.strip_suffix(".intended") {
            Some(operation) => (operation, Clock::Intended),
            None => (argument, Clock::Service),
        };
        if !OPERATIONS.contains(&operation) {
            let hint = did_you_mean(operation, OPERATIONS.into_iter());
            return Err(self.error(
                place,
                format!("unknown operation `{operation}`{hint}; known: {}", OPERATIONS.join(", ")),
            ));
        }
        if name == "count" {
            if clock == Clock::Intended {
                return Err(self.error(place, "a count has no intended time"));
            }
            return Ok((Measure::Count(operation.to_owned()), Kind::Number));
        }
        match Statistic::ALL.into_iter().find(|statistic| statistic.name() == name) {
            Some(statistic) => {
                Ok((Measure::Time { statistic, operation: operation.to_owned(), clock }, Kind::Time))
            }
            None => Err(self.error(place, format!("unknown function `{name}`"))),
        }
    }

    fn operator(&mut self) -> Result<Operator, ThresholdError> {
        let (symbol, from) = self.word(|c| matches!(c, '<' | '>' | '=' | '!'));
        Ok(match symbol {
            "<" => Operator::Less,
            "<=" => Operator::AtMost,
            ">" => Operator::Greater,
            ">=" => Operator::AtLeast,
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "=" => return Err(self.error(from, "expected `==`, not `=`")),
            _ => return Err(self.error(from, "expected one of < <= > >= == !=")),
        })
    }

    fn limit(&mut self, kind: Kind) -> Result<Limit, ThresholdError> {
        let (digits, from) = self.word(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
        let value = digits.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite());
        let Some(value) = value else {
            return Err(self.error(from, "expected a number"));
        };
        let (unit, place) = self.word(|c| c.is_alphabetic() || c == '%');
        let unit = match (kind, unit) {
            (Kind::Time, "us" | "µs") => Unit::Microseconds,
            (Kind::Time, "ms") => Unit::Milliseconds,
            (Kind::Time, "s") => Unit::Seconds,
            (Kind::Share, "%") => Unit::Percent,
            (Kind::Share | Kind::Number, "") => Unit::None,
            (Kind::Time, other) => {
                return Err(self.error(place, format!("a time needs us, ms or s, not `{other}`")));
            }
            (Kind::Share, other) => {
                return Err(self.error(place, format!("a share needs % or nothing, not `{other}`")));
            }
            (Kind::Number, other) => {
                return Err(self.error(place, format!("a number has no unit, `{other}` does not fit")));
            }
        };
        Ok(Limit { value, unit })
    }
}

fn functions() -> Vec<&'static str> {
    Statistic::ALL.iter().map(|statistic| statistic.name()).chain(["count", "rate"]).collect()
}

fn is_function(name: &str) -> bool {
    functions().contains(&name)
}
