//! The typed query tree: what a question means, before any SQL.

use serde::Serialize;

/// What a question means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryTree {
    /// Database.
    pub database: String,
    /// Table whose rows are counted, summed or listed.
    pub base: String,
    /// Tables joined to it, each many-to-one, so that no row of the base is seen twice.
    pub joins: Vec<Join>,
    /// Plain columns, of a list of rows.
    pub columns: Vec<ColumnRef>,
    /// What is grouped by.
    pub dimensions: Vec<Dimension>,
    /// What is measured.
    pub measures: Vec<Measure>,
    /// What a row must be like.
    pub filters: Vec<Filter>,
    /// When a row must have happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What a group must be like.
    pub having: Vec<Condition>,
    /// Add each group's share of all groups, in percent.
    pub share: bool,
    /// The groups themselves are not wanted, only how many there are.
    pub count_groups: bool,
    /// Order of the answer.
    pub order: Vec<OrderBy>,
    /// Most rows, of a top-N question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A column of a table, by the name the table has in this query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnRef {
    /// Table, or its alias.
    pub table: String,
    /// Column.
    pub column: String,
}

/// One many-to-one join along a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Join {
    /// Table joined.
    pub table: String,
    /// The name it has in this query.
    pub alias: String,
    /// Foreign key.
    pub from: ColumnRef,
    /// Key of the table joined.
    pub key: String,
}

/// Something grouped by.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// A column.
    Column {
        /// The column.
        column: ColumnRef,
        /// Its name in the answer.
        alias: String,
    },
    /// A thing, such as a customer: grouped by key, shown by label.
    Entity {
        /// Key.
        key: ColumnRef,
        /// Label.
        label: ColumnRef,
        /// Its name in the answer.
        alias: String,
    },
    /// A date, by month, quarter, …
    Time {
        /// The date.
        column: ColumnRef,
        /// Grain.
        grain: Grain,
    },
}

/// Grain of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Day.
    Day,
    /// Week, named by its Monday.
    Week,
    /// Month.
    Month,
    /// Quarter.
    Quarter,
    /// Year.
    Year,
}

/// How rows become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Sum.
    Sum,
    /// Mean.
    Avg,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// The value itself: every group is one row.
    Value,
}

/// What is computed of a row or of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// Number of rows.
    Rows,
    /// A column, aggregated.
    Column(Aggregation, ColumnRef),
    /// One column minus another, aggregated.
    Difference(Aggregation, ColumnRef, ColumnRef),
    /// Number of distinct values of a column.
    Distinct(ColumnRef),
    /// Percentage of rows that meet the conditions.
    Rate(Vec<Filter>),
    /// Percentage of the expression that comes from rows that meet the conditions.
    PartOf(ColumnRef, Vec<Filter>),
    /// What is left of the first column's sum after the second's, in percent of the first.
    Margin(ColumnRef, ColumnRef),
    /// Sum of the first column by distinct values of the second.
    PerDistinct(ColumnRef, ColumnRef),
}

/// Something measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What is computed.
    pub expression: Expression,
    /// Its name in the answer; money ends in `_cents`.
    pub alias: String,
    /// Title for a person.
    pub title: String,
    /// Whether it is money in cents.
    pub money: bool,
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// Both ends included.
    Between,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The column has one of the values (or none of them).
    OneOf {
        /// Column.
        column: ColumnRef,
        /// Values.
        values: Vec<String>,
        /// None of them.
        negated: bool,
    },
    /// The column compares to numbers (two for `Between`), in thousandths of the column's unit.
    Compare {
        /// Column.
        column: ColumnRef,
        /// How.
        operator: Operator,
        /// With what.
        numbers: Vec<i64>,
    },
}

/// Days from (inclusive) and to (exclusive), `YYYY-MM-DD`; any one of the ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The date.
    pub column: ColumnRef,
    /// From and to; an empty end is open.
    pub ranges: Vec<(String, String)>,
    /// For a person.
    pub text: String,
}

/// A condition on groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// Which measure, by place.
    pub measure: usize,
    /// How.
    pub operator: Operator,
    /// With what, in thousandths.
    pub numbers: Vec<i64>,
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderBy {
    /// A name in the answer.
    pub alias: String,
    /// Largest first.
    pub descending: bool,
}

impl Grain {
    /// Name, also that of the column in the answer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

impl Dimension {
    /// Name in the answer.
    pub fn alias(&self) -> &str {
        match self {
            Self::Column { alias, .. } | Self::Entity { alias, .. } => alias,
            Self::Time { grain, .. } => grain.name(),
        }
    }
}

impl QueryTree {
    /// All tables that are read.
    pub fn tables(&self) -> Vec<&str> {
        let mut tables = vec![self.base.as_str()];
        for join in &self.joins {
            if !tables.contains(&join.table.as_str()) {
                tables.push(&join.table);
            }
        }
        tables
    }
}
