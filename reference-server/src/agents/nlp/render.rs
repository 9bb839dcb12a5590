//! SQL of a query tree.

use std::fmt::Write;

use super::Dialect;
use super::tree::{
    Aggregation, ColumnRef, Condition, Dimension, Expression, Filter, Grain, Measure, Operator, QueryTree,
};

impl QueryTree {
    /// The statement, for one dialect.
    pub fn render(&self, dialect: Dialect) -> String {
        let sql = Renderer { tree: self, dialect }.statement();
        if self.count_groups {
            let alias = self.dimensions.first().map_or("group", Dimension::alias);
            return format!("SELECT COUNT(*) AS {alias}_count FROM ({sql}) AS counted");
        }
        sql
    }
}

struct Renderer<'a> {
    tree: &'a QueryTree,
    dialect: Dialect,
}

impl Renderer<'_> {
    fn statement(&self) -> String {
        let tree = self.tree;
        let mut sql = format!("SELECT {} FROM {}", self.selected().join(", "), tree.base);
        for join in &tree.joins {
            let named = if join.alias == join.table { String::new() } else { format!(" AS {}", join.alias) };
            let _ = write!(sql, " JOIN {}{named} ON ", join.table);
            let _ = write!(sql, "{}.{} = {}.{}", join.alias, join.key, join.from.table, join.from.column);
        }
        let conditions: Vec<String> =
            tree.filters.iter().map(|filter| self.filter(filter)).chain(self.span()).collect();
        if !conditions.is_empty() {
            let _ = write!(sql, " WHERE {}", conditions.join(" AND "));
        }
        let groups = self.groups();
        if !groups.is_empty() {
            let _ = write!(sql, " GROUP BY {}", groups.join(", "));
        }
        let having: Vec<String> = tree.having.iter().filter_map(|condition| self.having(condition)).collect();
        if !having.is_empty() {
            let _ = write!(sql, " HAVING {}", having.join(" AND "));
        }
        if !tree.order.is_empty() && !tree.count_groups {
            let keys: Vec<String> = tree
                .order
                .iter()
                .map(|key| if key.descending { format!("{} DESC", key.alias) } else { key.alias.clone() })
                .collect();
            let _ = write!(sql, " ORDER BY {}", keys.join(", "));
        }
        if let Some(limit) = tree.limit {
            let _ = write!(sql, " LIMIT {limit}");
        }
        sql
    }

    fn selected(&self) -> Vec<String> {
        let tree = self.tree;
        let columns = tree.columns.iter().map(|column| self.column(column));
        let dimensions =
            tree.dimensions.iter().map(|dimension| named(&self.dimension(dimension), dimension.alias()));
        let measures = tree.measures.iter().map(|measure| named(&self.measure(measure), &measure.alias));
        let mut all: Vec<String> = columns.chain(dimensions).chain(measures).collect();
        if let (true, Some(measure)) = (tree.share, tree.measures.first()) {
            let value = self.measure(measure);
            let share = self.percent(&value, &format!("SUM({value}) OVER ()"));
            all.push(format!("{share} AS share_percent"));
        }
        all
    }

    fn groups(&self) -> Vec<String> {
        let mut groups = Vec::new();
        for dimension in &self.tree.dimensions {
            match dimension {
                Dimension::Entity { key, label, .. } if key != label => {
                    groups.extend([self.column(key), self.column(label)]);
                }
                other => groups.push(self.dimension(other)),
            }
        }
        // Every group is one row: nothing to group.
        let values = self
            .tree
            .measures
            .iter()
            .all(|measure| matches!(measure.expression, Expression::Column(Aggregation::Value, _)));
        if values && !self.tree.measures.is_empty() { Vec::new() } else { groups }
    }

    fn dimension(&self, dimension: &Dimension) -> String {
        match dimension {
            Dimension::Column { column, .. } | Dimension::Entity { label: column, .. } => self.column(column),
            Dimension::Time { column, grain } => self.time(&self.column(column), *grain),
        }
    }

    /// SQLite keeps dates as text; its expressions are those of the indexes, to the letter.
    fn time(&self, date: &str, grain: Grain) -> String {
        match (self.dialect, grain) {
            (_, Grain::Day) => date.to_owned(),
            (Dialect::Sqlite, Grain::Week) => format!("date({date}, 'weekday 0', '-6 days')"),
            (Dialect::Sqlite, Grain::Month) => format!("substr({date}, 1, 7)"),
            (Dialect::Sqlite, Grain::Quarter) => {
                format!("substr({date}, 1, 4) || '-Q' || ((CAST(substr({date}, 6, 2) AS INTEGER) + 2) / 3)")
            }
            (Dialect::Sqlite, Grain::Year) => format!("substr({date}, 1, 4)"),
            (Dialect::MySql, Grain::Week) => {
                format!("DATE_FORMAT(DATE_SUB({date}, INTERVAL WEEKDAY({date}) DAY), '%Y-%m-%d')")
            }
            (Dialect::MySql, Grain::Month) => format!("DATE_FORMAT({date}, '%Y-%m')"),
            (Dialect::MySql, Grain::Quarter) => format!("CONCAT(YEAR({date}), '-Q', QUARTER({date}))"),
            (Dialect::MySql, Grain::Year) => format!("DATE_FORMAT({date}, '%Y')"),
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        match &measure.expression {
            Expression::Rows => "COUNT(*)".to_owned(),
            Expression::Column(aggregation, column) => {
                self.aggregate(*aggregation, &self.column(column), measure.money)
            }
            Expression::Difference(aggregation, column, less) => {
                let difference = format!("{} - {}", self.column(column), self.column(less));
                self.aggregate(*aggregation, &difference, measure.money)
            }
            Expression::Distinct(column) => format!("COUNT(DISTINCT {})", self.column(column)),
            Expression::Rate(filters) => {
                let met = format!("SUM(CASE WHEN {} THEN 1 ELSE 0 END)", self.all(filters));
                self.percent(&met, "COUNT(*)")
            }
            Expression::PartOf(column, filters) => {
                let (when, column) = (self.all(filters), self.column(column));
                let part = format!("SUM(CASE WHEN {when} THEN {column} ELSE 0 END)");
                self.percent(&part, &format!("SUM({column})"))
            }
            Expression::Margin(column, less) => {
                let (column, less) = (self.column(column), self.column(less));
                self.percent(&format!("SUM({column} - {less})"), &format!("SUM({column})"))
            }
            Expression::PerDistinct(column, by) => {
                let (column, by) = (self.column(column), self.column(by));
                let mean = match self.dialect {
                    Dialect::Sqlite => format!("1.0 * SUM({column}) / COUNT(DISTINCT {by})"),
                    Dialect::MySql => format!("1e0 * SUM({column}) / COUNT(DISTINCT {by})"),
                };
                self.rounded(&mean, measure.money)
            }
        }
    }

    fn aggregate(&self, aggregation: Aggregation, value: &str, money: bool) -> String {
        match aggregation {
            Aggregation::Sum => format!("SUM({value})"),
            Aggregation::Min => format!("MIN({value})"),
            Aggregation::Max => format!("MAX({value})"),
            Aggregation::Avg => match self.dialect {
                Dialect::Sqlite => self.rounded(&format!("AVG({value})"), money),
                Dialect::MySql => self.rounded(&format!("AVG(1e0 * ({value}))"), money),
            },
            Aggregation::Value => value.to_owned(),
        }
    }

    /// Money stays in whole cents; anything else gets two decimals. MySQL would cut a mean of whole numbers to
    /// four decimals before rounding it, so it is given floating point, which is rounded once, half away from
    /// zero, as SQLite does.
    fn rounded(&self, mean: &str, money: bool) -> String {
        match (money, self.dialect) {
            (true, Dialect::Sqlite) => format!("CAST(ROUND({mean}) AS INTEGER)"),
            (true, Dialect::MySql) => format!("CAST({mean} AS DECIMAL(20, 0))"),
            (false, Dialect::Sqlite) => format!("ROUND({mean}, 2)"),
            (false, Dialect::MySql) => format!("CAST({mean} AS DECIMAL(20, 2))"),
        }
    }

    fn percent(&self, part: &str, whole: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("ROUND(100.0 * {part} / {whole}, 2)"),
            Dialect::MySql => format!("CAST(1e2 * {part} / {whole} AS DECIMAL(20, 2))"),
        }
    }

    fn all(&self, filters: &[Filter]) -> String {
        filters.iter().map(|filter| self.filter(filter)).collect::<Vec<_>>().join(" AND ")
    }

    fn filter(&self, filter: &Filter) -> String {
        match filter {
            Filter::OneOf { column, values, negated } => {
                let column = self.column(column);
                let quoted: Vec<String> = values.iter().map(|value| self.quoted(value)).collect();
                match (quoted.as_slice(), negated) {
                    ([value], false) => format!("{column} = {value}"),
                    ([value], true) => format!("{column} <> {value}"),
                    (values, false) => format!("{column} IN ({})", values.join(", ")),
                    (values, true) => format!("{column} NOT IN ({})", values.join(", ")),
                }
            }
            Filter::Compare { column, operator, numbers } => {
                compare(&self.column(column), *operator, numbers)
            }
        }
    }

    fn span(&self) -> Option<String> {
        let span = self.tree.span.as_ref()?;
        let date = self.column(&span.column);
        let ranges: Vec<String> = span
            .ranges
            .iter()
            .map(|(from, to)| match (from.as_str(), to.as_str()) {
                ("", to) => format!("{date} < {}", self.quoted(to)),
                (from, "") => format!("{date} >= {}", self.quoted(from)),
                (from, to) => {
                    format!("{date} >= {} AND {date} < {}", self.quoted(from), self.quoted(to))
                }
            })
            .collect();
        match ranges.as_slice() {
            [one] => Some(one.clone()),
            more => Some(format!("({})", more.join(" OR "))),
        }
    }

    fn having(&self, condition: &Condition) -> Option<String> {
        let measure = self.tree.measures.get(condition.measure)?;
        Some(compare(&self.measure(measure), condition.operator, &condition.numbers))
    }

    fn quoted(&self, value: &str) -> String {
        let value = value.replace('\'', "''");
        match self.dialect {
            Dialect::Sqlite => format!("'{value}'"),
            Dialect::MySql => format!("'{}'", value.replace('\\', "\\\\")),
        }
    }

    /// Qualified only where there is more than one table.
    fn column(&self, column: &ColumnRef) -> String {
        if self.tree.joins.is_empty() {
            column.column.clone()
        } else {
            format!("{}.{}", column.table, column.column)
        }
    }
}

fn named(expression: &str, alias: &str) -> String {
    if expression == alias { alias.to_owned() } else { format!("{expression} AS {alias}") }
}

fn compare(value: &str, operator: Operator, numbers: &[i64]) -> String {
    let number = |at: usize| decimal(numbers.get(at).copied().unwrap_or_default());
    let sign = match operator {
        Operator::Between => return format!("{value} BETWEEN {} AND {}", number(0), number(1)),
        Operator::Equal => "=",
        Operator::Unequal => "<>",
        Operator::Greater => ">",
        Operator::AtLeast => ">=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
    };
    format!("{value} {sign} {}", number(0))
}

/// Thousandths as a decimal number.
fn decimal(thousandths: i64) -> String {
    match thousandths % 1_000 {
        0 => (thousandths / 1_000).to_string(),
        rest => format!("{}.{:03}", thousandths / 1_000, rest.abs()),
    }
}
