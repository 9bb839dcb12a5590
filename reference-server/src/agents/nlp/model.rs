//! What can be measured and listed, per database: the meaning behind the dictionary's names.
//!
//! A metric has one or more forms, each on the table whose rows it is summed over. The planner takes the first
//! form from which everything asked for can be reached many-to-one, so that no row is counted twice.

use super::tree::Aggregation;

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// Database.
    pub(super) database: &'static str,
    /// Name the dictionary maps to; also the column in the answer, with `_cents` when it is money.
    pub(super) name: &'static str,
    /// For a person.
    pub(super) title: &'static str,
    /// Aggregation when the question names none.
    pub(super) default: Aggregation,
    /// Whether other aggregations make sense: the largest order value does, the largest revenue doesn't.
    pub(super) open: bool,
    /// Cents.
    pub(super) money: bool,
    /// Tables it can be taken from, the best first.
    pub(super) forms: &'static [Form],
}

/// A metric on one table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Table.
    pub(super) table: &'static str,
    /// What is computed of its columns.
    pub(super) value: Value,
    /// The date it happened, if not the table's own.
    pub(super) date: Option<&'static str>,
}

/// What is computed of the columns of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A column.
    Column(&'static str),
    /// One column minus another.
    Difference(&'static str, &'static str),
    /// Number of rows.
    Rows,
    /// Number of distinct values.
    Distinct(&'static str),
    /// Percentage of rows where the column has the value.
    Rate(&'static str, &'static str),
    /// What is left of the first after the second, in percent.
    Margin(&'static str, &'static str),
    /// Sum of the first by distinct values of the second.
    PerDistinct(&'static str, &'static str),
}

impl Value {
    /// What is computed, in words.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Column(column) => (*column).to_owned(),
            Self::Difference(one, other) => format!("{one} - {other}"),
            Self::Rows => "rows".to_owned(),
            Self::Distinct(column) => format!("distinct {column}"),
            Self::Rate(column, value) => format!("percent of rows with {column} = '{value}'"),
            Self::Margin(one, other) => format!("100 * (sum {one} - sum {other}) / sum {one}"),
            Self::PerDistinct(column, by) => format!("sum {column} by distinct {by}"),
        }
    }
}

/// A thing that can be counted, listed and grouped by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entity {
    /// Database.
    pub(super) database: &'static str,
    /// Table.
    pub(super) table: &'static str,
    /// Key.
    pub(super) key: &'static str,
    /// What a person knows it by.
    pub(super) label: &'static str,
    /// Name in an answer.
    pub(super) alias: &'static str,
    /// Plural, for titles.
    pub(super) plural: &'static str,
    /// The date it happened.
    pub(super) date: Option<&'static str>,
    /// What "large" means for it.
    pub(super) size: Option<&'static str>,
    /// Columns of a list.
    pub(super) list: &'static [&'static str],
}

const F: &str = "financial_db";
const T: &str = "tpch";

const fn on(table: &'static str, value: Value) -> Form {
    Form { table, value, date: None }
}

const fn money(
    database: &'static str,
    name: &'static str,
    title: &'static str,
    default: Aggregation,
    forms: &'static [Form],
) -> Metric {
    Metric { database, name, title, default, open: true, money: true, forms }
}

const fn number(
    database: &'static str,
    name: &'static str,
    title: &'static str,
    default: Aggregation,
    forms: &'static [Form],
) -> Metric {
    Metric { database, name, title, default, open: true, money: false, forms }
}

/// The same, with no other aggregation than its own.
const fn closed(metric: Metric) -> Metric {
    Metric { open: false, ..metric }
}

use Aggregation::{Avg, Sum};
use Value::{Column, Difference, Distinct, Margin, PerDistinct, Rate, Rows};

