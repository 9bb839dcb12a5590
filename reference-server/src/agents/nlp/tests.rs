//! The translator and its dictionary as a whole.

use sqlparser::dialect::{MySqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::dictionary::{self, Dictionary};
use super::*;

fn translate(database: &str, question: &str) -> Result<Translation, Rejection> {
    Translator::new().translate(question, database, 1_000)
}

fn sql(question: &str) -> String {
    translate("financial_db", question).unwrap_or_else(|error| panic!("{question}: {error:?}")).sql
}

#[test]
fn the_dictionary_has_596_terms_each_with_its_provenance() {
    let entries = dictionary::entries();
    assert_eq!(entries.len(), 596);
    for entry in &entries {
        assert!(entry.provenance.len() > 5, "{}: no provenance", entry.term);
    }
}

#[test]
fn every_term_is_found_as_what_it_maps_to() {
    let entries = dictionary::entries();
    for info in crate::database::catalog() {
        let of_this = entries.iter().filter(|entry| entry.database == info.name || entry.database == "any");
        let dictionary = Dictionary::new(&info.name, &entries);
        assert_eq!(
            dictionary.terms().count(),
            of_this.clone().count(),
            "a term is there twice, or maps to nothing"
        );
        for entry in of_this {
            let words = words::words(&entry.term);
            let (items, unknown) = dictionary.phrases(&words);
            assert!(unknown.is_empty(), "{}: {unknown:?}", entry.term);
            assert_eq!(items.len(), 1, "{}", entry.term);
            assert_eq!(Some(items[0].meaning.as_ref()), dictionary.get(&entry.term), "{}", entry.term);
        }
    }
}

/// A question that uses the term, and the same one without it.
fn questions_with(kind: &str, term: &str) -> Vec<(String, String)> {
    let plain = "revenue".to_owned();
    match kind {
        "entity" => vec![(format!("how many {term}"), plain)],
        "measure" => vec![(format!("show {term}"), String::new())],
        "dimension" => ["orders", "customers", "products", "payments", "suppliers", "parts", "line items"]
            .iter()
            .map(|of| (format!("number of {of} by {term}"), format!("number of {of}")))
            .collect(),
        "filter" => ["orders", "customers", "products", "payments", "suppliers", "parts", "line items"]
            .iter()
            .map(|of| (format!("how many {of} {term}"), format!("how many {of}")))
            .collect(),
        "aggregation" => vec![
            (format!("{term} order value"), "order value by year".to_owned()),
            (format!("{term} orders"), "orders".to_owned()),
            (format!("{term} revenue by region"), "revenue by region".to_owned()),
            (format!("{term} region in orders"), "orders".to_owned()),
            (format!("number of {term} customers"), "customers".to_owned()),
        ],
        "time" => vec![
            (format!("revenue {term}"), plain.clone()),
            (format!("revenue by {term}"), plain.clone()),
            (format!("revenue {term} 1995"), plain.clone()),
            (format!("revenue {term} 3 months"), plain.clone()),
            (format!("revenue from 1993 {term} 1995"), plain),
        ],
        "comparison" => vec![
            (format!("orders {term} 5"), "orders".to_owned()),
            (format!("orders {term} 5 and 10"), "orders".to_owned()),
            (format!("revenue by region {term} europe"), "revenue by region europe".to_owned()),
        ],
        "order" => vec![
            (format!("{term} 5 customers by order value"), "customers by order value".to_owned()),
            (format!("{term} products"), "products".to_owned()),
            (format!("{term} parts"), "parts".to_owned()),
            (format!("{term} customers"), "customers".to_owned()),
        ],
        "grouping" => vec![
            (format!("revenue {term} region"), plain.clone()),
            (format!("revenue {term}"), plain),
            (format!("{term} region has the highest revenue"), "revenue".to_owned()),
            (format!("{term} revenue in europe"), "revenue in europe".to_owned()),
            (format!("revenue {term} 1994"), "revenue in 1994".to_owned()),
            (format!("revenue by region {term} year"), "revenue by region".to_owned()),
        ],
        "number" => {
            vec![(format!("orders over {term}"), "orders".to_owned())]
        }
        _ => vec![(format!("number of {term}"), String::new()), (format!("show {term}"), String::new())],
    }
}

#[test]
fn every_term_changes_the_meaning_of_a_question() {
    let translator = Translator::new();
    let sql = |database: &str, question: &str| {
        translator.translate(question, database, 1_000).map(|done| done.sql).ok()
    };
    let mut idle = Vec::new();
    for entry in dictionary::entries() {
        let databases = ["financial_db", "tpch"]
            .into_iter()
            .filter(|name| ["any", name].contains(&entry.database.as_str()));
        for database in databases {
            let used = questions_with(&entry.kind, &entry.term).into_iter().any(|(with, without)| {
                let with = sql(database, &with);
                with.is_some() && with != sql(database, &without)
            });
            if !used {
                idle.push(format!("{} ({} in {database})", entry.term, entry.kind));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn show_revenue_is_one_row_of_all_orders() {
    assert_eq!(sql("show revenue"), "SELECT SUM(total_cents) AS revenue_cents FROM orders");
}

#[test]
fn both_renderers_write_sql_their_dialect_can_read() {
    for (question, sqlite, mysql) in [
        (
            "What is the average order value per month for 2024?",
            "SELECT substr(order_date, 1, 7) AS month, CAST(ROUND(AVG(total_cents)) AS INTEGER) AS \
             average_order_value_cents FROM orders WHERE order_date >= '2024-01-01' AND order_date < '2025-01-01' \
             GROUP BY substr(order_date, 1, 7) ORDER BY month",
            "SELECT DATE_FORMAT(order_date, '%Y-%m') AS month, CAST(AVG(1e0 * (total_cents)) AS DECIMAL(20, 0)) AS \
             average_order_value_cents FROM orders WHERE order_date >= '2024-01-01' AND order_date < '2025-01-01' \
             GROUP BY DATE_FORMAT(order_date, '%Y-%m') ORDER BY month",
        ),
        (
            "orders by quarter",
            "SELECT substr(order_date, 1, 4) || '-Q' || ((CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3) AS \
             quarter, COUNT(*) AS order_count FROM orders GROUP BY substr(order_date, 1, 4) || '-Q' || \
             ((CAST(substr(order_date, 6, 2) AS INTEGER) + 2) / 3) ORDER BY quarter",
            "SELECT CONCAT(YEAR(order_date), '-Q', QUARTER(order_date)) AS quarter, COUNT(*) AS order_count FROM \
             orders GROUP BY CONCAT(YEAR(order_date), '-Q', QUARTER(order_date)) ORDER BY quarter",
        ),
    ] {
        let tree = translate("financial_db", question).unwrap().query;
        assert_eq!(tree.render(Dialect::Sqlite), sqlite);
        assert_eq!(tree.render(Dialect::MySql), mysql);
        Parser::parse_sql(&SQLiteDialect {}, sqlite).unwrap();
        Parser::parse_sql(&MySqlDialect {}, mysql).unwrap();
    }
}

#[test]
fn conditions_on_rows_and_on_groups_are_told_apart() {
    for (question, part) in [
        (
            "payments over 1000 by method",
            "COUNT(*) AS payment_count FROM payments WHERE amount_cents > 100000 GROUP BY",
        ),
        (
            "top 3 products with price over 100",
            "FROM products WHERE price_cents > 10000 ORDER BY price_cents DESC",
        ),
        ("customers with revenue above 1000", "HAVING SUM(orders.total_cents) > 100000"),
        ("which customers are in Germany", "FROM customers WHERE country = 'Germany' ORDER BY customer_id"),
        ("revenue of orders over 1000 by region", "FROM orders WHERE total_cents > 100000 GROUP BY region"),
        ("top month by revenue", "ORDER BY revenue_cents DESC, month LIMIT 1"),
        ("top months by revenue", "LIMIT 10"),
    ] {
        assert!(sql(question).contains(part), "{question}: {}", sql(question));
    }
}

#[test]
fn a_top_n_is_clamped_to_the_most_rows() {
    let top = Translator::new().translate("top 50 customers by revenue", "financial_db", 7).unwrap();
    assert_eq!(top.query.limit, Some(7));
    assert!(top.sql.ends_with("LIMIT 7"), "{}", top.sql);
}

#[test]
fn what_cant_be_read_is_rejected_with_the_words_it_fails_at() {
    for (question, unknown) in [
        ("show revenue for mars", "mars"),
        ("delete all customers", "delete"),
        ("drop table orders", "drop"),
        ("predict revenue next year", "predict"),
        ("why did revenue fall in 2023", "why"),
        ("median order value", "median"),
        ("average revenue by region", "average revenue"),
        ("average number of orders per customer", "average orders"),
        ("revenue in december", "december"),
        ("revenue 42", "42"),
        ("active revenue", "active"),
        ("revenue by payment method", "payment method"),
        ("top customers", "the first or last by what"),
        ("top 5", "the first or last of what"),
        ("revenue by region and not", "not"),
        ("revenue above 1000", "above 1000"),
        ("how many", "how many"),
        ("revenue more than 5 customers", "more than 5"),
        ("revenue minus cost", "minus"),
        ("customers without orders", "without"),
        ("which region", "what to show"),
        ("hello", "what to show"),
        ("", "what to show"),
        ("¿cuántos clientes?", "cuántos"),
        ("revenue'; DROP TABLE orders; --", "DROP"),
    ] {
        let rejection = translate("financial_db", question).expect_err(question);
        assert!(rejection.unknown.iter().any(|word| word.contains(unknown)), "{question}: {rejection:?}");
        assert!(!rejection.suggestions.is_empty(), "{question}");
        for suggestion in &rejection.suggestions {
            assert!(translate("financial_db", suggestion).is_ok(), "{question}: {suggestion}");
        }
    }
    assert_eq!(translate("nowhere", "show revenue").unwrap_err().unknown, ["nowhere"]);
}

#[test]
fn a_misspelt_word_is_put_right_in_a_suggestion_but_not_guessed() {
    let rejection = translate("financial_db", "revnue by month").unwrap_err();
    assert_eq!(rejection.unknown, ["revnue"]);
    assert_eq!(rejection.suggestions[0], "revenue by month");
    assert_eq!(rejection.understood, ["by", "month"]);
}

#[test]
fn suggestions_work_in_the_database_they_are_for() {
    for suggestion in translate("tpch", "xyzzy").unwrap_err().suggestions {
        assert!(translate("tpch", &suggestion).is_ok(), "{suggestion}");
    }
}
