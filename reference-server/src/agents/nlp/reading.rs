//! What is asked for, from the phrases of a question, before tables come into it.

use super::items::{Bound, Item, Meaning, Place};
use super::model::{self, Entity, Metric};
use super::time::{self, Range, When};
use super::tree::{Aggregation, Grain, Operator};

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Metric(&'static Metric, Option<Aggregation>),
    Count(&'static Entity),
    Distinct(Vec<Place>, String),
}

/// What is grouped by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum GroupKind {
    Entity(&'static Entity),
    Dimension(Vec<Place>, String),
    Time(Grain),
}

/// One group, and how it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) kind: GroupKind,
    pub(super) text: String,
    plural: bool,
    /// After "by", "per", …: grouped whatever else is asked.
    by: bool,
}

/// Rows must have this value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) places: Vec<Place>,
    pub(super) value: String,
    /// Only of a thing that is named: "active" alone says nothing.
    pub(super) bound: bool,
    pub(super) negated: bool,
    pub(super) text: String,
}

/// Rows or groups must compare.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparison {
    pub(super) target: Target,
    pub(super) operator: Operator,
    /// Thousandths.
    pub(super) numbers: Vec<i64>,
    pub(super) text: String,
}

/// Only the first or last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ranking {
    pub(super) count: Option<u64>,
    pub(super) descending: bool,
    superlative: bool,
}

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) targets: Vec<Target>,
    pub(super) groups: Vec<Group>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) ranges: Vec<Range>,
    pub(super) ranking: Option<Ranking>,
    /// Things named without being counted or grouped by.
    pub(super) named: Vec<&'static Entity>,
    pub(super) share: bool,
    /// How many groups there are, not the groups.
    pub(super) count_groups: bool,
    /// Rows, not numbers.
    pub(super) list: Option<&'static Entity>,
    /// Phrases nothing could be done with.
    pub(super) unplaced: Vec<String>,
}

/// Words waiting for what they belong to.
#[derive(Debug, Default)]
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

struct Reader<'a> {
    database: &'a str,
    items: &'a [Item<'a>],
    reading: Reading,
    pending: Pending,
}