/// All metrics.
pub(super) static METRICS: [Metric; 37] = [
    closed(money(
        F,
        "revenue",
        "Revenue",
        Sum,
        &[on("orders", Column("total_cents")), on("order_items", Column("line_total_cents"))],
    )),
    money(F, "order_value", "Order value", Sum, &[on("orders", Column("total_cents"))]),
    money(F, "purchase_amount", "Purchase amount", Sum, &[on("purchases", Column("amount_cents"))]),
    money(
        F,
        "amount",
        "Amount",
        Sum,
        &[
            on("payments", Column("amount_cents")),
            on("purchases", Column("amount_cents")),
            on("orders", Column("total_cents")),
        ],
    ),
    money(F, "refunds", "Refunded amount", Sum, &[on("purchases", Column("refunded_cents"))]),
    closed(money(
        F,
        "net_revenue",
        "Net revenue",
        Sum,
        &[on("purchases", Difference("amount_cents", "refunded_cents"))],
    )),
    money(F, "payment_amount", "Payment amount", Sum, &[on("payments", Column("amount_cents"))]),
    money(F, "fees", "Payment fees", Sum, &[on("payments", Column("fee_cents"))]),
    closed(money(
        F,
        "profit",
        "Gross profit",
        Sum,
        &[on("order_items", Difference("line_total_cents", "line_cost_cents"))],
    )),
    closed(number(
        F,
        "margin_percent",
        "Gross margin %",
        Avg,
        &[on("order_items", Margin("line_total_cents", "line_cost_cents"))],
    )),
    closed(money(F, "cost", "Cost of goods sold", Sum, &[on("order_items", Column("line_cost_cents"))])),
    number(F, "units_sold", "Units sold", Sum, &[on("order_items", Column("quantity"))]),
    money(
        F,
        "discount",
        "Discount",
        Sum,
        &[on("orders", Column("discount_cents")), on("order_items", Column("discount_cents"))],
    ),
    money(F, "tax", "Tax", Sum, &[on("orders", Column("tax_cents"))]),
    money(F, "shipping", "Shipping cost", Sum, &[on("orders", Column("shipping_cents"))]),
    money(F, "price", "Price", Avg, &[on("products", Column("price_cents"))]),
    money(F, "unit_cost", "Unit cost", Avg, &[on("products", Column("cost_cents"))]),
    money(F, "selling_price", "Selling price", Avg, &[on("order_items", Column("unit_price_cents"))]),
    money(F, "credit_limit", "Credit limit", Avg, &[on("customers", Column("credit_limit_cents"))]),
    number(F, "items_per_order", "Items per order", Avg, &[on("orders", Column("item_count"))]),
    closed(number(
        F,
        "new_customers",
        "New customers",
        Sum,
        &[Form { table: "customers", value: Rows, date: Some("signup_date") }],
    )),
    closed(number(
        F,
        "ordering_customers",
        "Customers who ordered",
        Sum,
        &[on("orders", Distinct("customer_id"))],
    )),
    closed(number(
        F,
        "cancellation_rate_percent",
        "Cancellation rate %",
        Avg,
        &[on("orders", Rate("status", "cancelled"))],
    )),
    closed(number(
        F,
        "return_rate_percent",
        "Return rate %",
        Avg,
        &[on("orders", Rate("status", "returned"))],
    )),
    closed(number(
        F,
        "payment_failure_rate_percent",
        "Payment failure rate %",
        Avg,
        &[on("payments", Rate("status", "failed"))],
    )),
    closed(money(
        F,
        "revenue_per_customer",
        "Revenue per customer",
        Avg,
        &[on("orders", PerDistinct("total_cents", "customer_id"))],
    )),
    closed(money(T, "revenue", "Revenue", Sum, &[on("lineitem", Column("l_revenue_cents"))])),
    money(T, "order_value", "Order value", Sum, &[on("orders", Column("o_totalprice_cents"))]),
    money(T, "extended_price", "Extended price", Sum, &[on("lineitem", Column("l_extendedprice_cents"))]),
    number(T, "units_sold", "Units sold", Sum, &[on("lineitem", Column("l_quantity"))]),
    number(T, "discount_percent", "Discount %", Avg, &[on("lineitem", Column("l_discount_percent"))]),
    number(T, "tax_percent", "Tax %", Avg, &[on("lineitem", Column("l_tax_percent"))]),
    money(T, "price", "Retail price", Avg, &[on("part", Column("p_retailprice_cents"))]),
    money(T, "supply_cost", "Supply cost", Avg, &[on("partsupp", Column("ps_supplycost_cents"))]),
    number(T, "stock", "Available quantity", Sum, &[on("partsupp", Column("ps_availqty"))]),
    money(
        T,
        "account_balance",
        "Account balance",
        Sum,
        &[on("customer", Column("c_acctbal_cents")), on("supplier", Column("s_acctbal_cents"))],
    ),
    closed(number(
        T,
        "return_rate_percent",
        "Return rate %",
        Avg,
        &[on("lineitem", Rate("l_returnflag", "R"))],
    )),
];

