//! Gathers the series that a question is about: several statements, one after the other.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::nlp::{known, refused};
use super::spoken::Spoken;
use crate::agents::analysis::{Groups, Point, Series, Unit};
use crate::agents::nlp::{QueryTree, Study, Translator};
use crate::agents::{Agent, Belief, EventType, Job, Parts, Progress};
use crate::config::Config;
use crate::database::{ColumnKind, Row};
use crate::mcp::{McpClient, Statement, Summary, TierError};

/// The first stage of research.
#[derive(Debug)]
pub(in crate::agents) struct Research {
    translator: Translator,
    mcp: McpClient,
    config: Arc<Config>,
    spoken: Spoken,
}

/// What one study's statements gave.
struct Gathered {
    statements: Vec<String>,
    main: Summary,
    extent: Option<(String, String)>,
    volume: Option<Series>,
    groups: Option<Groups>,
}

impl Research {
    pub(in crate::agents) fn new(parts: &Parts) -> Self {
        let (mcp, config) = (parts.mcp.clone(), Arc::clone(&parts.config));
        Self { translator: Translator::new(), mcp, config, spoken: Spoken::new(parts) }
    }

    async fn gather(&self, job: &Job, progress: &Progress) -> Result<Value, TierError> {
        let database = &job.database_context.database;
        known(database)?;
        let cap = self.config.database.max_rows;
        let study =
            self.translator.study(&job.task.query, database, cap).map_err(|rejection| refused(&rejection))?;
        self.tell_plan(&study, progress).await;
        let gathered = self.run(&study, database, progress).await?;
        let series = series(&study.main, &study.subject, &study, &gathered.main, gathered.extent.clone());
        if series.points.is_empty() {
            return Err(TierError::new("QUERY_REJECTED", "there are no values to study")
                .with_details(json!({ "reason": "no_data", "understood": study.understood })));
        }
        progress.beliefs(&["hand the series on"], held(&study, &series, &gathered)).await;
        Ok(self.output(job, &study, series, gathered, progress).await)
    }

    async fn tell_plan(&self, study: &Study, progress: &Progress) {
        let split = study.breakdown.as_ref().map(|(dimension, _)| format!("split it by {dimension}"));
        let first = format!("find {} by {}", study.subject, study.grain.name());
        let mut goals = vec![first.as_str(), "find when the data begin and end"];
        goals.extend(study.volume.as_ref().map(|_| "count the rows behind it"));
        goals.extend(split.as_deref());
        let sure = if study.left_out.is_empty() { 0.95 } else { 0.6 };
        let mut beliefs = vec![Belief::new(format!("the question is about {}", study.subject), sure)];
        beliefs
            .extend(study.understood.iter().map(|term| Belief::new(format!("{term:?} is understood"), 1.0)));
        progress.beliefs(&goals, beliefs).await;
        if !study.left_out.is_empty() {
            let left_out = format!("left out of the study: {}", study.left_out.join(", "));
            progress.event(EventType::Warning, left_out).await;
        }
    }

    async fn run(&self, study: &Study, database: &str, progress: &Progress) -> Result<Gathered, TierError> {
        let mut statements = Vec::new();
        let dialect = self.spoken.dialect().await;
        let main = self.ask(database, study.main.render(dialect), &mut statements).await?;
        progress.fraction(0.4).await;
        let extent = self.ask(database, study.extent.clone(), &mut statements).await?;
        let days = extent.rows.first().and_then(|row| {
            Some((row.first()?.as_str()?.get(..10)?.to_owned(), row.get(1)?.as_str()?.get(..10)?.to_owned()))
        });
        progress.fraction(0.6).await;
        let volume = match &study.volume {
            None => None,
            Some(tree) => {
                let rows = self.ask(database, tree.render(dialect), &mut statements).await?;
                let title = tree.measures.first().map_or("", |measure| measure.title.as_str());
                Some(series(tree, title, study, &rows, days.clone()))
            }
        };
        progress.fraction(0.8).await;
        let groups = match &study.breakdown {
            None => None,
            Some((dimension, tree)) => {
                let rows = self.ask(database, tree.render(dialect), &mut statements).await?;
                groups(dimension, &rows)
            }
        };
        Ok(Gathered { statements, main, extent: days, volume, groups })
    }

