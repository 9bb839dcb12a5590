//! Statements as an attacker would write them: honest queries with writes, comments, hints and odd texts in every
//! place where something may stand.

use proptest::prelude::*;

/// A statement or several.
pub(crate) fn statements() -> impl Strategy<Value = String> {
    let one = prop_oneof![6 => query(), 2 => write().boxed(), 1 => wrapped(), 1 => soup()];
    (one.clone(), prop::option::weighted(0.15, one), filler()).prop_map(|(first, second, end)| match second {
        Some(second) => format!("{first};{end}{second}"),
        None => format!("{first}{end}"),
    })
}

/// Mostly the first, now and then the second: one odd piece in an honest statement is the interesting case.
fn mostly(
    honest: &'static [&'static str],
    odd: &'static [&'static str],
) -> impl Strategy<Value = String> + Clone {
    prop_oneof![9 => prop::sample::select(honest), 1 => prop::sample::select(odd)].prop_map(str::to_owned)
}

/// What writes, locks or reaches outside.
fn write() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "DELETE FROM orders",
        "DELETE FROM orders RETURNING *",
        "UPDATE orders SET total_cents = 0",
        "UPDATE orders SET status = 'x' RETURNING order_id",
        "INSERT INTO products SELECT * FROM products",
        "REPLACE INTO products SELECT * FROM products",
        "DROP TABLE payments",
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP TABLE x (a)",
        "ALTER TABLE orders RENAME TO o",
        "ATTACH ':memory:' AS x",
        "PRAGMA user_version = 7",
        "PRAGMA foreign_keys = ON",
        "VACUUM",
        "TRUNCATE TABLE orders",
        "BEGIN",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SET GLOBAL max_connections = 7",
        "LOAD DATA INFILE '/x' INTO TABLE orders",
        "CREATE USER x",
    ])
    .prop_map(str::to_owned)
}

fn wrapped() -> BoxedStrategy<String> {
    let around = prop::sample::select(vec![
        ("SELECT * FROM (", ")"),
        ("SELECT * FROM (", ") AS x"),
        ("WITH a AS (", ") SELECT * FROM a"),
        ("WITH a AS (SELECT 1) ", ""),
        ("EXPLAIN ", ""),
        ("EXPLAIN ANALYZE ", ""),
        ("(", ")"),
        ("SELECT EXISTS (", ")"),
        ("SELECT 1 WHERE 1 IN (", ")"),
        ("SELECT 1 UNION ALL ", ""),
        ("SELECT (", ")"),
        ("SELECT 1 /*!", "*/"),
        ("SELECT 1 /*T!", "*/"),
        ("SELECT 1 -- \n;", ""),
        ("SELECT 1 /* */;", ""),
        ("SELECT 'a\\';", ";--'"),
        ("SELECT 'a''';", ";--'"),
        ("SELECT \"a\\\";", ";--\""),
        ("SELECT `a\\`;", ";--`"),
        ("SELECT [a;", "]"),
    ]);
    (around, prop_oneof![write().boxed(), query()])
        .prop_map(|((before, after), inside)| format!("{before}{inside}{after}"))
        .boxed()
}

fn query() -> BoxedStrategy<String> {
    let leaf = (filler(), expression(), table(), prop::option::of(expression()), tail()).prop_map(
        |(gap, what, table, condition, tail)| {
            let condition = condition.map_or_else(String::new, |condition| format!(" WHERE {condition}"));
            format!("SELECT{gap} {what} FROM {table}{condition}{tail}")
        },
    );
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} UNION ALL {right}")),
            inner.clone().prop_map(|inner| format!("SELECT * FROM ({inner}) AS x")),
            inner.clone().prop_map(|inner| format!("WITH a AS ({inner}) SELECT * FROM a")),
            inner.clone().prop_map(|inner| format!("SELECT ({inner}) FROM orders")),
            inner.prop_map(|inner| format!("SELECT 1 FROM orders WHERE EXISTS ({inner})")),
        ]
    })
    .boxed()
}

fn expression() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => mostly(
            &["1", "order_id", "total_cents", "status", "\"status\"", "`status`", "NULL", "x'00ff'", "1e2", "'a'"],
            &["*", "@@version", "@a", "?", "nowhere"],
        ),
        1 => text(),
    ];
    let function = mostly(
        &["abs", "sum", "count", "lower", "coalesce", "round", "max", "`sum`"],
        &[
            "load_extension",
            "SLEEP",
            "writefile",
            "LOAD_FILE",
            "randomblob",
            "last_insert_rowid",
            "GET_LOCK",
            "\"sum\"",
            "pragma_user_version",
        ],
    );
    let operator = mostly(
        &["+", "-", "*", "=", "<>", "AND", "OR", "LIKE", "%"],
        &["--", "||", ":=", "<<", "->>", "IN", "||-"],
    );
    leaf.prop_recursive(3, 10, 2, move |inner| {
        prop_oneof![
            (function.clone(), inner.clone()).prop_map(|(name, inside)| format!("{name}({inside})")),
            (inner.clone(), operator.clone(), filler(), inner.clone())
                .prop_map(|(left, sign, gap, right)| format!("{left} {sign}{gap} {right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("- {inner}")),
            inner.clone().prop_map(|inner| format!("CASE WHEN {inner} THEN 1 END")),
            inner.prop_map(|inner| format!("CAST({inner} AS CHAR)")),
        ]
    })
    .boxed()
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "\\",
        "\\\\",
        "''",
        "\\'",
        "\"",
        ";",
        "--",
        "/*",
        "*/",
        "/*!",
        "DELETE FROM orders",
        "\n",
        "%",
        "\u{fc}",
    ]);
    (prop::collection::vec(pieces, 0..5), prop::sample::select(vec!['\'', '"']))
        .prop_map(|(pieces, quote)| format!("{quote}{}{quote}", pieces.concat()))
}

fn table() -> impl Strategy<Value = String> {
    mostly(
        &["orders", "orders", "orders AS o", "orders, products", "`orders`", "\"orders\""],
        &[
            "sqlite_master",
            "mysql.user",
            "pragma_user_version(7)",
            "main.orders",
            "nowhere",
            "(DELETE FROM orders)",
        ],
    )
}

fn tail() -> impl Strategy<Value = String> {
    mostly(
        &["", "", "", " LIMIT 3", " ORDER BY 1", " GROUP BY order_id", " LIMIT 1 OFFSET 2"],
        &[" FOR UPDATE", " INTO @x", " RETURNING *", " LOCK IN SHARE MODE", " INTO OUTFILE '/tmp/x'"],
    )
}

/// What may stand between words.
fn filler() -> impl Strategy<Value = String> {
    mostly(
        &["", "", "", "", " ", " -- comment\n", "/* comment */"],
        &["/*! , SLEEP(1) */", "/*T! , 2 */", "/*+ SET_VAR(a=1) */", "#\n", "/*", "\u{a0}", "\0"],
    )
}

fn soup() -> BoxedStrategy<String> {
    let words = prop::sample::select(vec![
        "SELECT",
        "FROM",
        "orders",
        "(",
        ")",
        ",",
        ";",
        "DELETE",
        "UPDATE",
        "SET",
        "'",
        "\"",
        "\\",
        "/*",
        "*/",
        "--",
        "\n",
        "1",
        "=",
        "WITH",
        "AS",
        "a",
        "total_cents",
        "INTO",
        "VALUES",
        "UNION",
        "ATTACH",
        "PRAGMA",
        "`",
        "[",
        "]",
        "status",
    ]);
    prop::collection::vec(words, 0..25).prop_map(|words| words.join(" ")).boxed()
}
