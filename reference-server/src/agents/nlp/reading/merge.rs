//! A question that only makes sense after another: what it says anew replaces what was said before.

use super::{Group, GroupKind, Pending, Raw, Target};

impl Raw {
    /// The question `more` asked after this one. What it adds to ("also France") stays beside what was there.
    pub(in crate::agents::nlp) fn then(mut self, more: Self, adds: bool) -> Self {
        self.when(&more);
        self.what(&more);
        self.by(&more, adds);
        self.which(&more, adds);
        let Pending { distinct, not, which, .. } = more.pending;
        self.pending.distinct = distinct;
        self.pending.not = not;
        self.pending.which = which;
        self.pending.by = false;
        self.reading.unplaced = more.reading.unplaced;
        self
    }

    /// Time: "only 2023", "and in Q2?" (of the year that was asked for before).
    fn when(&mut self, more: &Self) {
        let Pending { parts, years, .. } = &more.pending;
        if parts.is_empty() && years.is_empty() && more.reading.ranges.is_empty() {
            return;
        }
        if parts.is_empty() || !years.is_empty() {
            self.pending.years.clone_from(years);
        }
        self.pending.parts.clone_from(parts);
        self.reading.ranges.clone_from(&more.reading.ranges);
    }

    /// What is measured: "and profit?", "the average", "how many?".
    fn what(&mut self, more: &Self) {
        if !more.reading.targets.is_empty() {
            self.reading.targets.clone_from(&more.reading.targets);
            self.pending.aggregation = None;
        }
        if more.pending.aggregation.is_some() {
            if let (Some(Target::Metric(_, own)), true) =
                (self.reading.targets.last_mut(), more.reading.targets.is_empty())
            {
                *own = None;
            }
            self.pending.aggregation.clone_from(&more.pending.aggregation);
        }
        self.pending.count.clone_from(&more.pending.count);
        self.reading.share |= more.reading.share;
        if self.reading.targets.is_empty() && !more.reading.named.is_empty() {
            self.reading.named.clone_from(&more.reading.named);
        } else {
            for entity in &more.reading.named {
                if !self.reading.named.contains(entity) {
                    self.reading.named.push(entity);
                }
            }
        }
    }

    /// What is grouped by, and how many of it: "by month", "the top 5".
    fn by(&mut self, more: &Self, adds: bool) {
        let timed = |group: &Group| matches!(group.kind, GroupKind::Time(_));
        if !more.reading.groups.is_empty() || more.pending.trend {
            if !adds {
                self.reading.groups.clear();
                self.pending.contrast = false;
            }
            for group in &more.reading.groups {
                if !self.reading.groups.iter().any(|known| known.kind == group.kind) {
                    self.reading.groups.push(group.clone());
                }
            }
            self.pending.trend = more.pending.trend;
            if more.pending.trend || more.reading.groups.iter().any(timed) {
                // The first five of the months were not asked for.
                self.reading.ranking = None;
            }
        }
        self.pending.contrast |= more.pending.contrast;
        if more.reading.ranking.is_some() {
            self.reading.ranking = more.reading.ranking;
            self.pending.direct = more.pending.direct;
        }
    }

    /// Which rows: "only Germany", "and France?", "above 1000".
    fn which(&mut self, more: &Self, adds: bool) {
        for wanted in &more.reading.wanted {
            if !adds {
                let same = |places: &[_]| wanted.places.iter().any(|place| places.contains(place));
                self.reading.wanted.retain(|known| !same(&known.places));
            }
        }
        self.reading.wanted.extend(more.reading.wanted.iter().cloned());
        for comparison in &more.reading.comparisons {
            self.reading.comparisons.retain(|known| known.target != comparison.target);
            self.reading.comparisons.push(comparison.clone());
        }
    }
}
