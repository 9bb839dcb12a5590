//! Reading a threshold, with the exact place of a mistake.

use std::time::Duration;

use super::{Clock, Counter, Gauge, Limit, Measure, OPERATIONS, Operator, Per, Statistic, Threshold, Unit};
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
    Memory,
    NumberPerTime,
    MemoryPerTime,
}

impl Kind {
    fn is_per_time(self) -> bool {
        matches!(self, Self::NumberPerTime | Self::MemoryPerTime)
    }
}

/// Reads `text`; `own` are the operations beside those that every run has, any when they are not known yet.
pub(super) fn threshold(text: &str, own: Option<&[String]>) -> Result<Threshold, ThresholdError> {
    let mut reader = Reader { text, at: 0, own };
    let (measure, kind) = reader.measure()?;
    let operator = reader.operator()?;
    let limit = reader.limit(kind)?;
    let abort = reader.abort()?;
    reader.skip_blanks();
    if reader.at < text.len() {
        return Err(reader.error(reader.at, "expected nothing more, or `abort after` a time"));
    }
    Ok(Threshold { measure, operator, limit, abort })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    own: Option<&'t [String]>,
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
        if let Some(counter) = Counter::named(name) {
            let kind = if counter.is_memory() { Kind::Memory } else { Kind::Number };
            return Ok((Measure::Counter(counter), kind));
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
        if name == "rate" && argument == "errors" {
            return Ok((Measure::ErrorRate, Kind::Share));
        }
        if name == "growth" {
            return self.growth(argument, place);
        }
        let (operation, clock) = match argument.strip_suffix(".intended") {
            Some(operation) => (operation, Clock::Intended),
            None => (argument, Clock::Service),
        };
        if let Some(own) = self.own.filter(|own| !is_operation(operation, own)) {
            let errors = (name == "rate").then_some("errors");
            let names = || own.iter().map(String::as_str).chain(OPERATIONS);
            let hint = did_you_mean(operation, names().chain(errors));
            let known = names().collect::<Vec<_>>().join(", ");
            return Err(self.error(place, format!("unknown operation `{operation}`{hint}; known: {known}")));
        }
        if operation.is_empty() {
            return Err(self.error(place, "expected an operation, such as `query.result`"));
        }
        if matches!(name, "count" | "rate") {
            if clock == Clock::Intended {
                return Err(self.error(place, format!("a {name} has no intended time")));
            }
            return Ok(match name {
                "count" => (Measure::Count(operation.to_owned()), Kind::Number),
                _ => (Measure::Throughput(operation.to_owned()), Kind::NumberPerTime),
            });
        }
        match Statistic::ALL.into_iter().find(|statistic| statistic.name() == name) {
            Some(statistic) => {
                Ok((Measure::Time { statistic, operation: operation.to_owned(), clock }, Kind::Time))
            }
            None => Err(self.error(place, format!("unknown function `{name}`"))),
        }
    }

    fn growth(&self, name: &str, place: usize) -> Result<(Measure, Kind), ThresholdError> {
        let names = || Gauge::ALL.iter().map(|(known, _)| *known);
        match Gauge::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, gauge)) if gauge.is_memory() => Ok((Measure::Growth(*gauge), Kind::MemoryPerTime)),
            Some((_, gauge)) => Ok((Measure::Growth(*gauge), Kind::NumberPerTime)),
            None => {
                let hint = did_you_mean(name, names());
                let known = names().collect::<Vec<_>>().join(", ");
                Err(self.error(place, format!("unknown gauge `{name}`{hint}; known: {known}")))
            }
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

    fn number(&mut self) -> Result<f64, ThresholdError> {
        self.skip_blanks();
        let minus = self.rest().starts_with('-');
        self.at += usize::from(minus);
        let (digits, from) = self.word(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
        let value = digits.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite());
        match value {
            Some(value) if minus => Ok(-value),
            Some(value) => Ok(value),
            None => Err(self.error(from, "expected a number")),
        }
    }

    fn limit(&mut self, kind: Kind) -> Result<Limit, ThresholdError> {
        let value = self.number()?;
        // A word behind a blank may be `abort`: that is no unit.
        let unit_place = self.at;
        let (unit, place) = self.word(|c| c.is_alphabetic() || c == '%');
        let unit = if unit == ABORT {
            self.at = unit_place;
            ""
        } else {
            unit
        };
        let unit = match (kind, unit) {
            (Kind::Time, "us" | "µs") => Unit::Microseconds,
            (Kind::Time, "ms") => Unit::Milliseconds,
            (Kind::Time, "s") => Unit::Seconds,
            (Kind::Share, "%") => Unit::Percent,
            (Kind::Memory | Kind::MemoryPerTime, "KiB") => Unit::Kibibytes,
            (Kind::Memory | Kind::MemoryPerTime, "MiB") => Unit::Mebibytes,
            (Kind::Memory | Kind::MemoryPerTime, "GiB") => Unit::Gibibytes,
            (Kind::Share | Kind::Number | Kind::Memory | Kind::NumberPerTime, "") => Unit::None,
            (kind, other) => return Err(self.error(place, misfit(kind, other))),
        };
        let per = if kind.is_per_time() { Some(self.per()?) } else { None };
        Ok(Limit { value, unit, per })
    }

    fn per(&mut self) -> Result<Per, ThresholdError> {
        self.expect('/')?;
        let (word, place) = self.word(char::is_alphabetic);
        match word {
            "s" => Ok(Per::Second),
            "min" => Ok(Per::Minute),
            "h" => Ok(Per::Hour),
            other => Err(self.error(place, format!("expected s, min or h, not `{other}`"))),
        }
    }

    /// `abort`, or `abort after 10s`.
    fn abort(&mut self) -> Result<Option<Duration>, ThresholdError> {
        let before = self.at;
        let (word, _) = self.word(char::is_alphabetic);
        if word != ABORT {
            self.at = before;
            return Ok(None);
        }
        self.skip_blanks();
        if self.at == self.text.len() {
            return Ok(Some(Duration::ZERO));
        }
        let (word, place) = self.word(char::is_alphabetic);
        if word != "after" {
            return Err(self.error(place, "expected `after`, as in `abort after 10s`"));
        }
        self.skip_blanks();
        let from = self.at;
        let value = self.number()?;
        let (unit, place) = self.word(char::is_alphabetic);
        let seconds = match unit {
            "ms" => value / 1_000.0,
            "s" => value,
            "min" => value * 60.0,
            "h" => value * 3_600.0,
            other => return Err(self.error(place, format!("expected ms, s, min or h, not `{other}`"))),
        };
        // A day is longer than any phase of a run may be.
        if !(0.0..=86_400.0).contains(&seconds) {
            return Err(self.error(from, "expected a time between 0s and 24h"));
        }
        Ok(Some(Duration::from_millis((seconds * 1_000.0).round() as u64)))
    }
}

fn is_operation(name: &str, own: &[String]) -> bool {
    OPERATIONS.contains(&name) || own.iter().any(|own| own == name)
}

/// The word that ends a run.
const ABORT: &str = "abort";

fn misfit(kind: Kind, unit: &str) -> String {
    match kind {
        Kind::Time => format!("a time needs us, ms or s, not `{unit}`"),
        Kind::Share => format!("a share needs % or nothing, not `{unit}`"),
        Kind::Number => format!("a number has no unit, `{unit}` does not fit"),
        Kind::Memory => format!("memory needs KiB, MiB or GiB, not `{unit}`"),
        Kind::NumberPerTime => format!("a rate needs a number per time, such as 100/s, not `{unit}`"),
        Kind::MemoryPerTime => {
            format!("growth of memory needs KiB, MiB or GiB per time, such as 1MiB/h, not `{unit}`")
        }
    }
}

fn functions() -> Vec<&'static str> {
    Statistic::ALL.iter().map(|statistic| statistic.name()).chain(["count", "rate", "growth"]).collect()
}

fn is_function(name: &str) -> bool {
    functions().contains(&name)
}