/// Reads the phrases of a question about `database`.
pub(super) fn read(database: &str, items: &[Item<'_>]) -> Reading {
    let mut reader = Reader { database, items, reading: Reading::default(), pending: Pending::default() };
    let mut at = 0;
    while at < items.len() {
        at += reader.step(at).max(1);
    }
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

    /// A stretch of time. "orders with a value between 2000 and 2024" has none, "revenue between 2022 and 2024" has.
    fn time_at(&self, at: usize) -> Option<(When, usize)> {
        let found = time::read(&self.items[at..], model::last_day(self.database))?;
        let compared = matches!(self.meaning(at), Some(Meaning::Compare(_)))
            && at
                .checked_sub(1)
                .and_then(|before| self.meaning(before))
                .is_some_and(|before| matches!(before, Meaning::Metric(metric, _) if metric.open))
            && self.reading.named.iter().any(|entity| entity.size.is_some());
        (!compared).then_some(found)
    }

    fn when(&mut self, when: When, at: usize, taken: usize) {
        self.pending.by = false;
        let text: Vec<&str> = self.items[at..at + taken].iter().map(|item| item.text.as_str()).collect();
        match when {
            When::Range(range) => self.reading.ranges.push(range),
            When::Year(year) => self.pending.years.push((year, text.join(" "))),
            When::Part(month, count) => self.pending.parts.push((month, count, text.join(" "))),
        }
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

    /// "> 1000", "between 5 and 10", "more than 20 orders".
    fn comparison(&mut self, at: usize, operator: Operator, before: Option<Target>) -> usize {
        let number = |one: Option<&Meaning>| match one {
            Some(Meaning::Number(number)) => Some(*number),
            Some(Meaning::Year(year)) => Some(i64::from(*year) * 1_000),
            _ => None,
        };
        let mut text = self.items[at].text.clone();
        let Some(first) = number(self.meaning(at + 1)) else {
            // "status is cancelled", "country = Germany": the value says it already.
            let value = matches!(self.meaning(at + 1), Some(Meaning::Value { .. }));
            match operator {
                Operator::Equal if value => {}
                Operator::Unequal if value => self.pending.not = Some(text),
                _ => self.reading.unplaced.push(text),
            }
            return 1;
        };
        let mut numbers = vec![first];
        let mut taken = 2;
        if operator == Operator::Between {
            let joined = matches!(self.meaning(at + 2), Some(Meaning::And | Meaning::Bound(_)));
            let Some(second) = number(self.meaning(at + 3)).filter(|second| joined && *second >= first)
            else {
                self.reading.unplaced.push(text);
                return taken;
            };
            numbers.push(second);
            taken = 4;
        }
        for item in &self.items[at + 1..at + taken] {
            text.push(' ');
            text.push_str(&item.text);
        }
        let after = match self.meaning(at + taken) {
            _ if before.is_some() => None,
            Some(Meaning::Entity(entity)) => Some(Target::Count(entity)),
            Some(Meaning::Metric(metric, aggregation)) => Some(Target::Metric(metric, *aggregation)),
            _ => None,
        };
        taken += usize::from(after.is_some());
        if before.is_none() && matches!(self.pending.aggregation, Some((Aggregation::Sum, _))) {
            // "orders with a total over 1000"
            self.pending.aggregation = None;
        }
        match before.or(after).or_else(|| self.size_of_named()) {
            Some(target) => self.reading.comparisons.push(Comparison { target, operator, numbers, text }),
            None => self.reading.unplaced.push(text),
        }
        taken
    }

    /// "orders over 1000": what "large" means for the thing named last.
    fn size_of_named(&self) -> Option<Target> {
        let counted = self.reading.targets.iter().filter_map(|target| match target {
            Target::Count(entity) => Some(*entity),
            _ => None,
        });
        let entity = self.reading.named.iter().copied().chain(counted).last()?;
        Some(Target::Metric(model::metric(self.database, entity.size?)?, Some(Aggregation::Value)))
    }

    /// Years and the months or quarters they belong to.
    fn times(&mut self) {
        let parts = std::mem::take(&mut self.pending.parts);
        let years = std::mem::take(&mut self.pending.years);
        match (parts.as_slice(), years.as_slice()) {
            ([(month, count, text)], [(year, _)]) => match time::months(*year, *month, *count) {
                Some(range) => self.reading.ranges.push(range),
                None => self.reading.unplaced.push(text.clone()),
            },
            (parts, years) => {
                self.reading.unplaced.extend(parts.iter().map(|(_, _, text)| text.clone()));
                for (year, text) in years {
                    match time::months(*year, 1, 12) {
                        Some(range) => self.reading.ranges.push(range),
                        None => self.reading.unplaced.push(text.clone()),
                    }
                }
            }
        }
        self.reading.ranges.sort_by_key(|range| range.from);
        self.reading.ranges.dedup();
    }

    /// Words that found nothing to belong to.
    fn leftovers(&mut self) {
        let pending = &mut self.pending;
        if let Some((aggregation, text)) = pending.aggregation.take() {
            // "revenue total"
            match self.reading.targets.last_mut() {
                Some(Target::Metric(metric, own @ None)) if allowed(metric, aggregation) => {
                    *own = Some(aggregation);
                }
                Some(_) if aggregation == Aggregation::Sum => {}
                _ => self.reading.unplaced.push(text),
            }
        }
        if let Some(text) = pending.count.take() {
            match self.reading.named.pop() {
                // "orders count"
                Some(entity) if self.reading.targets.is_empty() => {
                    self.reading.targets.push(Target::Count(entity));
                }
                named => {
                    self.reading.named.extend(named);
                    self.reading.unplaced.push(text);
                }
            }
        }
        self.reading.unplaced.extend([pending.distinct.take(), pending.not.take()].into_iter().flatten());
    }

    /// Decides what the things named are for.
    fn settle(&mut self) {
        self.settle_comparisons();
        self.settle_ranking();
        let reading = &mut self.reading;
        if reading.targets.is_empty() && !reading.named.is_empty() {
            let entity = reading.named.remove(0);
            let rows = reading.groups.is_empty()
                && !self.pending.trend
                && !reading.share
                && reading.ranking.is_none();
            if rows { reading.list = Some(entity) } else { reading.targets.push(Target::Count(entity)) }
        }
        if self.pending.trend && !reading.groups.iter().any(|group| matches!(group.kind, GroupKind::Time(_)))
        {
            let kind = GroupKind::Time(Grain::Month);
            reading.groups.push(Group { kind, text: "over time".to_owned(), plural: false, by: true });
        }
        if self.pending.contrast {
            self.settle_contrast();
        }
        let reading = &mut self.reading;
        if reading.targets.is_empty() && reading.list.is_none() && reading.unplaced.is_empty() {
            match reading.comparisons.first() {
                Some(comparison) => reading.unplaced.push(comparison.text.clone()),
                None => reading.unplaced.push("what to show".to_owned()),
            }
        }
    }

    /// "customers with more than 20 orders": the comparison is what is measured, by the thing named.
    fn settle_comparisons(&mut self) {
        let reading = &mut self.reading;
        let Some(comparison) = reading.comparisons.first() else { return };
        if reading.targets.is_empty() && !reading.groups.is_empty() {
            // "countries with revenue above 500000"
            reading.targets.push(comparison.target.clone());
            return;
        }
        let counts = matches!(comparison.target, Target::Count(_))
            || matches!(&comparison.target, Target::Metric(metric, own)
            if *own != Some(Aggregation::Value) && !metric.forms.iter().any(|form| {
                reading.named.iter().any(|entity| entity.table == form.table)
                    || reading.targets.iter().any(|target| matches!(target, Target::Count(counted) if counted.table == form.table))
            }));
        if !counts || !reading.groups.is_empty() {
            return;
        }
        let measured = comparison.target.clone();
        match reading.targets.as_slice() {
            [] if !reading.named.is_empty() => {
                let entity = reading.named.remove(0);
                let text = entity.plural.to_owned();
                reading.groups.push(Group { kind: GroupKind::Entity(entity), text, plural: true, by: true });
                reading.targets.push(measured);
            }
            [Target::Count(entity)] => {
                let (text, kind) = (entity.plural.to_owned(), GroupKind::Entity(entity));
                reading.groups.push(Group { kind, text, plural: true, by: true });
                reading.targets = vec![measured];
                reading.count_groups = true;
            }
            _ => {}
        }
    }

    /// "customers with the highest revenue", "highest price", "largest orders".
    fn settle_ranking(&mut self) {
        let reading = &mut self.reading;
        let Some(mut ranking) = reading.ranking else { return };
        if let ([Target::Metric(metric, own @ None)], true) =
            (reading.targets.as_mut_slice(), ranking.superlative)
        {
            let grouped_by = reading.groups.iter().all(|group| group.by)
                && reading.named.iter().all(|entity| {
                    metric.forms.iter().any(|form| form.table == entity.table) && ranking.count.is_none()
                });
            if self.pending.direct && grouped_by && metric.open {
                *own = Some(if ranking.descending { Aggregation::Max } else { Aggregation::Min });
                reading.ranking = None;
                return;
            }
        }
        if reading.groups.is_empty() && !reading.named.is_empty() {
            let entity = reading.named.remove(0);
            let text = entity.plural.to_owned();
            reading.groups.push(Group { kind: GroupKind::Entity(entity), text, plural: true, by: false });
        }
        if let ([], Some(Group { kind: GroupKind::Entity(entity), .. })) =
            (reading.targets.as_slice(), reading.groups.first())
        {
            if let Some(metric) = entity.size.and_then(|name| model::metric(self.database, name)) {
                reading.targets.push(Target::Metric(metric, None));
            } else if let Some(counted) = reading.named.pop() {
                reading.targets.push(Target::Count(counted));
            }
        }
        match reading.groups.first() {
            None => reading.unplaced.push("the first or last of what".to_owned()),
            Some(_) if reading.targets.is_empty() => {
                reading.unplaced.push("the first or last by what".to_owned());
            }
            Some(group) => {
                // "which region has …" is one, "top customers" are ten.
                ranking.count.get_or_insert(if group.plural || !ranking.superlative { 10 } else { 1 });
                reading.ranking = Some(ranking);
            }
        }
    }

    /// "compare revenue in Germany and France", "revenue 2023 vs 2024": side by side.
    fn settle_contrast(&mut self) {
        let reading = &mut self.reading;
        if !reading.groups.is_empty() {
            return;
        }
        if reading.ranges.len() > 1 {
            let kind = GroupKind::Time(Grain::Year);
            reading.groups.push(Group { kind, text: "year".to_owned(), plural: false, by: true });
        } else if let Some(first) = reading.wanted.first() {
            let alias = first.places[0].column.clone();
            let kind = GroupKind::Dimension(first.places.clone(), alias);
            reading.groups.push(Group { kind, text: first.text.clone(), plural: false, by: true });
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
