//! Questions against SQL written by hand: the translator's statement must give the same columns and rows.
//!
//! The answers are also kept in `scenarios/questions.json`, for load runs that verify what they are told.
//! `TIDEGATE_WRITE_QUESTIONS=1 cargo test -p reference-server --test questions` makes that file anew.

#![expect(clippy::unwrap_used, reason = "a test; its helpers are no test functions themselves")]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use reference_server::agents::nlp::{Dialect, Translator};
use reference_server::config;
use reference_server::database::{CancelFlag, Chunk, Embedded, Row, RunLimits};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlparser::dialect::{MySqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use tempfile::TempDir;

#[derive(Deserialize)]
struct File {
    question: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: String,
    database: String,
    question: String,
    sql: String,
}

fn questions() -> Vec<Question> {
    toml::from_str::<File>(include_str!("questions.toml")).unwrap().question
}

fn embedded() -> &'static Embedded {
    static SHARED: LazyLock<(TempDir, Embedded)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let config = config::Database { directory: folder.path().to_owned(), ..Default::default() };
        let embedded = Embedded::open(&config).unwrap();
        (folder, embedded)
    });
    &SHARED.1
}

fn run(database: &str, sql: &str) -> Result<(Vec<String>, Vec<Row>), String> {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let limits = RunLimits { max_rows: 10_000, max_bytes: 1 << 24, timeout: Duration::from_secs(30) };
    let mut sink = |chunk| {
        match chunk {
            Chunk::Columns(these) => columns = these.into_iter().map(|column| column.name).collect(),
            Chunk::Rows(these) => rows.extend(these),
        }
        ControlFlow::Continue(())
    };
    let run = embedded().run(database, sql, limits, &CancelFlag::new(), &mut sink);
    run.map_err(|error| format!("{sql}: {error}"))?;
    Ok((columns, rows))
}

#[test]
fn every_question_gets_the_answer_of_the_sql_written_by_hand() {
    let translator = Translator::new();
    let (mut answers, mut wrong) = (Vec::new(), Vec::new());
    for question in questions() {
        let translation = match translator.translate(&question.question, &question.database, 10_000) {
            Ok(translation) => translation,
            Err(rejection) => {
                wrong.push(format!("{}: {rejection:?}", question.question));
                continue;
            }
        };
        let expected = run(&question.database, &question.sql).unwrap();
        let actual = run(&question.database, &translation.sql).unwrap();
        if actual != expected {
            wrong.push(format!(
                "{}:\n{}\n{actual:?}\nexpected\n{expected:?}",
                question.question, translation.sql
            ));
        }
        let (columns, rows) = expected;
        assert!((1..=50).contains(&rows.len()), "{}: {} rows", question.id, rows.len());
        answers.push(json!({
            "id": question.id, "question": question.question, "database": question.database, "ordered": true,
            "expected": {"columns": columns, "rows": rows},
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(answers.len() >= 63, "{}", answers.len());
    compare_or_write(&answers);
}

/// One question a line, so that a change is seen as one.
fn compare_or_write(answers: &[Value]) {
    let lines: Vec<String> = answers.iter().map(|answer| format!("    {answer}")).collect();
    let text = format!("{{\n  \"seed\": 42,\n  \"questions\": [\n{}\n  ]\n}}\n", lines.join(",\n"));
    serde_json::from_str::<Value>(&text).unwrap();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenarios/questions.json");
    if std::env::var_os("TIDEGATE_WRITE_QUESTIONS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == text, "scenarios/questions.json is out of date, see the head of this test");
}

#[test]
fn ids_and_questions_are_unique() {
    let mut seen = std::collections::HashSet::new();
    for question in questions() {
        assert!(seen.insert(question.id.clone()), "{}", question.id);
        assert!(seen.insert(format!("{} {}", question.database, question.question)), "{}", question.question);
    }
}

#[test]
fn both_renderings_of_every_question_parse() {
    let translator = Translator::new();
    for question in questions() {
        let tree = translator.translate(&question.question, &question.database, 10_000).unwrap().query;
        Parser::parse_sql(&SQLiteDialect {}, &tree.render(Dialect::Sqlite)).unwrap();
        Parser::parse_sql(&MySqlDialect {}, &tree.render(Dialect::MySql)).unwrap();
    }
}

/// Words a question may be made of, so that many random ones are understood.
const WORDS: [&str; 64] = [
    "revenue",
    "orders",
    "customers",
    "products",
    "by",
    "month",
    "year",
    "region",
    "country",
    "top",
    "5",
    "average",
    "order value",
    "how many",
    "in",
    "2024",
    "2023",
    "q1",
    "march",
    "between",
    "and",
    "more than",
    "1000",
    "profit",
    "units sold",
    "category",
    "per",
    "share of",
    "cancelled",
    "germany",
    "europe",
    "electronics",
    "not",
    "from",
    "to",
    "last",
    "3",
    "months",
    "since",
    "before",
    "payments",
    "method",
    "failed",
    "price",
    "highest",
    "lowest",
    "which",
    "most",
    "with",
    "compare",
    "trend",
    "segment",
    "enterprise",
    "distinct",
    "total",
    "purchases",
    "refunds",
    "aov",
    "suppliers",
    "parts",
    "discount",
    "at least",
    "best selling",
    "active",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_accepted_is_sql_that_sqlite_and_the_parser_take(
        words in proptest::collection::vec(0..WORDS.len(), 1..9),
        second in proptest::bool::ANY,
    ) {
        static TRANSLATOR: LazyLock<Translator> = LazyLock::new(Translator::new);
        let question = words.iter().map(|at| WORDS[*at]).collect::<Vec<_>>().join(" ");
        let database = if second { "tpch" } else { "financial_db" };
        if let Ok(translation) = TRANSLATOR.translate(&question, database, 100) {
            Parser::parse_sql(&SQLiteDialect {}, &translation.sql).unwrap();
            Parser::parse_sql(&MySqlDialect {}, &translation.query.render(Dialect::MySql)).unwrap();
            // Preparing is what counts: EXPLAIN runs nothing of the statement.
            let prepared = run(database, &format!("EXPLAIN {}", translation.sql));
            assert!(prepared.is_ok(), "{question}: {prepared:?}");
        }
    }

    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        static TRANSLATOR: LazyLock<Translator> = LazyLock::new(Translator::new);
        let _ = TRANSLATOR.translate(&text, "financial_db", 100);
        let _ = TRANSLATOR.translate(&format!("revenue {text} by {text}"), "tpch", 100);
    }
}
