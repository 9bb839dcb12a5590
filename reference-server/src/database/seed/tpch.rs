//! `tpch`: TPC-H-derived rows from `tpchgen`. Figures taken on it are no TPC-H results.
//!
//! At scales under 0.01 a part may have the same supplier twice, so that pair is no key here.
//! Money is in cents, discounts and taxes in whole percent, `l_revenue_cents` is the price after discount.

use rusqlite::{Connection, params};
use tpchgen::distribution::Distributions;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen::text::TextPool;

/// Bytes of the text that comments are cut from, as large as in TPC-H's own generator: of another size the rows would be
/// others.
const TEXT: i32 = 300 * 1024 * 1024;

/// What rows are made from. The text is ours and goes with it: the crate's own would stay in memory for good.
struct Source {
    scale: f64,
    words: &'static Distributions,
    text: TextPool,
}

const TABLES: &str = "
CREATE TABLE region (r_regionkey INTEGER PRIMARY KEY, r_name TEXT NOT NULL, r_comment TEXT NOT NULL);
CREATE TABLE nation (
    n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL, n_regionkey INTEGER NOT NULL REFERENCES region,
    n_comment TEXT NOT NULL);
CREATE TABLE supplier (
    s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_address TEXT NOT NULL,
    s_nationkey INTEGER NOT NULL REFERENCES nation, s_phone TEXT NOT NULL, s_acctbal_cents INTEGER NOT NULL,
    s_comment TEXT NOT NULL);
CREATE TABLE part (
    p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_mfgr TEXT NOT NULL, p_brand TEXT NOT NULL,
    p_type TEXT NOT NULL, p_size INTEGER NOT NULL, p_container TEXT NOT NULL,
    p_retailprice_cents INTEGER NOT NULL, p_comment TEXT NOT NULL);
CREATE TABLE partsupp (
    ps_partkey INTEGER NOT NULL REFERENCES part, ps_suppkey INTEGER NOT NULL REFERENCES supplier,
    ps_availqty INTEGER NOT NULL, ps_supplycost_cents INTEGER NOT NULL, ps_comment TEXT NOT NULL);
CREATE TABLE customer (
    c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_address TEXT NOT NULL,
    c_nationkey INTEGER NOT NULL REFERENCES nation, c_phone TEXT NOT NULL, c_acctbal_cents INTEGER NOT NULL,
    c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL);
CREATE TABLE orders (
    o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL REFERENCES customer,
    o_orderstatus TEXT NOT NULL, o_totalprice_cents INTEGER NOT NULL, o_orderdate TEXT NOT NULL,
    o_orderpriority TEXT NOT NULL, o_clerk TEXT NOT NULL, o_shippriority INTEGER NOT NULL,
    o_comment TEXT NOT NULL);
CREATE TABLE lineitem (
    l_orderkey INTEGER NOT NULL REFERENCES orders, l_partkey INTEGER NOT NULL REFERENCES part,
    l_suppkey INTEGER NOT NULL REFERENCES supplier, l_linenumber INTEGER NOT NULL, l_quantity INTEGER NOT NULL,
    l_extendedprice_cents INTEGER NOT NULL, l_discount_percent INTEGER NOT NULL,
    l_tax_percent INTEGER NOT NULL, l_revenue_cents INTEGER NOT NULL, l_returnflag TEXT NOT NULL,
    l_linestatus TEXT NOT NULL, l_shipdate TEXT NOT NULL, l_commitdate TEXT NOT NULL,
    l_receiptdate TEXT NOT NULL, l_shipinstruct TEXT NOT NULL, l_shipmode TEXT NOT NULL,
    l_comment TEXT NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber));
";

const INDEXES: &str = "
CREATE INDEX customer_by_segment ON customer (c_mktsegment, c_nationkey, c_acctbal_cents);
CREATE INDEX customer_by_nation ON customer (c_nationkey, c_acctbal_cents);
CREATE INDEX orders_by_customer ON orders (o_custkey, o_totalprice_cents, o_orderdate);
CREATE INDEX orders_by_year ON orders (substr(o_orderdate, 1, 4), o_totalprice_cents);
CREATE INDEX orders_by_month ON orders (substr(o_orderdate, 1, 7), o_totalprice_cents);
CREATE INDEX orders_by_date ON orders (o_orderdate, o_totalprice_cents, o_custkey);
CREATE INDEX orders_by_priority ON orders (o_orderpriority, o_orderdate, o_totalprice_cents);
CREATE INDEX orders_by_status ON orders (o_orderstatus, o_orderdate, o_totalprice_cents);
CREATE INDEX lineitem_by_order ON lineitem (l_orderkey, l_revenue_cents, l_quantity);
CREATE INDEX lineitem_by_year ON lineitem (substr(l_shipdate, 1, 4), l_revenue_cents, l_quantity);
CREATE INDEX lineitem_by_month ON lineitem (substr(l_shipdate, 1, 7), l_revenue_cents, l_quantity);
CREATE INDEX lineitem_by_shipdate ON lineitem (l_shipdate, l_revenue_cents, l_quantity, l_shipmode);
CREATE INDEX lineitem_by_mode ON lineitem (
    l_shipmode, l_revenue_cents, l_quantity, l_discount_percent, l_shipdate);
