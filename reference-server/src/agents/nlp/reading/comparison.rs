//! Phrases of several words: stretches of time, and comparisons with numbers.

use super::{Comparison, Reader, Target};
use crate::agents::nlp::items::Meaning;
use crate::agents::nlp::model;
use crate::agents::nlp::time::{self, When};
use crate::agents::nlp::tree::{Aggregation, Operator};

impl Reader<'_> {
    /// A stretch of time. "orders with a value between 2000 and 2024" has none, "revenue between 2022 and 2024" has.
    pub(super) fn time_at(&self, at: usize) -> Option<(When, usize)> {
        let found = time::read(&self.items[at..], model::last_day(self.database))?;
        let compared = matches!(self.meaning(at), Some(Meaning::Compare(_)))
            && at
                .checked_sub(1)
                .and_then(|before| self.meaning(before))
                .is_some_and(|before| matches!(before, Meaning::Metric(metric, _) if metric.open))
            && self.reading.named.iter().any(|entity| entity.size.is_some());
        (!compared).then_some(found)
    }

    pub(super) fn when(&mut self, when: When, at: usize, taken: usize) {
        self.pending.by = false;
        let text: Vec<&str> = self.items[at..at + taken].iter().map(|item| item.text.as_str()).collect();
        match when {
            When::Range(range) => self.reading.ranges.push(range),
            When::Year(year) => self.pending.years.push((year, text.join(" "))),
            When::Part(month, count) => self.pending.parts.push((month, count, text.join(" "))),
        }
    }

    /// "> 1000", "between 5 and 10", "more than 20 orders".
    pub(super) fn comparison(&mut self, at: usize, operator: Operator, before: Option<Target>) -> usize {
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
        let thing = matches!(self.meaning(at + taken), Some(Meaning::Entity(_)));
        if before.is_some() && thing {
            // "revenue more than 5 customers": of which of the two?
            self.reading.unplaced.push(text);
            return taken;
        }
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
}
