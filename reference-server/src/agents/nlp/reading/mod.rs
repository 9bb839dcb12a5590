//! What is asked for, from the phrases of a question, before tables come into it.

mod comparison;
mod merge;
mod settle;

use super::items::{Bound, Item, Meaning, Place};
use super::model::{self, Entity, Metric};
use super::time::Range;
use super::tree::{Aggregation, Grain, Operator};

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents::nlp) enum Target {
    Metric(&'static Metric, Option<Aggregation>),
    Count(&'static Entity),
    Distinct(Vec<Place>, String),
}

/// What is grouped by.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents::nlp) enum GroupKind {
    Entity(&'static Entity),
    Dimension(Vec<Place>, String),
    Time(Grain),
}

/// One group, and how it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents::nlp) struct Group {
    pub(in crate::agents::nlp) kind: GroupKind,
    pub(in crate::agents::nlp) text: String,
    plural: bool,
    /// After "by", "per", …: grouped whatever else is asked.
    by: bool,
}

/// Rows must have this value.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents::nlp) struct Wanted {
    pub(in crate::agents::nlp) places: Vec<Place>,
    pub(in crate::agents::nlp) value: String,
    /// Only of a thing that is named: "active" alone says nothing.
    pub(in crate::agents::nlp) bound: bool,
    pub(in crate::agents::nlp) negated: bool,
    pub(in crate::agents::nlp) text: String,
}

/// Rows or groups must compare.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents::nlp) struct Comparison {
    pub(in crate::agents::nlp) target: Target,
    pub(in crate::agents::nlp) operator: Operator,
    /// Thousandths.
    pub(in crate::agents::nlp) numbers: Vec<i64>,
    pub(in crate::agents::nlp) text: String,
}

/// Only the first or last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agents::nlp) struct Ranking {
    pub(in crate::agents::nlp) count: Option<u64>,
    pub(in crate::agents::nlp) descending: bool,
    superlative: bool,
}

/// What is asked for.
#[derive(Debug, Default, Clone)]
pub(in crate::agents::nlp) struct Reading {
    pub(in crate::agents::nlp) targets: Vec<Target>,
    pub(in crate::agents::nlp) groups: Vec<Group>,
    pub(in crate::agents::nlp) wanted: Vec<Wanted>,
    pub(in crate::agents::nlp) comparisons: Vec<Comparison>,
    pub(in crate::agents::nlp) ranges: Vec<Range>,
    pub(in crate::agents::nlp) ranking: Option<Ranking>,
    /// Things named without being counted or grouped by.
    pub(in crate::agents::nlp) named: Vec<&'static Entity>,
    pub(in crate::agents::nlp) share: bool,
    /// How many groups there are, not the groups.
    pub(in crate::agents::nlp) count_groups: bool,
    /// Rows, not numbers.
    pub(in crate::agents::nlp) list: Option<&'static Entity>,
    /// Phrases nothing could be done with.
    pub(in crate::agents::nlp) unplaced: Vec<String>,
}

/// Words waiting for what they belong to.
#[derive(Debug, Default, Clone)]
struct Pending {
    aggregation: Option<(Aggregation, String)>,
    count: Option<String>,
    distinct: Option<String>,
    not: Option<String>,
    by: bool,
    which: Option<String>,
    trend: bool,
    contrast: bool,
    parts: Vec<(i8, i8, String)>,
    years: Vec<(i16, String)>,
    /// The superlative stands right before a measure: "highest price".
    direct: bool,
}

/// A question as its phrases have it, before it is decided what the things named are for. Another one may be read
/// after it.
#[derive(Debug, Clone)]
pub(in crate::agents::nlp) struct Raw {
    reading: Reading,
    pending: Pending,
}

struct Reader<'a> {
    database: &'a str,
    items: &'a [Item<'a>],
    reading: Reading,
    pending: Pending,
}