CREATE INDEX lineitem_by_flag ON lineitem (l_returnflag, l_linestatus, l_revenue_cents, l_quantity, l_shipdate);
CREATE INDEX lineitem_by_part ON lineitem (l_partkey, l_revenue_cents, l_quantity, l_shipdate);
CREATE INDEX lineitem_by_supplier ON lineitem (l_suppkey, l_revenue_cents, l_quantity, l_shipdate);
CREATE INDEX part_by_brand ON part (p_brand, p_retailprice_cents);
CREATE INDEX partsupp_by_part ON partsupp (ps_partkey, ps_suppkey, ps_supplycost_cents, ps_availqty);
CREATE INDEX partsupp_by_supplier ON partsupp (ps_suppkey, ps_supplycost_cents, ps_availqty);
";

/// Makes tables, rows and indexes in an empty database.
pub(in crate::database) fn make(into: &Connection, scale: f64) -> rusqlite::Result<()> {
    let words = Distributions::static_default();
    let from = Source { scale, words, text: TextPool::new(TEXT, words) };
    into.execute_batch(TABLES)?;
    places(into, &from)?;
    suppliers(into, &from)?;
    parts(into, &from)?;
    customers(into, &from)?;
    orders(into, &from)?;
    lines(into, &from)?;
    into.execute_batch(INDEXES)
}

fn places(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare("INSERT INTO region VALUES (?1, ?2, ?3)")?;
    for row in RegionGenerator::new_with_distributions_and_text_pool(from.words, &from.text).iter() {
        insert.execute(params![row.r_regionkey, row.r_name, row.r_comment])?;
    }
    let mut insert = into.prepare("INSERT INTO nation VALUES (?1, ?2, ?3, ?4)")?;
    for row in NationGenerator::new_with_distributions_and_text_pool(from.words, &from.text).iter() {
        insert.execute(params![row.n_nationkey, row.n_name, row.n_regionkey, row.n_comment])?;
    }
    Ok(())
}

fn suppliers(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare("INSERT INTO supplier VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for row in
        SupplierGenerator::new_with_distributions_and_text_pool(from.scale, 1, 1, from.words, &from.text)
            .iter()
    {
        insert.execute(params![
            row.s_suppkey,
            row.s_name.to_string(),
            row.s_address.to_string(),
            row.s_nationkey,
            row.s_phone.to_string(),
            row.s_acctbal.into_inner(),
            row.s_comment
        ])?;
    }
    Ok(())
}

fn parts(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare("INSERT INTO part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for row in
        PartGenerator::new_with_distributions_and_text_pool(from.scale, 1, 1, from.words, &from.text).iter()
    {
        insert.execute(params![
            row.p_partkey,
            row.p_name.to_string(),
            row.p_mfgr.to_string(),
            row.p_brand.to_string(),
            row.p_type,
            row.p_size,
            row.p_container,
            row.p_retailprice.into_inner(),
            row.p_comment
        ])?;
    }
    let mut insert = into.prepare("INSERT INTO partsupp VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for row in PartSuppGenerator::new_with_text_pool(from.scale, 1, 1, &from.text).iter() {
        let cost = row.ps_supplycost.into_inner();
        insert.execute(params![row.ps_partkey, row.ps_suppkey, row.ps_availqty, cost, row.ps_comment])?;
    }
    Ok(())
}

fn customers(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare("INSERT INTO customer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for row in
        CustomerGenerator::new_with_distributions_and_text_pool(from.scale, 1, 1, from.words, &from.text)
            .iter()
    {
        insert.execute(params![
            row.c_custkey,
            row.c_name.to_string(),
            row.c_address.to_string(),
            row.c_nationkey,
            row.c_phone.to_string(),
            row.c_acctbal.into_inner(),
            row.c_mktsegment,
            row.c_comment
        ])?;
    }
    Ok(())
}

fn orders(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare("INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for row in
        OrderGenerator::new_with_distributions_and_text_pool(from.scale, 1, 1, from.words, &from.text).iter()
    {
        insert.execute(params![
            row.o_orderkey,
            row.o_custkey,
            row.o_orderstatus.as_str(),
            row.o_totalprice.into_inner(),
            row.o_orderdate.to_string(),
            row.o_orderpriority,
            row.o_clerk.to_string(),
            row.o_shippriority,
            row.o_comment
        ])?;
    }
    Ok(())
}

fn lines(into: &Connection, from: &Source) -> rusqlite::Result<()> {
    let mut insert = into.prepare(
        "INSERT INTO lineitem VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    for row in
        LineItemGenerator::new_with_distributions_and_text_pool(from.scale, 1, 1, from.words, &from.text)
            .iter()
    {
        let (price, discount) = (row.l_extendedprice.into_inner(), row.l_discount.into_inner());
        insert.execute(params![
            row.l_orderkey,
            row.l_partkey,
            row.l_suppkey,
            row.l_linenumber,
            row.l_quantity,
            price,
            discount,
            row.l_tax.into_inner(),
            (price * (100 - discount) + 50) / 100,
            row.l_returnflag,
            row.l_linestatus,
            row.l_shipdate.to_string(),
            row.l_commitdate.to_string(),
            row.l_receiptdate.to_string(),
            row.l_shipinstruct,
            row.l_shipmode,
            row.l_comment
        ])?;
    }
    Ok(())
}