/// All entities.
pub(super) static ENTITIES: [Entity; 13] = [
    Entity {
        database: F,
        table: "customers",
        key: "customer_id",
        label: "name",
        alias: "customer",
        plural: "customers",
        date: None,
        size: None,
        list: &["customer_id", "name", "segment", "country", "status", "signup_date"],
    },
    Entity {
        database: F,
        table: "products",
        key: "product_id",
        label: "name",
        alias: "product",
        plural: "products",
        date: None,
        size: None,
        list: &["product_id", "name", "category", "brand", "status", "price_cents"],
    },
    Entity {
        database: F,
        table: "orders",
        key: "order_id",
        label: "order_id",
        alias: "order_id",
        plural: "orders",
        date: Some("order_date"),
        size: Some("order_value"),
        list: &["order_id", "order_date", "status", "channel", "country", "total_cents"],
    },
    Entity {
        database: F,
        table: "order_items",
        key: "order_item_id",
        label: "order_item_id",
        alias: "order_item_id",
        plural: "order items",
        date: Some("order_date"),
        size: None,
        list: &["order_item_id", "order_id", "product_id", "order_date", "quantity", "line_total_cents"],
    },
    Entity {
        database: F,
        table: "purchases",
        key: "purchase_id",
        label: "purchase_id",
        alias: "purchase_id",
        plural: "purchases",
        date: Some("purchase_date"),
        size: Some("purchase_amount"),
        list: &["purchase_id", "purchase_date", "channel", "amount_cents", "refunded_cents"],
    },
    Entity {
        database: F,
        table: "payments",
        key: "payment_id",
        label: "payment_id",
        alias: "payment_id",
        plural: "payments",
        date: Some("payment_date"),
        size: Some("payment_amount"),
        list: &["payment_id", "payment_date", "method", "status", "amount_cents", "fee_cents"],
    },
    Entity {
        database: T,
        table: "customer",
        key: "c_custkey",
        label: "c_name",
        alias: "customer",
        plural: "customers",
        date: None,
        size: None,
        list: &["c_custkey", "c_name", "c_mktsegment", "c_acctbal_cents"],
    },
    Entity {
        database: T,
        table: "supplier",
        key: "s_suppkey",
        label: "s_name",
        alias: "supplier",
        plural: "suppliers",
        date: None,
        size: None,
        list: &["s_suppkey", "s_name", "s_phone", "s_acctbal_cents"],
    },
    Entity {
        database: T,
        table: "part",
        key: "p_partkey",
        label: "p_name",
        alias: "part",
        plural: "parts",
        date: None,
        size: None,
        list: &["p_partkey", "p_name", "p_brand", "p_type", "p_size", "p_retailprice_cents"],
    },
    Entity {
        database: T,
        table: "orders",
        key: "o_orderkey",
        label: "o_orderkey",
        alias: "order_key",
        plural: "orders",
        date: Some("o_orderdate"),
        size: Some("order_value"),
        list: &["o_orderkey", "o_orderdate", "o_orderstatus", "o_orderpriority", "o_totalprice_cents"],
    },
    Entity {
        database: T,
        table: "lineitem",
        key: "l_orderkey",
        label: "l_orderkey",
        alias: "order_key",
        plural: "line items",
        date: Some("l_shipdate"),
        size: None,
        list: &["l_orderkey", "l_linenumber", "l_quantity", "l_revenue_cents", "l_shipdate", "l_shipmode"],
    },
    Entity {
        database: T,
        table: "nation",
        key: "n_nationkey",
        label: "n_name",
        alias: "nation",
        plural: "nations",
        date: None,
        size: None,
        list: &["n_nationkey", "n_name"],
    },
    Entity {
        database: T,
        table: "region",
        key: "r_regionkey",
        label: "r_name",
        alias: "region",
        plural: "regions",
        date: None,
        size: None,
        list: &["r_regionkey", "r_name"],
    },
];

/// The metric of that name.
pub(super) fn metric(database: &str, name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.database == database && metric.name == name)
}

/// The entity of that table.
pub(super) fn entity(database: &str, table: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.database == database && entity.table == table)
}

/// The last day of the data: "this year" is its year.
pub(super) fn last_day(database: &str) -> jiff::civil::Date {
    if database == T { jiff::civil::date(1998, 12, 1) } else { jiff::civil::date(2025, 12, 31) }
}

impl Metric {
    /// Name in an answer: `average_order_value_cents`.
    pub(super) fn alias(&self, aggregation: Aggregation) -> String {
        let cents = if self.money { "_cents" } else { "" };
        format!("{}{}{cents}", self.prefix(aggregation).0, self.name)
    }

    /// Title: `Average order value`.
    pub(super) fn title(&self, aggregation: Aggregation) -> String {
        match self.prefix(aggregation).1 {
            "" => self.title.to_owned(),
            prefix => format!("{prefix} {}", self.title.to_lowercase()),
        }
    }

    /// A sum is the plain name, except of prices and the like, which are not normally summed.
    fn prefix(&self, aggregation: Aggregation) -> (&'static str, &'static str) {
        match aggregation {
            Aggregation::Min => ("minimum_", "Smallest"),
            Aggregation::Max => ("maximum_", "Largest"),
            Aggregation::Avg if self.open => ("average_", "Average"),
            Aggregation::Sum if self.default != Sum => ("total_", "Total"),
            _ => ("", ""),
        }
    }
}
