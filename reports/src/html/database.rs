//! The database behind the system under load: what it is, what it said of itself, its slowest statements, and
//! what was done to the system in mid-run.

use maud::{Markup, html};

use super::charts;
use crate::model::{DatabaseFigures, LoadReport, StatementFigures};
use crate::wording::{clock, count, micros};

/// Figures and statements; `None` where nobody could look into it.
pub(super) fn section(load: &LoadReport) -> Option<Markup> {
    let database = &load.database;
    let seen = load.timeline.iter().any(|row| row.database.is_some());
    if database.store.is_none() && database.statements.is_empty() && !seen {
        return None;
    }
    Some(html! {
        p { (name(database)) "." }
        (charts::database(load))
        @if !database.statements.is_empty() { (statements(&database.statements)) }
    })
}

/// What it is, in words.
fn name(database: &DatabaseFigures) -> String {
    let mut parts = vec![database.store.clone().unwrap_or_else(|| database.kind.clone())];
    parts.extend(database.version.as_ref().map(|version| format!("version {version}")));
    parts.extend(database.container.as_ref().map(|image| format!("container {image}")));
    parts.join(", ")
}

fn statements(statements: &[StatementFigures]) -> Markup {
    html! {
        h3 { "Statements that took most of its time in the steady phase" }
        div.scroll tabindex="0" role="region" aria-label="Statements by time" {
            table {
                thead { tr { th scope="col" { "Statement" } th scope="col" { "On" } th.num scope="col" { "Count" }
                    th.num scope="col" { "Mean" } th.num scope="col" { "Longest" } th.num scope="col" { "Share of time" } } }
                tbody { @for statement in statements { tr {
                    td { details { summary { code { (statement.text) } }
                        pre tabindex="0" role="region" aria-label="Plan" { (statement.plan) } } }
                    td { code { (statement.schema) } }
                    td.num { (count(statement.count)) }
                    td.num { (micros(statement.mean_us)) }
                    td.num { (micros(statement.max_us)) }
                    td.num { (statement.share_percent) " %" }
                } } }
            }
        }
    }
}

/// What was done to the system in mid-run; `None` when nothing was planned.
pub(super) fn actions(load: &LoadReport) -> Option<Markup> {
    (!load.actions.is_empty()).then(|| {
        html! {
            ul { @for action in &load.actions { li {
                code { (action.name) } " at " (clock(action.from_s))
                @if let Some(until) = action.until_s { ", undone at " (clock(until)) }
                @if let Some(error) = &action.error { ": " strong { "not done, " (error) } }
            } } }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_process_is_not_called_a_cluster() {
        let figures = DatabaseFigures {
            kind: "tidb".to_owned(),
            version: Some("v8.5.4".to_owned()),
            container: Some("pingcap/tidb:v8.5.4".to_owned()),
            store: Some("TiDB, single process, unistore: not a cluster".to_owned()),
            ..DatabaseFigures::default()
        };
        assert_eq!(
            name(&figures),
            "TiDB, single process, unistore: not a cluster, version v8.5.4, container pingcap/tidb:v8.5.4"
        );
    }

    #[test]
    fn statements_and_plans_of_others_are_escaped() {
        let evil = StatementFigures { text: "select <script>".to_owned(), ..StatementFigures::default() };
        assert!(!statements(&[evil]).into_string().contains("<script>"));
    }
}
