//! The statements that took most of a TiDB's time, from its own summary.
//!
//! The summary counts since the begin of its window (half an hour), so two looks are taken and the difference
//! counts. The longest time can't be told apart that way: it is that of the window.

use std::collections::HashMap;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row, from_row_opt};
use reports::model::StatementFigures;

/// Statements in the report.
const MOST: usize = 10;
/// Longest text and plan that are kept, characters.
const LONGEST: usize = 4_000;

/// What the summary says of one statement with one plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary {
    key: (String, String),
    schema: String,
    text: String,
    plan: String,
    count: u64,
    /// Nanoseconds.
    sum: u64,
    /// Nanoseconds.
    max: u64,
}

/// Reads the summary of SELECTs on user tables.
pub(super) async fn look(conn: &mut Conn) -> Result<Vec<Summary>, Error> {
    // Cast, so that every version answers with the same types.
    let sql = "SELECT CAST(DIGEST AS CHAR), CAST(PLAN_DIGEST AS CHAR), CAST(SCHEMA_NAME AS CHAR), \
               CAST(DIGEST_TEXT AS CHAR), CAST(PLAN AS CHAR), CAST(EXEC_COUNT AS UNSIGNED), \
               CAST(SUM_LATENCY AS UNSIGNED), CAST(MAX_LATENCY AS UNSIGNED) \
               FROM information_schema.statements_summary \
               WHERE STMT_TYPE = 'Select' AND SCHEMA_NAME IS NOT NULL AND SCHEMA_NAME NOT IN \
               ('', 'mysql', 'information_schema', 'performance_schema', 'metrics_schema')";
    let rows: Vec<Row> = conn.query(sql).await?;
    Ok(rows.into_iter().filter_map(read).collect())
}

fn read(row: Row) -> Option<Summary> {
    type Fields =
        (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>, u64, u64, u64);
    let (digest, plan_digest, schema, text, plan, count, sum, max) = from_row_opt::<Fields>(row).ok()?;
    Some(Summary {
        key: (digest.unwrap_or_default(), plan_digest.unwrap_or_default()),
        schema: schema.unwrap_or_default(),
        text: cut(&text.unwrap_or_default()),
        plan: cut(&narrow(&plan.unwrap_or_default())),
        count,
        sum,
        max,
    })
}

/// A plan as TiDB writes it fills its columns with blanks, more of them than there is plan.
fn narrow(plan: &str) -> String {
    let line =
        |line: &str| line.split('\t').map(str::trim_end).collect::<Vec<_>>().join("\t").trim_end().to_owned();
    plan.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn cut(text: &str) -> String {
    text.trim().chars().take(LONGEST).collect()
}

/// The worst statements between two looks.
pub(super) fn between(before: &[Summary], after: Vec<Summary>) -> Vec<StatementFigures> {
    let before: HashMap<&(String, String), &Summary> =
        before.iter().map(|summary| (&summary.key, summary)).collect();
    let mut grown: Vec<Summary> = after
        .into_iter()
        .filter_map(|mut summary| {
            if let Some(earlier) = before.get(&summary.key) {
                // A new window counts from zero again: then what it says is all there is.
                if earlier.count <= summary.count && earlier.sum <= summary.sum {
                    summary.count -= earlier.count;
                    summary.sum -= earlier.sum;
                }
            }
            (summary.count > 0).then_some(summary)
        })
        .collect();
    let whole = grown.iter().map(|summary| u128::from(summary.sum)).sum::<u128>().max(1);
    grown.sort_by(|a, b| b.sum.cmp(&a.sum).then_with(|| a.text.cmp(&b.text)));
    grown.truncate(MOST);
    grown
        .into_iter()
        .map(|summary| StatementFigures {
            text: summary.text,
            schema: summary.schema,
            count: summary.count,
            mean_us: summary.sum / summary.count / 1_000,
            max_us: summary.max / 1_000,
            share_percent: u64::try_from(u128::from(summary.sum) * 100 / whole).unwrap_or(100),
            plan: summary.plan,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(name: &str, count: u64, millis: u64) -> Summary {
        Summary {
            key: (name.to_owned(), "plan".to_owned()),
            text: name.to_owned(),
            count,
            sum: millis * 1_000_000,
            max: 9_000_000,
            ..Summary::default()
        }
    }

    #[test]
    fn a_plan_keeps_its_lines_and_columns_without_the_blanks_between() {
        let plan = "\tid              \ttask     \tactRows\n\tTopN_9          \troot     \t10     \n\t└─TableReader_3 \troot     \t100    ";
        assert_eq!(narrow(plan), "\tid\ttask\tactRows\n\tTopN_9\troot\t10\n\t└─TableReader_3\troot\t100");
    }

    #[test]
    fn only_what_was_added_between_two_looks_counts() {
        let before = [summary("a", 10, 100), summary("b", 5, 500), summary("rolled", 900, 900)];
        let after = vec![
            summary("a", 30, 160),
            summary("b", 5, 500),
            summary("new", 4, 100),
            summary("rolled", 20, 40),
        ];
        let worst = between(&before, after);
        let told: Vec<(&str, u64, u64, u64)> = worst
            .iter()
            .map(|worst| (worst.text.as_str(), worst.count, worst.mean_us, worst.share_percent))
            .collect();
        assert_eq!(told, [("new", 4, 25_000, 50), ("a", 20, 3_000, 30), ("rolled", 20, 2_000, 20)]);
        assert_eq!(worst[0].max_us, 9_000);
    }
}
