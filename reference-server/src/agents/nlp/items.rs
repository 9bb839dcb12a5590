//! The meanings a phrase can have.

use super::model::{Entity, Metric};
use super::tree::{Aggregation, Grain, Operator};

/// A column a dimension or filter can stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: String,
    pub(super) column: String,
    /// Table the way must lead through, where there are two ways.
    pub(super) via: Option<String>,
}

/// Time relative to the last day of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relative {
    /// The unit the last day is in.
    This(Grain),
    /// The one before.
    Last(Grain),
}

/// Words that begin a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// From then on.
    Since,
    /// Only later.
    After,
    /// Only earlier.
    Before,
    /// Up to then.
    Until,
    /// From … to.
    From,
    /// The second half of `From`.
    To,
}

/// What a phrase means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Metric(&'static Metric, Option<Aggregation>),
    Entity(&'static Entity),
    Dimension {
        places: Vec<Place>,
        alias: String,
    },
    Value {
        places: Vec<Place>,
        value: String,
        bound: bool,
    },
    Aggregate(Aggregation),
    Count,
    Distinct,
    Share,
    Trend,
    Contrast,
    By,
    Which,
    Grain(Grain),
    Unit(Grain),
    Relative(Relative),
    /// "last" before a number and a unit.
    Past,
    Month(i8),
    Quarter(i8),
    Half(i8),
    Bound(Bound),
    Compare(Operator),
    Not,
    /// "top" and "bottom": whether the largest come first.
    Rank(bool),
    /// "highest", "fewest": likewise, and may be a plain maximum or minimum.
    Superlative(bool),
    /// "most expensive": a superlative with its metric.
    Extreme(bool, &'static Metric),
    Number(i64),
    Year(i16),
    YearMonth(i16, i8),
    Day(jiff::civil::Date),
    And,
}

/// A phrase of the question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'a> {
    pub(super) meaning: std::borrow::Cow<'a, Meaning>,
    /// As written.
    pub(super) text: String,
    pub(super) plural: bool,
}

impl Place {
    fn described(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }
}

impl Meaning {
    /// What it means in the database, for whoever doesn't know the dictionary; `None` for words of grammar.
    pub(super) fn described(&self) -> Option<String> {
        let or = |places: &[Place]| places.iter().map(Place::described).collect::<Vec<_>>().join(" or ");
        Some(match self {
            Self::Metric(metric, aggregation) => {
                let own = aggregation.unwrap_or(metric.default);
                let forms: Vec<String> = metric
                    .forms
                    .iter()
                    .map(|form| format!("{} of table {}", form.value.described(), form.table))
                    .collect();
                format!("measure {:?}, {own:?} of {}", metric.title, forms.join(" or "))
            }
            Self::Entity(entity) => format!("table {}, known by {}", entity.table, entity.label),
            Self::Dimension { places, .. } => format!("column {}", or(places)),
            Self::Value { places, value, .. } => format!("{} = '{value}'", or(places)),
            Self::Aggregate(aggregation) => format!("{aggregation:?}"),
            _ => return None,
        })
    }
}
