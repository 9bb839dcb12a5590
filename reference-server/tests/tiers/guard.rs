//! The guard against the database it guards: what it lets through is run where anything may be done.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[path = "../tidb/grammar.rs"]
mod grammar;
#[path = "../../fuzz/src/oracle.rs"]
mod oracle;

use oracle::{Scratch, Verdict};

#[test]
fn whatever_the_guard_lets_through_changes_nothing() {
    let scratch = Scratch::new();
    let (through, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(3_000) });
    let outcome = runner.run(&grammar::statements(), |text| {
        match scratch.judge(&text).map_err(TestCaseError::fail)? {
            Verdict::Harmless => through.fetch_add(1, Ordering::Relaxed),
            Verdict::Refused => refused.fetch_add(1, Ordering::Relaxed),
        };
        Ok(())
    });
    outcome.unwrap();
    // Neither a guard that refuses everything nor statements that are never tried would prove anything.
    let (through, refused) = (through.into_inner(), refused.into_inner());
    assert!(through > 150 && refused > 150, "{through} let through, {refused} refused");
}

#[test]
fn the_judge_sees_what_the_guard_should_have_stopped() {
    for sql in [
        "DELETE FROM orders",
        "UPDATE orders SET total_cents = 0 WHERE order_id = 7",
        "SELECT 1; INSERT INTO products SELECT * FROM products",
        "DROP TABLE payments",
        "CREATE TEMP TABLE x (a)",
        "CREATE TABLE x (a)",
        "ATTACH ':memory:' AS x",
        "PRAGMA user_version = 7",
        "WITH a AS (SELECT 1) DELETE FROM orders",
    ] {
        let scratch = Scratch::new();
        let before = scratch.state();
        scratch.run(sql);
        assert_ne!(scratch.state(), before, "{sql}");
    }
    let scratch = Scratch::new();
    assert_eq!(scratch.judge("SELECT count(*) FROM orders"), Ok(Verdict::Harmless));
    assert_eq!(scratch.judge("DELETE FROM orders"), Ok(Verdict::Refused));
}
