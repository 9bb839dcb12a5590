//! The schema of both databases, known without opening a file.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// One database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseInfo {
    /// Name.
    pub name: String,
    /// One sentence on what is in it.
    pub description: String,
    /// Tables.
    pub tables: Vec<TableInfo>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// Name.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<ColumnInfo>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnInfo {
    /// Name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Table and column it is a foreign key to.
    pub references: Option<(String, String)>,
}

/// What the values of a column are. The names are those of result columns on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Whole number.
    Integer,
    /// Money in whole cents.
    MoneyCents,
    /// Floating point number.
    Real,
    /// Text.
    Text,
    /// Day (`YYYY-MM-DD`), month (`YYYY-MM`) or quarter (`YYYY-Qn`) as text.
    Date,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Integer => "integer",
            Self::MoneyCents => "money_cents",
            Self::Real => "real",
            Self::Text => "text",
            Self::Date => "date",
        })
    }
}

impl ColumnKind {
    /// What a column that the catalogue does not know holds, by its declared type and by the names that this
    /// program gives money and days.
    pub(super) fn declared(name: &str, declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        if declared.contains("INT") {
            return if name.ends_with("_cents") { Self::MoneyCents } else { Self::Integer };
        }
        if name.ends_with("_date") || name.ends_with("_on") || declared == "DATE" {
            Self::Date
        } else if ["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"].iter().any(|real| declared.contains(real)) {
            Self::Real
        } else {
            Self::Text
        }
    }
}

impl DatabaseInfo {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&TableInfo> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl TableInfo {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// All embedded databases, the default one first.
pub fn catalog() -> &'static [DatabaseInfo] {
    static CATALOG: LazyLock<Vec<DatabaseInfo>> = LazyLock::new(|| {
        vec![
            database(
                "financial_db",
                "Made-up retail finance, 2022 to 2025: customers, products, orders, purchases, payments",
                FINANCIAL,
            ),
            database("tpch", "TPC-H-derived wholesale data: parts, suppliers, customers, orders", TPCH),
        ]
    });
    &CATALOG
}

/// `table: column kind [?] [-> table.column], …` a line; `?` is nullable.
const FINANCIAL: &str = "
customers: customer_id integer, name text, email text, segment text, region text, country text, city text, status text, channel text, signup_date date, credit_limit_cents money
products: product_id integer, name text, category text, subcategory text, brand text, status text, price_cents money, cost_cents money, launched_on date
orders: order_id integer, customer_id integer -> customers.customer_id, order_date date, status text, channel text, region text, country text, item_count integer, discount_cents money, tax_cents money, shipping_cents money, total_cents money, shipped_on date ?
order_items: order_item_id integer, order_id integer -> orders.order_id, product_id integer -> products.product_id, order_date date, quantity integer, unit_price_cents money, discount_cents money, line_total_cents money, line_cost_cents money
purchases: purchase_id integer, customer_id integer -> customers.customer_id, order_id integer -> orders.order_id, purchase_date date, amount_cents money, refunded_cents money, channel text
payments: payment_id integer, order_id integer -> orders.order_id, customer_id integer -> customers.customer_id, payment_date date, method text, status text, amount_cents money, fee_cents money
";

const TPCH: &str = "
region: r_regionkey integer, r_name text, r_comment text
nation: n_nationkey integer, n_name text, n_regionkey integer -> region.r_regionkey, n_comment text
supplier: s_suppkey integer, s_name text, s_address text, s_nationkey integer -> nation.n_nationkey, s_phone text, s_acctbal_cents money, s_comment text
part: p_partkey integer, p_name text, p_mfgr text, p_brand text, p_type text, p_size integer, p_container text, p_retailprice_cents money, p_comment text
partsupp: ps_partkey integer -> part.p_partkey, ps_suppkey integer -> supplier.s_suppkey, ps_availqty integer, ps_supplycost_cents money, ps_comment text
customer: c_custkey integer, c_name text, c_address text, c_nationkey integer -> nation.n_nationkey, c_phone text, c_acctbal_cents money, c_mktsegment text, c_comment text
orders: o_orderkey integer, o_custkey integer -> customer.c_custkey, o_orderstatus text, o_totalprice_cents money, o_orderdate date, o_orderpriority text, o_clerk text, o_shippriority integer, o_comment text
lineitem: l_orderkey integer -> orders.o_orderkey, l_partkey integer -> part.p_partkey, l_suppkey integer -> supplier.s_suppkey, l_linenumber integer, l_quantity integer, l_extendedprice_cents money, l_discount_percent integer, l_tax_percent integer, l_revenue_cents money, l_returnflag text, l_linestatus text, l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct text, l_shipmode text, l_comment text
";

fn database(name: &str, description: &str, lines: &str) -> DatabaseInfo {
    let tables = lines.lines().filter_map(|line| line.split_once(": ")).map(table).collect();
    DatabaseInfo { name: name.to_owned(), description: description.to_owned(), tables }
}

fn table((name, columns): (&str, &str)) -> TableInfo {
    TableInfo { name: name.to_owned(), columns: columns.split(", ").filter_map(column).collect() }
}

fn column(text: &str) -> Option<ColumnInfo> {
    let mut words = text.split_whitespace();
    let name = words.next()?.to_owned();
    let kind = match words.next()? {
        "integer" => ColumnKind::Integer,
        "money" => ColumnKind::MoneyCents,
        "real" => ColumnKind::Real,
        "date" => ColumnKind::Date,
        _ => ColumnKind::Text,
    };
    let rest: Vec<&str> = words.collect();
    let nullable = rest.contains(&"?");
    let references = rest
        .last()
        .and_then(|target| target.split_once('.'))
        .map(|(table, column)| (table.to_owned(), column.to_owned()));
    Some(ColumnInfo { name, kind, nullable, references })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_key_points_at_a_column_of_the_same_kind() {
        for database in catalog() {
            let mut keys = 0;
            for column in database.tables.iter().flat_map(|table| &table.columns) {
                let Some((table, target)) = &column.references else { continue };
                let found = database.table(table).and_then(|table| table.column(target));
                assert_eq!(found.map(|found| found.kind), Some(column.kind), "{}", column.name);
                keys += 1;
            }
            assert!(keys >= 7, "{}: {keys}", database.name);
        }
    }

    #[test]
    fn money_columns_are_the_ones_that_say_cents() {
        for column in catalog().iter().flat_map(|database| &database.tables).flat_map(|table| &table.columns)
        {
            assert_eq!(
                column.kind == ColumnKind::MoneyCents,
                column.name.ends_with("_cents"),
                "{}",
                column.name
            );
        }
    }
}
