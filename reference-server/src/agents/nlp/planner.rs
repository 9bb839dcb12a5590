//! From what is asked to tables: which one is summed, and what is joined to it.
//!
//! Joins only ever follow foreign keys from the base to the table referred to, so that every row of the base
//! is seen once. Where a measure can't be reached that way from what it is grouped by, the question is refused.

use crate::database::{DatabaseInfo, catalog};

use super::items::Place;
use super::model::{self, Entity, Metric, Value};
use super::reading::{Comparison, GroupKind, Reading, Target, Wanted};
use super::title;
use super::tree::{
    Aggregation, ColumnRef, Condition, Dimension, Expression, Filter, Join, Measure, OrderBy, QueryTree, Span,
};

/// Makes the tree, or names what can't be combined.
pub(super) fn plan(database: &str, reading: &Reading, max_rows: u64) -> Result<QueryTree, String> {
    let info = catalog().iter().find(|info| info.name == database).ok_or_else(|| database.to_owned())?;
    let mut refused = None;
    for base in bases(info, reading) {
        let mut plan = Plan { info, reading, base, joins: Vec::new() };
        match plan.tree(max_rows) {
            Ok(tree) => return Ok(tree),
            Err(text) => refused = refused.or(Some(text)),
        }
    }
    Err(refused.unwrap_or_else(|| "what to show".to_owned()))
}