    async fn ask(
        &self,
        database: &str,
        sql: String,
        statements: &mut Vec<String>,
    ) -> Result<Summary, TierError> {
        let statement =
            Statement { database: database.to_owned(), sql, max_rows: Some(self.config.database.max_rows) };
        let summary = self.mcp.execute(&statement).await.map_err(|error| error.to_tier_error())?;
        statements.push(summary.sql.clone());
        Ok(summary)
    }

    /// The main series is the answer's table; the rest is for the stages after.
    async fn output(
        &self,
        job: &Job,
        study: &Study,
        series: Series,
        gathered: Gathered,
        progress: &Progress,
    ) -> Value {
        let cap = self.config.database.max_rows;
        let most = job.task.max_rows.map_or(cap, |asked| asked.clamp(1, cap));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let Summary { sql, columns, mut rows, mut truncated, .. } = gathered.main;
        truncated |= rows.len() > most;
        rows.truncate(most);
        let count = rows.len();
        if job.task.stream {
            progress.partial(Some(columns.clone()), std::mem::take(&mut rows)).await;
        }
        json!({
            "sql": sql,
            "columns": columns,
            "rows": rows,
            "row_count": count,
            "truncated": truncated,
            "title": format!("{} by {}", study.subject, study.grain.name()),
            "subject": study.subject,
            "series": series,
            "volume": gathered.volume,
            "groups": gathered.groups,
            "statements": gathered.statements,
            "understood": study.understood,
            "left_out": study.left_out,
        })
    }
}

fn held(study: &Study, series: &Series, gathered: &Gathered) -> Vec<Belief> {
    let count = series.points.len();
    let mut beliefs =
        vec![Belief::new(format!("{} has {count} {}s of data", study.subject, study.grain.name()), 1.0)];
    if let Some((from, to)) = &gathered.extent {
        beliefs.push(Belief::new(format!("the data reach from {from} to {to}"), 1.0));
    }
    beliefs
}

/// The place of a column that is no measure of the tree is its name's.
fn place(summary: &Summary, name: &str) -> Option<usize> {
    summary.columns.iter().position(|column| column.name == name)
}

fn series(
    tree: &QueryTree,
    title: &str,
    study: &Study,
    rows: &Summary,
    extent: Option<(String, String)>,
) -> Series {
    let period = place(rows, study.grain.name()).unwrap_or(0);
    let value = rows.columns.len().saturating_sub(1);
    let points = rows
        .rows
        .iter()
        .filter_map(|row| Some(Point { period: text(row, period)?, value: row.get(value)?.as_f64()? }));
    Series {
        title: title.to_owned(),
        unit: unit(rows, value),
        grain: study.grain,
        additive: tree.is_additive(),
        points: points.collect(),
        extent,
    }
}

fn unit(rows: &Summary, at: usize) -> Unit {
    match rows.columns.get(at) {
        Some(column) if column.kind == ColumnKind::MoneyCents => Unit::MoneyCents,
        Some(column) if column.name.ends_with("_percent") => Unit::Percent,
        _ => Unit::Number,
    }
}

fn groups(dimension: &str, rows: &Summary) -> Option<Groups> {
    let (group, year) = (place(rows, dimension)?, place(rows, "year")?);
    let value = rows.columns.len().checked_sub(1)?;
    let values = rows.rows.iter().filter_map(|row| {
        Some((text(row, group)?, text(row, year)?.parse().ok()?, row.get(value)?.as_f64()?))
    });
    Some(Groups { dimension: dimension.replace('_', " "), values: values.collect() })
}

fn text(row: &Row, at: usize) -> Option<String> {
    match row.get(at)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Agent for Research {
    fn name(&self) -> &'static str {
        "research"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Gathering series...", "Reading the data's extent...", "Splitting into groups..."]
    }

    fn delay_twentieths(&self) -> u32 {
        8
    }

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        self.gather(job, progress).boxed()
    }
}
