//! What a load run adds: its thresholds, and its operations folded.

use super::text::{cell, line};
use crate::model::{LoadModel, LoadReport};
use crate::wording::{capital, count, micros, open_accounts, percent, seconds};

/// Operations shown; the data have all of them.
const MOST_ROWS: usize = 60;

/// Adds the load run.
pub(super) fn load(load: &LoadReport, text: &mut String) {
    let model = match load.model {
        LoadModel::Closed => "closed model",
        LoadModel::Open => "open model",
    };
    let messages = &load.messages;
    let said = format!(
        "\nScenario `{}` on {}: {} sessions, {} measured, {model}. {} messages sent, {} received; {} events lost, {} \
         doubled, {} reordered; {} wrong answers of {} compared.",
        cell(&load.scenario),
        cell(&load.target),
        count(load.sessions.peak),
        seconds(load.duration_s),
        count(messages.sent),
        count(messages.received),
        count(messages.lost),
        count(messages.duplicated),
        count(messages.out_of_order),
        count(messages.wrong_answers),
        count(messages.verified_answers),
    );
    line(text, &said);
    if let Some(arrivals) = &load.arrivals {
        let share = percent(arrivals.dropped as f64 / arrivals.offered.max(1) as f64);
        let said = format!(
            "\n{} arrivals came due, {} ({share}) found no free session.",
            count(arrivals.offered),
            count(arrivals.dropped)
        );
        line(text, &said);
    }
    if let Some(open) = open_accounts(load) {
        line(text, &format!("\n{}.", capital(open)));
    }
    thresholds(load, text);
    operations(load, text);
}

fn thresholds(load: &LoadReport, text: &mut String) {
    if load.thresholds.is_empty() {
        return;
    }
    line(text, "\n| | threshold | limit | measured |\n|---|---|--:|--:|");
    // Missed ones first: they are what the reader came for.
    for ok in [false, true] {
        for threshold in load.thresholds.iter().filter(|threshold| threshold.ok == ok) {
            let row = [&threshold.name, &threshold.limit, &threshold.actual].map(|text| cell(text));
            let sign = if ok { "✅" } else { "❌" };
            line(text, &format!("| {sign} | `{}` | {} | {} |", row[0], row[1], row[2]));
        }
    }
}

fn operations(load: &LoadReport, text: &mut String) {
    if load.operations.is_empty() {
        return;
    }
    line(
        text,
        "\n<details><summary>Operations</summary>\n\n| operation | count | errors | p50 | p99 | max | p99 from the \
         intended moment |\n|---|--:|--:|--:|--:|--:|--:|",
    );
    for operation in load.operations.iter().take(MOST_ROWS) {
        let service = &operation.service_us;
        line(
            text,
            &format!(
                "| `{}` | {} | {} | {} | {} | {} | {} |",
                cell(&operation.name),
                count(operation.count),
                count(operation.errors.values().sum()),
                micros(service.p50),
                micros(service.p99),
                micros(service.max),
                micros(operation.intended_us.p99),
            ),
        );
    }
    if load.operations.len() > MOST_ROWS {
        line(text, &format!("\n… and {} more in operations.csv.", load.operations.len() - MOST_ROWS));
    }
    line(text, "\n</details>");
}