/// Reads the phrases of a question about `database`.
pub(in crate::agents::nlp) fn read(database: &str, items: &[Item<'_>]) -> Reading {
    settle(database, raw(database, items))
}

/// Reads the phrases of a question, and decides nothing yet.
pub(in crate::agents::nlp) fn raw(database: &str, items: &[Item<'_>]) -> Raw {
    let mut reader = Reader { database, items, reading: Reading::default(), pending: Pending::default() };
    let mut at = 0;
    while at < items.len() {
        at += reader.step(at).max(1);
    }
    Raw { reading: reader.reading, pending: reader.pending }
}

/// Decides what the things named are for.
pub(in crate::agents::nlp) fn settle(database: &str, raw: Raw) -> Reading {
    let mut reader = Reader { database, items: &[], reading: raw.reading, pending: raw.pending };
    reader.times();
    reader.leftovers();
    reader.settle();
    reader.reading
}

impl Reader<'_> {
    fn meaning(&self, at: usize) -> Option<&Meaning> {
        self.items.get(at).map(|item| item.meaning.as_ref())
    }

    /// Reads one phrase, or several that belong together, and says how many.
    fn step(&mut self, at: usize) -> usize {
        if let Some((when, taken)) = self.time_at(at) {
            self.when(when, at, taken);
            return taken;
        }
        let text = self.items[at].text.clone();
        let by = self.pending.by;
        // "by region and channel": the list goes on until something else comes.
        self.pending.by = by
            && matches!(
                self.items[at].meaning.as_ref(),
                Meaning::And
                    | Meaning::Entity(_)
                    | Meaning::Dimension { .. }
                    | Meaning::Unit(_)
                    | Meaning::Grain(_)
            );
        match self.items[at].meaning.as_ref().clone() {
            Meaning::Metric(metric, aggregation) => return self.metric(at, metric, aggregation),
            Meaning::Entity(entity) => return self.entity(at, entity, by),
            Meaning::Dimension { places, alias } => self.dimension(at, places, alias, by),
            Meaning::Value { places, value, bound } => {
                let negated = self.pending.not.take().is_some();
                self.reading.wanted.push(Wanted { places, value, bound, negated, text });
            }
            Meaning::Aggregate(aggregation) => {
                if let Some((_, before)) = self.pending.aggregation.replace((aggregation, text)) {
                    self.reading.unplaced.push(before);
                }
            }
            Meaning::Count => self.pending.count = Some(text),
            Meaning::Distinct => self.pending.distinct = Some(text),
            Meaning::Share => self.reading.share = true,
            Meaning::Trend => self.pending.trend = true,
            Meaning::Contrast => self.pending.contrast = true,
            Meaning::By => self.pending.by = true,
            Meaning::Which => self.pending.which = Some(text),
            Meaning::Grain(grain) | Meaning::Unit(grain) => self.group(at, GroupKind::Time(grain), by),
            Meaning::Rank(descending) => return self.rank(at, descending, false),
            Meaning::Superlative(descending) => return self.rank(at, descending, true),
            Meaning::Extreme(descending, metric) => {
                let taken = self.rank(at, descending, true);
                self.pending.direct = false;
                self.reading.targets.push(Target::Metric(metric, None));
                return taken;
            }
            Meaning::Compare(operator) => return self.comparison(at, operator, None),
            Meaning::Not => self.pending.not = Some(text),
            Meaning::Number(number) if matches!(self.meaning(at + 1), Some(one) if ranks(one)) => {
                // "5 best customers"
                let taken = self.step(at + 1);
                self.count_of_ranking(number);
                return 1 + taken;
            }
            Meaning::Number(_) => self.reading.unplaced.push(text),
            // "revenue from Germany"
            Meaning::And | Meaning::Bound(Bound::From) => {}
            Meaning::Relative(_)
            | Meaning::Past
            | Meaning::Month(_)
            | Meaning::Quarter(_)
            | Meaning::Half(_)
            | Meaning::Bound(_)
            | Meaning::Year(_)
            | Meaning::YearMonth(..)
            | Meaning::Day(_) => self.reading.unplaced.push(text),
        }
        1
    }

    fn metric(&mut self, at: usize, metric: &'static Metric, own: Option<Aggregation>) -> usize {
        if let (Some(Meaning::Compare(operator)), None) = (self.meaning(at + 1), self.time_at(at + 1)) {
            let operator = *operator;
            let aggregation = own.or(self.pending.aggregation.take().map(|(aggregation, _)| aggregation));
            let target = Target::Metric(metric, aggregation);
            return 1 + self.comparison(at + 1, operator, Some(target));
        }
        let mut aggregation = own;
        if let Some((asked, text)) = self.pending.aggregation.take() {
            if allowed(metric, asked) { aggregation = Some(asked) } else { self.refuse(at, &text) }
        }
        if self.pending.count.is_some() && !metric.money {
            // "number of units sold": a quantity is its own count.
            self.pending.count = None;
        }
        if metric.forms.iter().any(|form| matches!(form.value, model::Value::Distinct(_))) {
            self.pending.distinct = None;
        }
        if at > 0 && matches!(self.meaning(at - 1), Some(Meaning::Superlative(_))) {
            self.pending.direct = true;
        }
        let target = Target::Metric(metric, aggregation);
        if !self.reading.targets.contains(&target) {
            self.reading.targets.push(target);
        }
        1
    }

    fn refuse(&mut self, at: usize, before: &str) {
        let text = format!("{before} {}", self.items[at].text);
        self.reading.unplaced.push(text);
    }

    fn entity(&mut self, at: usize, entity: &'static Entity, by: bool) -> usize {
        let superlative = at > 0 && matches!(self.meaning(at - 1), Some(Meaning::Superlative(_)));
        if self.pending.count.take().is_some() {
            self.pending.distinct = None;
            self.sums_only(at);
            self.reading.targets.push(Target::Count(entity));
        } else if self.pending.distinct.take().is_some() {
            self.reading.targets.push(Target::Count(entity));
        } else if by {
            self.group(at, GroupKind::Entity(entity), true);
        } else if superlative && (!self.reading.groups.is_empty() || !self.reading.named.is_empty()) {
            // "which customer has the most orders"
            self.reading.targets.push(Target::Count(entity));
        } else if self.pending.which.take().is_some() || self.ranked(at) {
            self.group(at, GroupKind::Entity(entity), false);
        } else {
            let measured =
                self.items[at..].iter().any(|item| matches!(item.meaning.as_ref(), Meaning::Metric(..)));
            if let (false, Some((Aggregation::Sum, text))) = (measured, &self.pending.aggregation) {
                let size = entity.size.and_then(|name| model::metric(self.database, name));
                // "total orders" is their number, "sum of payments" is what they come to.
                let target = match size {
                    Some(metric) if !text.eq_ignore_ascii_case("total") => Target::Metric(metric, None),
                    _ => Target::Count(entity),
                };
                self.pending.aggregation = None;
                self.reading.targets.push(target);
                return 1;
            }
            self.reading.named.push(entity);
        }
        1
    }

    /// Whether "top 5" or the like stands right before.
    fn ranked(&self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).and_then(|at| self.meaning(at));
        match before(1) {
            Some(Meaning::Number(_)) => before(2).is_some_and(ranks),
            Some(one) => ranks(one),
            None => false,
        }
    }

    fn dimension(&mut self, at: usize, places: Vec<Place>, alias: String, by: bool) {
        if self.pending.count.take().is_some() {
            self.pending.distinct = None;
            self.sums_only(at);
            self.reading.targets.push(Target::Distinct(places, alias));
            return;
        }
        if self.pending.distinct.take().is_some() {
            self.reading.targets.push(Target::Distinct(places, alias));
            return;
        }
        let beside = [at.checked_sub(1), Some(at + 1), Some(at + 2)];
        let says = |meaning: &Meaning| matches!(meaning, Meaning::Value { places: others, .. } if others.iter().any(|one| places.contains(one)));
        let equal =
            |at: usize| matches!(self.meaning(at), Some(Meaning::Compare(Operator::Equal) | Meaning::Not));
        // "in the Electronics category", "status cancelled", "country = Germany": said twice, not a group.
        let said = beside.iter().enumerate().any(|(place, at_value)| {
            at_value.and_then(|one| self.meaning(one)).is_some_and(says) && (place < 2 || equal(at + 1))
        });
        if !said || by {
            self.group(at, GroupKind::Dimension(places, alias), by);
        }
    }

    fn sums_only(&mut self, at: usize) {
        // "total number of orders" is fine, "average number of orders" is a mean of counts, which this isn't.
        if let Some((Aggregation::Avg | Aggregation::Min | Aggregation::Max, text)) =
            self.pending.aggregation.take()
        {
            self.refuse(at, &text);
        }
    }

    fn group(&mut self, at: usize, kind: GroupKind, by: bool) {
        self.pending.which = None;
        let item = &self.items[at];
        let group = Group { kind, text: item.text.clone(), plural: item.plural, by };
        if !self.reading.groups.iter().any(|known| known.kind == group.kind) {
            self.reading.groups.push(group);
        }
    }

    fn rank(&mut self, at: usize, descending: bool, superlative: bool) -> usize {
        if self.reading.ranking.is_some() {
            self.reading.unplaced.push(self.items[at].text.clone());
            return 1;
        }
        self.reading.ranking = Some(Ranking { count: None, descending, superlative });
        match self.meaning(at + 1) {
            Some(Meaning::Number(number)) => {
                let number = *number;
                self.count_of_ranking(number);
                2
            }
            _ => 1,
        }
    }

    fn count_of_ranking(&mut self, thousandths: i64) {
        let whole =
            u64::try_from(thousandths / 1_000).ok().filter(|count| *count > 0 && thousandths % 1_000 == 0);
        match (&mut self.reading.ranking, whole) {
            (Some(ranking), Some(count)) => ranking.count = Some(count),
            _ => self.reading.unplaced.push(format!("{}", thousandths / 1_000)),
        }
    }
}

fn ranks(meaning: &Meaning) -> bool {
    matches!(meaning, Meaning::Rank(_) | Meaning::Superlative(_) | Meaning::Extreme(..))
}

/// Whether a metric can be aggregated so.
fn allowed(metric: &Metric, aggregation: Aggregation) -> bool {
    metric.open || aggregation == metric.default && aggregation == Aggregation::Sum
}
