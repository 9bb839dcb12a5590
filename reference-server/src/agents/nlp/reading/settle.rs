//! What the things named are for, once all phrases have been read.

use super::{Group, GroupKind, Reader, Target, allowed};
use crate::agents::nlp::tree::{Aggregation, Grain};
use crate::agents::nlp::{model, time};

impl Reader<'_> {
    /// Years and the months or quarters they belong to.
    pub(super) fn times(&mut self) {
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
    pub(super) fn leftovers(&mut self) {
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
    pub(super) fn settle(&mut self) {
        self.settle_comparisons();
        self.settle_ranking();
        let reading = &mut self.reading;
        if let ([], [Group { kind: GroupKind::Entity(entity), by: false, .. }], None) =
            (reading.targets.as_slice(), reading.groups.as_slice(), reading.ranking)
        {
            // "which customers are in Germany"
            reading.named.insert(0, entity);
            reading.groups.clear();
        }
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
        let sized = matches!(comparison.target, Target::Metric(_, Some(Aggregation::Value)));
        if reading.targets.is_empty() && !reading.groups.is_empty() && !sized {
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
                ranking.count.get_or_insert(if group.plural { 10 } else { 1 });
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