/// Tables the first measure can be taken from; the ones the question names come first.
fn bases(info: &'static DatabaseInfo, reading: &Reading) -> Vec<&'static str> {
    let mut bases: Vec<&'static str> = match (reading.list, reading.targets.first()) {
        (Some(entity), _) => vec![entity.table],
        (None, Some(Target::Metric(metric, _))) => metric.forms.iter().map(|form| form.table).collect(),
        (None, Some(Target::Count(entity))) => {
            let others = info.tables.iter().map(|table| table.name.as_str());
            let mut referring: Vec<(usize, &'static str)> =
                others.filter_map(|table| Some((path(info, table, entity.table)?.len(), table))).collect();
            referring.sort_by_key(|(length, _)| *length);
            referring.into_iter().map(|(_, table)| table).collect()
        }
        (None, Some(Target::Distinct(places, _))) => info
            .tables
            .iter()
            .map(|table| table.name.as_str())
            .filter(|table| places[0].table == *table)
            .collect(),
        (None, None) => Vec::new(),
    };
    let named = |table: &str| reading.named.iter().any(|entity| entity.table == table);
    bases.sort_by_key(|table| !named(table));
    bases
}

/// One hop: foreign key, table referred to, its key.
type Hop = (&'static str, &'static str, &'static str);

/// The shortest way along foreign keys.
fn path(info: &'static DatabaseInfo, from: &str, to: &str) -> Option<Vec<Hop>> {
    let mut ways: Vec<(&str, Vec<Hop>)> = vec![(from, Vec::new())];
    let mut at = 0;
    while let Some((table, way)) = ways.get(at).cloned() {
        if table == to {
            return Some(way);
        }
        for column in &info.table(table)?.columns {
            if let Some((target, key)) = &column.references
                && !ways.iter().any(|(known, _)| known == target)
            {
                let mut longer = way.clone();
                longer.push((&column.name, target, key));
                ways.push((target, longer));
            }
        }
        at += 1;
    }
    None
}

struct Plan<'a> {
    info: &'static DatabaseInfo,
    reading: &'a Reading,
    base: &'static str,
    joins: Vec<Join>,
}

impl Plan<'_> {
    fn tree(&mut self, max_rows: u64) -> Result<QueryTree, String> {
        let reading = self.reading;
        for entity in &reading.named {
            path(self.info, self.base, entity.table).ok_or_else(|| entity.plural.to_owned())?;
        }
        let dimensions = self.dimensions()?;
        let mut measures = Vec::new();
        for target in &reading.targets {
            measures.push(self.measure(target)?);
        }
        let (mut filters, having) = self.comparisons(&measures)?;
        let values = self.values()?;
        // "share of revenue from Germany": the condition is the part, not a limit on the whole.
        if reading.share && dimensions.is_empty() {
            self.part_of(&mut measures, values)?;
        } else {
            filters.splice(0..0, values);
        }
        let span = self.span()?;
        let share = reading.share && !dimensions.is_empty();
        let columns = reading
            .list
            .map_or_else(Vec::new, |entity| entity.list.iter().map(|column| self.own(column)).collect());
        let limit = reading.ranking.and_then(|ranking| ranking.count).map(|count| count.min(max_rows));
        let mut tree = QueryTree {
            database: self.info.name.clone(),
            base: self.base.to_owned(),
            joins: std::mem::take(&mut self.joins),
            columns,
            dimensions,
            measures,
            filters,
            span,
            having,
            share,
            count_groups: reading.count_groups,
            order: Vec::new(),
            limit,
        };
        tree.order = self.order(&tree);
        Ok(tree)
    }

    fn own(&self, column: &str) -> ColumnRef {
        ColumnRef { table: self.base.to_owned(), column: column.to_owned() }
    }

    /// Joins what is needed to reach a table, and returns the name it has in the query.
    fn reach(&mut self, table: &str, via: Option<&str>) -> Option<String> {
        let mut at = self.base.to_owned();
        let mut prefix = None;
        let mut hops = Vec::new();
        if let Some(via) = via {
            hops.extend(path(self.info, self.base, via)?.into_iter().map(|hop| (hop, false)));
            hops.extend(path(self.info, via, table)?.into_iter().map(|hop| (hop, true)));
            prefix = Some(via);
        } else {
            hops.extend(path(self.info, self.base, table)?.into_iter().map(|hop| (hop, false)));
        }
        for ((foreign, target, key), prefixed) in hops {
            let alias = match prefix {
                Some(via) if prefixed && via != self.base => format!("{via}_{target}"),
                _ => target.to_owned(),
            };
            let join = Join {
                table: target.to_owned(),
                alias: alias.clone(),
                from: ColumnRef { table: at, column: foreign.to_owned() },
                key: key.to_owned(),
            };
            if !self.joins.contains(&join) {
                self.joins.push(join);
            }
            at = alias;
        }
        Some(at)
    }

    /// Where a dimension or value is found: in the base itself, in something named, else the first within reach.
    fn resolve(&mut self, places: &[Place], bound: bool) -> Option<ColumnRef> {
        let mut ranked: Vec<&Place> = places.iter().collect();
        let named = |place: &&Place| {
            let table = place.via.as_ref().unwrap_or(&place.table);
            let grouped = self
                .reading
                .groups
                .iter()
                .any(|group| matches!(group.kind, GroupKind::Entity(entity) if entity.table == *table));
            grouped || self.reading.named.iter().any(|entity| entity.table == *table)
        };
        if bound {
            ranked.retain(|place| place.table == self.base || named(place));
        }
        ranked.sort_by_key(|place| (place.table != self.base, !named(place)));
        for place in ranked {
            if let Some(table) = self.reach(&place.table, place.via.as_deref()) {
                return Some(ColumnRef { table, column: place.column.clone() });
            }
        }
        None
    }

    fn dimensions(&mut self) -> Result<Vec<Dimension>, String> {
        let reading = self.reading;
        let mut dimensions = Vec::new();
        for group in &reading.groups {
            let refused = || group.text.clone();
            let made = match &group.kind {
                GroupKind::Dimension(places, alias) => Dimension::Column {
                    column: self.resolve(places, false).ok_or_else(refused)?,
                    alias: alias.clone(),
                },
                GroupKind::Entity(entity) => {
                    let table = self.reach(entity.table, None).ok_or_else(refused)?;
                    let column = |name: &str| ColumnRef { table: table.clone(), column: name.to_owned() };
                    let (key, label) = (column(entity.key), column(entity.label));
                    Dimension::Entity { key, label, alias: entity.alias.to_owned() }
                }
                GroupKind::Time(grain) => {
                    Dimension::Time { column: self.date().ok_or_else(refused)?, grain: *grain }
                }
            };
            dimensions.push(made);
        }
        // Time first: it is the axis, the rest are the series.
        dimensions.sort_by_key(|dimension| !matches!(dimension, Dimension::Time { .. }));
        Ok(dimensions)
    }

    /// The date rows of the base happened at.
    fn date(&self) -> Option<ColumnRef> {
        let own = self.reading.targets.iter().find_map(|target| match target {
            Target::Metric(metric, _) => metric.forms.iter().find(|form| form.table == self.base)?.date,
            _ => None,
        });
        own.or(model::entity(&self.info.name, self.base)?.date).map(|date| self.own(date))
    }

    fn measure(&mut self, target: &Target) -> Result<Measure, String> {
        match target {
            Target::Metric(metric, aggregation) => self.metric(metric, *aggregation),
            Target::Count(entity) => self.count(entity),
            Target::Distinct(places, alias) => {
                let column = self.resolve(places, false).ok_or_else(|| alias.clone())?;
                let title = format!("Number of {}", title::plural(&words(alias)));
                Ok(Measure {
                    expression: Expression::Distinct(column),
                    alias: format!("{alias}_count"),
                    title,
                    money: false,
                })
            }
        }
    }

    fn metric(&self, metric: &'static Metric, asked: Option<Aggregation>) -> Result<Measure, String> {
        let form = metric.forms.iter().find(|form| form.table == self.base);
        let form = form.ok_or_else(|| metric.title.to_lowercase())?;
        let mut aggregation = asked.unwrap_or(metric.default);
        let every_row = self
            .reading
            .groups
            .iter()
            .any(|group| matches!(group.kind, GroupKind::Entity(entity) if entity.table == self.base));
        if every_row && matches!(form.value, Value::Column(_)) && self.reading.targets.len() == 1 {
            aggregation = Aggregation::Value;
        }
        let own = |column| self.own(column);
        let expression = match form.value {
            Value::Column(column) => Expression::Column(aggregation, own(column)),
            Value::Difference(column, less) => Expression::Difference(aggregation, own(column), own(less)),
            Value::Rows => Expression::Rows,
            Value::Distinct(column) => Expression::Distinct(own(column)),
            Value::Rate(column, value) => Expression::Rate(vec![Filter::OneOf {
                column: own(column),
                values: vec![value.to_owned()],
                negated: false,
            }]),
            Value::Margin(column, less) => Expression::Margin(own(column), own(less)),
            Value::PerDistinct(column, by) => Expression::PerDistinct(own(column), own(by)),
        };
        let (alias, title) = (metric.alias(aggregation), metric.title(aggregation));
        Ok(Measure { expression, alias, title, money: metric.money })
    }

    /// Rows of the thing's own table, or the distinct ones another table refers to.
    fn count(&mut self, entity: &'static Entity) -> Result<Measure, String> {
        let refused = || entity.plural.to_owned();
        let mut way = path(self.info, self.base, entity.table).ok_or_else(refused)?;
        let alias = format!("{}_count", entity.alias.trim_end_matches("_id").trim_end_matches("_key"));
        let title = format!("Number of {}", entity.plural);
        let Some((foreign, ..)) = way.pop() else {
            return Ok(Measure { expression: Expression::Rows, alias, title, money: false });
        };
        let table = match way.last() {
            None => self.base.to_owned(),
            Some((_, table, _)) => self.reach(table, None).ok_or_else(refused)?,
        };
        let expression = Expression::Distinct(ColumnRef { table, column: foreign.to_owned() });
        let plural = model::entity(&self.info.name, self.base).map_or(self.base, |base| base.plural);
        Ok(Measure { expression, alias, title: format!("{title} (with {plural})"), money: false })
    }

    fn values(&mut self) -> Result<Vec<Filter>, String> {
        let mut filters: Vec<Filter> = Vec::new();
        let reading = self.reading;
        for Wanted { places, value, bound, negated, text } in &reading.wanted {
            let column = self.resolve(places, *bound).ok_or_else(|| text.clone())?;
            let same = filters.iter_mut().find_map(|filter| match filter {
                Filter::OneOf { column: known, values, negated: not }
                    if *known == column && not == negated =>
                {
                    Some(values)
                }
                _ => None,
            });
            match same {
                Some(values) if values.contains(value) => {}
                Some(values) => values.push(value.clone()),
                None => {
                    filters.push(Filter::OneOf { column, values: vec![value.clone()], negated: *negated });
                }
            }
        }
        Ok(filters)
    }

    fn part_of(&self, measures: &mut [Measure], values: Vec<Filter>) -> Result<(), String> {
        let refused = || Err("share of what".to_owned());
        let ([measure], false) = (measures, values.is_empty()) else { return refused() };
        let values_text = values.iter().filter_map(title::filter).collect::<Vec<_>>().join(", ");
        let whole = measure.title.trim_start_matches("Number of ").to_lowercase();
        measure.expression = match &measure.expression {
            Expression::Rows => Expression::Rate(values),
            Expression::Column(Aggregation::Sum, column) => Expression::PartOf(column.clone(), values),
            _ => return refused(),
        };
        measure.alias = "share_percent".to_owned();
        measure.title = format!("Share of {whole} in %: {values_text}");
        measure.money = false;
        Ok(())
    }

    /// Comparisons of what is measured are conditions on groups, all others on rows.
    fn comparisons(&mut self, measures: &[Measure]) -> Result<(Vec<Filter>, Vec<Condition>), String> {
        let (mut filters, mut having) = (Vec::new(), Vec::new());
        let reading = self.reading;
        for Comparison { target, operator, numbers, text } in &reading.comparisons {
            let scaled = |money: bool| {
                numbers.iter().map(|number| if money { number * 100 } else { *number }).collect()
            };
            let same = |known: &Target| match (known, target) {
                (Target::Metric(one, own), Target::Metric(other, aggregation)) => {
                    one == other && (own == aggregation || aggregation.is_none())
                }
                (one, other) => one == other,
            };
            let measured = reading.targets.iter().position(same);
            let grouped = !reading.groups.is_empty()
                && measured.is_some_and(|at| {
                    !matches!(measures[at].expression, Expression::Column(Aggregation::Value, _))
                });
            if let (Some(measure), true) = (measured, grouped) {
                let numbers = scaled(measures[measure].money);
                having.push(Condition { measure, operator: *operator, numbers });
                continue;
            }
            let Target::Metric(metric, aggregation) = target else { return Err(text.clone()) };
            let plain = matches!(aggregation, None | Some(Aggregation::Value));
            // A condition on the sum of nothing grouped would be no condition on rows.
            let alone = reading.named.is_empty() && reading.groups.is_empty();
            if !plain || (measured.is_some() && alone) {
                return Err(text.clone());
            }
            let found = metric.forms.iter().find_map(|form| match form.value {
                Value::Column(column) => Some((self.reach(form.table, None)?, column)),
                _ => None,
            });
            let (table, column) = found.ok_or_else(|| text.clone())?;
            let column = ColumnRef { table, column: column.to_owned() };
            filters.push(Filter::Compare { column, operator: *operator, numbers: scaled(metric.money) });
        }
        Ok((filters, having))
    }

    fn span(&mut self) -> Result<Option<Span>, String> {
        let ranges = &self.reading.ranges;
        if ranges.is_empty() {
            return Ok(None);
        }
        let text = ranges.iter().map(|range| range.text()).collect::<Vec<_>>().join(", ");
        let column = self.date().ok_or_else(|| text.clone())?;
        let mut merged: Vec<(String, String)> = Vec::new();
        for (from, to) in ranges.iter().map(|range| range.days()) {
            match merged.last_mut() {
                Some((_, end)) if *end == from => *end = to,
                _ => merged.push((from, to)),
            }
        }
        Ok(Some(Span { column, ranges: merged, text }))
    }

    /// Ranked: by the measure. Over time: by time. Otherwise the largest first; names settle ties.
    fn order(&self, tree: &QueryTree) -> Vec<OrderBy> {
        if let Some(entity) = self.reading.list {
            return vec![OrderBy { alias: entity.key.to_owned(), descending: false }];
        }
        if tree.dimensions.is_empty() {
            return Vec::new();
        }
        let by_names =
            tree.dimensions.iter().map(|one| OrderBy { alias: one.alias().to_owned(), descending: false });
        let timed = tree.dimensions.iter().any(|dimension| matches!(dimension, Dimension::Time { .. }));
        let mut order = Vec::new();
        if self.reading.ranking.is_some() || !timed {
            let descending = self.reading.ranking.is_none_or(|ranking| ranking.descending);
            order.extend(tree.measures.first().map(|one| OrderBy { alias: one.alias.clone(), descending }));
        }
        order.extend(by_names);
        order
    }
}

/// `order_status` as words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}
