//! Writes a short report with a chart.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agents::analysis::{Finding, FindingKind, Series};
use crate::agents::viz::{mark_points, visualize};
use crate::agents::{Agent, Belief, Job, Progress};
use crate::database::{ColumnKind, ResultColumn, Row};
use crate::mcp::TierError;

/// The last stage of research.
#[derive(Debug)]
pub(in crate::agents) struct Reporting;

/// Periods that are drawn at most, the newest.
const DRAWN: usize = 200;

/// What it needs of the stage before.
#[derive(Debug, Deserialize)]
struct Input {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    title: String,
    columns: Vec<ResultColumn>,
    series: Series,
    #[serde(default)]
    statements: Vec<String>,
    analysis: Analysis,
}

/// The part of the analysis that is told.
#[derive(Debug, Deserialize)]
struct Analysis {
    findings: Vec<Finding>,
    #[serde(default)]
    outliers: Vec<Outlier>,
}

#[derive(Debug, Deserialize)]
struct Outlier {
    period: String,
}

/// Chapters of the report, in order.
const CHAPTERS: [(&str, FindingKind); 5] = [
    ("Growth", FindingKind::Growth),
    ("Seasonality", FindingKind::Seasonality),
    ("Outliers", FindingKind::Outlier),
    ("What moved it", FindingKind::Driver),
    ("To keep in mind", FindingKind::Caveat),
];

async fn report(job: &Job, progress: &Progress) -> Result<Value, TierError> {
    let input = Input::deserialize(&job.input)
        .map_err(|error| TierError::new("INVALID_MESSAGE", format!("input: {error}")))?;
    progress.beliefs(&["say what was found in a page", "draw the series"], Vec::new()).await;
    let text = markdown(&input);
    let visualization = chart(&input);
    let length = text.split_whitespace().count();
    progress.beliefs(&[], vec![Belief::new(format!("the report says it in {length} words"), 1.0)]).await;
    Ok(json!({
        "visualization": visualization,
        "report": {
            "title": format!("Research: {}", input.subject),
            "text": text,
            "findings": input.analysis.findings,
            "statements": input.statements,
        },
    }))
}

/// The report as Markdown: what it is about, a chapter for each kind of finding, where it comes from.
fn markdown(input: &Input) -> String {
    let of = |kind: FindingKind| input.analysis.findings.iter().filter(move |finding| finding.kind == kind);
    let mut text = format!("# Research: {}\n", escaped(&input.subject));
    for finding in of(FindingKind::Level) {
        text.push_str(&format!("\n{}\n", escaped(&finding.statement)));
    }
    for (chapter, kind) in CHAPTERS {
        if of(kind).next().is_none() {
            continue;
        }
        text.push_str(&format!("\n## {chapter}\n\n"));
        for finding in of(kind) {
            text.push_str(&format!("- {}\n", escaped(&finding.statement)));
        }
    }
    let (points, grain) = (input.series.points.len(), input.series.grain.name());
    let statements = match input.statements.len() {
        1 => "1 statement".to_owned(),
        count => format!("{count} statements"),
    };
    text.push_str(&format!("\n*Computed from {points} {grain}s, read with {statements}.*\n"));
    text
}

/// Names of groups come from the data: they are text, not Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '*' | '_' | '`' | '[' | ']' | '#' | '|' | '\\' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

fn chart(input: &Input) -> Value {
    let points = &input.series.points;
    let drawn = &points[points.len().saturating_sub(DRAWN)..];
    let period = ResultColumn { name: input.series.grain.name().to_owned(), kind: ColumnKind::Date };
    let value = input.columns.last().cloned();
    let value = value.unwrap_or_else(|| ResultColumn { name: "value".to_owned(), kind: ColumnKind::Real });
    let rows: Vec<Row> = drawn.iter().map(|point| vec![json!(point.period), json!(point.value)]).collect();
    let mut visualization = visualize(&[period, value], &rows, &input.title);
    let marked: Vec<&str> = input.analysis.outliers.iter().map(|outlier| outlier.period.as_str()).collect();
    mark_points(&mut visualization, &marked);
    json!(visualization)
}

impl Agent for Reporting {
    fn name(&self) -> &'static str {
        "reporting"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Writing the report...", "Drawing the series..."]
    }

    fn delay_twentieths(&self) -> u32 {
        5
    }

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        report(job, progress).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_the_data_are_no_markup() {
        assert_eq!(escaped("<b>*x*_y_\n[z](u)"), "&lt;b>\\*x\\*\\_y\\_ \\[z\\](u)");
    }
}
