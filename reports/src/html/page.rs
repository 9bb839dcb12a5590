//! The page as a whole.

use maud::{DOCTYPE, html};

use crate::RunReport;

/// The page of `run`, complete: no other file, no network.
pub fn page(run: &RunReport) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Tidegate" } }
            body {
                h1 { (format!("{:?}", run.verdict.verdict)) }
                ul { @for reason in &run.verdict.reasons { li { (reason.id) ": " (reason.text) } } }
            }
        }
    }
    .into_string()
}
